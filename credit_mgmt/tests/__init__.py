from . import (
    test_access,
    test_company,
    test_consistency,
    test_policy,
    test_receivable,
    test_run,
    test_send,
    test_tools,
    test_wizards,
)

from . import (
    test_access,
    test_company,
    test_consistency,
    test_i18n,
    test_policy,
    test_receivable,
    test_run,
    test_send,
    test_tools,
    test_tours,
    test_wizards,
)

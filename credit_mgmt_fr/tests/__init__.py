from . import (
    test_alerts,
    test_formal_notice,
    test_i18n,
    test_insolvency,
    test_limitation,
    test_mentions,
    test_payment_terms,
    test_prints,
    test_tools,
)

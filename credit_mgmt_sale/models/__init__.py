from . import (
    account_move,
    account_payment_term,
    credit_exposure,
    credit_release,
    payment_transaction,
    res_company,
    res_config_settings,
    res_partner,
    sale_order,
    sale_order_credit,
    sale_order_line,
    sale_order_mention,
)

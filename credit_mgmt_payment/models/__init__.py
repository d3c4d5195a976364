from . import (
    account_payment,
    credit_customer_action,
    credit_customer_token,
    credit_dunning_level,
    credit_dunning_notice,
    credit_payment_item,
    credit_receivable,
    payment_transaction,
)

from . import (
    account_move_limitation,
    account_move_term,
    account_payment_term,
    credit_acknowledgement,
    credit_alert_rule,
    credit_hold_rule,
    credit_insolvency,
    credit_late_cost,
    credit_late_cost_engine,
    credit_payment_ceiling,
    credit_receivable_limitation,
    res_company,
    res_company_limitation,
    res_company_mention,
    res_company_term,
    res_config_settings,
    res_partner_insolvency,
    res_partner_term,
)

# Last: it extends what the other file of the same model defines.
from . import credit_receivable_insolvency  # isort: skip

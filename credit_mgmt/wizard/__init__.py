from . import (
    base_partner_merge,
    credit_dunning_assign,
    credit_dunning_change_channel,
    credit_dunning_exclude,
    credit_dunning_level_preview,
    credit_dunning_reset_wizard,
    credit_dunning_send,
    credit_dunning_start,
    credit_registered_record,
    credit_statement,
    credit_statement_document,
    credit_statement_document_activity,
)

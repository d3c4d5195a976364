from . import (
    credit_registered_consent,
    credit_registered_letter,
    credit_registered_provider,
    res_partner,
)

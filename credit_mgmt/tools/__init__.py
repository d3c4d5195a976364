from . import (
    aging,
    calendar,
    customer_form,
    gate,
    interest,
    kpi,
    masking,
    periods,
    placeholders,
    reference,
    score,
    xlsx,
)

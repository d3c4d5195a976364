from . import (
    aging,
    calendar,
    customer_form,
    gate,
    interest,
    kpi,
    periods,
    placeholders,
    reference,
    xlsx,
)

from . import (
    aging,
    calendar,
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

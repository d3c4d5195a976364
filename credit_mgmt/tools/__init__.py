from . import (
    aging,
    calendar,
    gate,
    interest,
    kpi,
    periods,
    placeholders,
    reference,
    score,
    xlsx,
)

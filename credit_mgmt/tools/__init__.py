from . import (
    aging,
    calendar,
    gate,
    interest,
    kpi,
    periods,
    placeholders,
    priority,
    reference,
    xlsx,
)

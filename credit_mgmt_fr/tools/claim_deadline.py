"""Until when a claim is to be declared in insolvency proceedings (pure functions)."""

from __future__ import annotations

from datetime import date

from dateutil.relativedelta import relativedelta

#: Months from the publication (R622-24 of the Commercial Code).
MONTHS = 2
#: For a creditor who is not in the territory where the proceedings were opened.
MONTHS_FAR = 4
#: Months from the publication within which a late creditor may ask to be let in (L622-26).
MONTHS_RELIEF = 6


def claim_deadline(published: date, *, far: bool = False) -> date:
    """Return the last day to declare a claim."""
    return published + relativedelta(months=MONTHS_FAR if far else MONTHS)


def relief_deadline(published: date) -> date:
    """Return the last day to ask for relief from the foreclosure."""
    return published + relativedelta(months=MONTHS_RELIEF)

"""How long a case took: by the clock, and in the team's working time."""

from dataclasses import dataclass
from datetime import datetime

from earful.settings import Brand
from earful.speech import _, span
from models.case import Case
from triage.calendar import working


@dataclass(frozen=True, slots=True)
class Times:
    """How long until the first answer and until it was closed, in words; "" for what has not happened yet."""

    first_response: str
    resolution: str


def times_of(case: Case, brand: Brand | None) -> Times:
    """How long a case took. A brand that is configured no longer has no working hours to count by."""
    return Times(_took(case, case.first_response_at, brand), _took(case, case.closed_at, brand))


def _took(case: Case, until: datetime | None, brand: Brand | None) -> str:
    if until is None:
        return ""
    took = span(until - case.opened_at)
    if brand is None:
        return _("after %(span)s", span=took)
    work = span(working(brand, case.opened_at, until))
    return _("after %(span)s, %(work)s of working time", span=took, work=work)

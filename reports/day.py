"""What a team did in a stretch of time, most often one day: the page, the message and `earful report` tell it."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from statistics import median
from typing import Any

from sqlalchemy.orm import Session

from models import daywork
from models.case import CaseStatus
from models.daywork import Offer

Worked = Callable[[str, datetime, datetime], timedelta]
"""How much of the time between two moments was working time of a brand."""


@dataclass(frozen=True, slots=True)
class Work:
    """What was done from `start` up to, not including, `end`; `overdue` is as it stands at `end` or now."""

    start: datetime
    end: datetime
    flagged: int
    resolved: int
    dismissed: int
    answered: int
    median_hours: float | None  #: from flag to first answer, by the clock
    median_working_hours: float | None  #: … in the team's working time
    overdue: int
    returned: int
    corrected: int
    told: int
    remedies: dict[str, int]  #: how often each was offered, on cases opened in this time
    outcomes: dict[str, int]
    money: dict[str, str]  #: refunds and compensations that were accepted or delivered, by currency

    @property
    def cleared(self) -> int:
        """How many cases were closed."""
        return self.resolved + self.dismissed

    def as_json(self) -> dict[str, Any]:
        """The documented shape: docs/json.md."""
        return {
            "cleared": self.cleared,
            "resolved": self.resolved,
            "dismissed_by_team": self.dismissed,
            "median_first_response_working_hours": self.median_working_hours,
            "overdue": self.overdue,
            "returned": self.returned,
            "corrected": self.corrected,
            "told_what_changed": self.told,
            "remedies": self.remedies,
            "remedy_outcomes": self.outcomes,
            "remedy_money": self.money,
        }


def work(session: Session, brand: str | None, start: datetime, end: datetime, now: datetime, worked: Worked) -> Work:
    """What was done for a brand, or for all of them."""
    closed = daywork.closed(session, brand, start, end)
    answers = daywork.first_answers(session, brand, start, end)
    offered = daywork.offers(session, brand, start, end)
    return Work(
        start=start,
        end=end,
        flagged=daywork.flagged(session, brand, start, end),
        resolved=closed.get(CaseStatus.RESOLVED, 0),
        dismissed=closed.get(CaseStatus.DISMISSED, 0),
        answered=len(answers),
        median_hours=_median([answered - opened for _, opened, answered in answers]),
        median_working_hours=_median([worked(name, opened, answered) for name, opened, answered in answers]),
        overdue=daywork.overdue(session, brand, min(end, now)),
        returned=daywork.returned(session, brand, start, end),
        corrected=daywork.corrected(session, brand, start, end),
        told=daywork.told(session, brand, start, end),
        remedies=_counted([offer.remedy.value for offer in offered]),
        outcomes=_counted([offer.outcome.value for offer in offered]),
        money=_money(offered),
    )


def _median(took: Sequence[timedelta]) -> float | None:
    return round(median(span.total_seconds() for span in took) / 3600, 2) if took else None


def _counted(words: Sequence[str]) -> dict[str, int]:
    return dict(Counter(words).most_common())


def _money(offered: Sequence[Offer]) -> dict[str, str]:
    """What was promised and taken: an offer that is still open, or was declined, is none."""
    sums: dict[str, Decimal] = {}
    for offer in offered:
        if offer.amount and offer.currency and offer.outcome.value in {"accepted", "delivered"}:
            sums[offer.currency] = sums.get(offer.currency, Decimal(0)) + Decimal(offer.amount)
    return {currency: str(total) for currency, total in sorted(sums.items())}

"""One brand over a stretch of time: what was heard, whose voice it was, and whether the promise was kept."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median
from typing import Any

from models import numbers
from models.case import CaseStatus
from models.database import Database
from models.numbers import CaseTimes


@dataclass(frozen=True, slots=True)
class Promises:
    """How the cases of a time went."""

    flagged: int
    waiting: int  #: nobody has answered yet
    answered: int  #: a person answered, or decided that no answer is needed
    in_time: int  #: … by when it was promised
    late: int  #: … later, or not at all though the time is over
    dismissed: int  #: needed nobody
    median_hours: float | None  #: from flag to first response, by the clock; None when nobody answered yet
    reasons: dict[str, int]  #: how often each rule spoke

    @property
    def kept(self) -> float | None:
        """The share of promises that fell due or were answered, and were kept: 0 to 1; None when there was none."""
        judged = self.in_time + self.late
        return self.in_time / judged if judged else None


@dataclass(frozen=True, slots=True)
class Overview:
    """A brand's numbers from `start` up to, not including, `end`."""

    brand: str
    start: datetime
    end: datetime
    voices: dict[str, int]
    labels: dict[str, int]
    languages: dict[str, int]
    sources: dict[str, int]
    promises: Promises

    def as_json(self) -> dict[str, Any]:
        """The documented shape: docs/json.md."""
        told = self.promises
        return {
            "brand": self.brand,
            "from": self.start.isoformat(),
            "to": self.end.isoformat(),
            "mentions": self.voices.get(self.brand, 0),
            "share_of_voice": self.voices,
            "labels": self.labels,
            "languages": self.languages,
            "sources": self.sources,
            "flagged": told.flagged,
            "waiting": told.waiting,
            "answered": told.answered,
            "in_time": told.in_time,
            "late": told.late,
            "dismissed": told.dismissed,
            "promise_kept": None if told.kept is None else round(told.kept, 4),
            "median_first_response_hours": told.median_hours,
            "reasons": told.reasons,
        }


def overview(database: Database, brand: str, start: datetime, end: datetime, now: datetime) -> Overview:
    """The numbers of a brand over this time, as they stand now."""
    with database.read() as session:
        return Overview(
            brand=brand,
            start=start,
            end=end,
            voices=numbers.voices(session, brand, start, end),
            labels={label.value: count for label, count in numbers.labels(session, brand, start, end).items()},
            languages=numbers.languages(session, brand, start, end),
            sources=numbers.sources(session, brand, start, end),
            promises=promises(numbers.cases_opened(session, brand, start, end), now),
        )


def promises(cases: Sequence[CaseTimes], now: datetime) -> Promises:
    """How these cases went, as it stands at `now`. A dismissed case counts as answered: a person looked at it."""
    answered = [case for case in cases if case.first_response_at]
    in_time = sum(case.first_response_at <= case.promised_at for case in answered if case.first_response_at)
    unanswered_late = sum(case.promised_at < now for case in cases if not case.first_response_at)
    took = [(case.first_response_at - case.opened_at).total_seconds() for case in answered if case.first_response_at]
    return Promises(
        flagged=len(cases),
        waiting=len(cases) - len(answered),
        answered=len(answered),
        in_time=in_time,
        late=len(answered) - in_time + unanswered_late,
        dismissed=sum(case.status is CaseStatus.DISMISSED for case in cases),
        median_hours=round(median(took) / 3600, 2) if took else None,
        reasons=dict(Counter(reason["code"] for case in cases for reason in case.reasons).most_common()),
    )

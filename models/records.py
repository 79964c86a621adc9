"""Cases and mentions as JSON: the shapes that `--json`, the API and exports promise."""

from datetime import datetime
from typing import Any

from earful.values import SourceState
from models.case import Case
from models.heard import Heard
from models.mention import Mention


def reasons_of(case: Case) -> list[dict[str, str]]:
    """Why it was flagged; once the text is gone at its source, without the words that were quoted from it."""
    gone = case.mention.state is SourceState.DELETED
    return [{"code": reason["code"], "detail": "" if gone else reason["detail"]} for reason in case.reasons]


def case_record(case: Case) -> dict[str, Any]:
    """A case as JSON: plain values only, moments in ISO 8601. The shape is a promise to those who build on it."""
    mention = case.mention
    return {
        "id": case.id,
        "mention_id": mention.id,
        **_heard_record(mention),
        "severity": case.severity.value,
        "reasons": reasons_of(case),
        "status": case.status.value,
        "assignee": case.assignee,
        "due_at": case.due_at.isoformat(),
        "opened_at": case.opened_at.isoformat(),
        "closed_at": _iso(case.closed_at),
        "dismissal": case.dismissal.value if case.dismissal else None,
        "snoozed_until": _iso(case.snoozed_until),
        "first_response_at": _iso(case.first_response_at),
        "escalated_at": _iso(case.escalated_at),
        "returned": case.returned.value if case.returned else None,
        "tags": [each.tag for each in case.tags],
        "remedy": _remedy_record(case),
        "told_at": _iso(case.told_at),
        "version": case.version,
    }


def _remedy_record(case: Case) -> dict[str, str | None] | None:
    if case.remedy is None:
        return None
    outcome = case.remedy_outcome.value if case.remedy_outcome else None
    money = {"amount": case.remedy_amount, "currency": case.remedy_currency}
    return {"offered": case.remedy.value, **money, "outcome": outcome}


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def mention_record(heard: Heard) -> dict[str, Any]:
    """A mention as JSON, in the same words as a case."""
    mention = heard.mention
    return {
        "id": mention.id,
        **_heard_record(mention),
        "subject": mention.subject,
        "kind": mention.kind.value,
        "state": mention.state.value,
        "flagged": heard.case_id is not None,
        "case_id": heard.case_id,
    }


def _heard_record(mention: Mention) -> dict[str, Any]:
    reading = mention.reading
    return {
        "brand": mention.brand,
        "source": mention.source.name,
        "external_id": mention.external_id,
        "url": mention.url,
        "title": mention.title,
        "text": mention.text,
        "author": mention.author,
        "rating": mention.rating,
        "nps": mention.nps,
        "published_at": None if mention.undated else mention.published_at.isoformat(),
        "language": reading.language if reading else None,
        "label": reading.label.value if reading else None,
        "polarity": reading.polarity if reading else None,
        "confidence": reading.confidence if reading else None,
    }

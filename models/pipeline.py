"""What waits for the next step, and what a step made of it: readings, cases, testimonial candidates.

A batch is claimed by ids, and its rows move on only from the stage they were read at, so that two workers on the same
batch do the work twice but store it once.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Select, func, insert, select, update
from sqlalchemy.orm import Session, aliased

from earful.values import Label, Reading, Reason, SourceState, Unjudged, Verdict
from models.actor import PIPELINE
from models.case import Case, CaseEvent, CaseStatus, CaseTag
from models.mention import Mention, Source, Stage, StoredReading
from models.notices import enqueue_named
from models.people import tell_person
from models.praise import offer, withdraw
from models.search import mark_flagged
from models.similar import group_new
from models.upsert import Row, batches, insert_new, insert_or_replace

READING_COLUMNS = (
    "language", "language_confidence", "label", "polarity", "confidence", "evidence", "themes", "reader", "version",
    "read_at",
)  # fmt: skip


class Unread(NamedTuple):
    """What reading needs of a mention. Plain values: whole rows as objects would cost more than reading them."""

    id: int
    digest: str
    brand: str
    subject: str
    title: str
    text: str
    rating: float | None
    nps: int | None


def unread(session: Session, limit: int) -> list[Unread]:
    """The next mentions to be read, oldest first."""
    columns = [getattr(Mention, name) for name in Unread._fields]
    rows = session.execute(select(*columns).where(Mention.stage == Stage.FOUND).order_by(Mention.id).limit(limit))
    return [Unread(*row) for row in rows]


def how_many_unread(session: Session) -> int:
    """How many mentions wait to be read."""
    return session.scalar(select(func.count()).select_from(Mention).where(Mention.stage == Stage.FOUND)) or 0


def save_readings(
    session: Session, readings: Mapping[int, Reading], digests: Mapping[int, str], at: datetime
) -> list[Reading]:
    """Store readings by mention id, for those whose text is still the one that was read (`digests`). Returns those."""
    current = _still(session, list(readings), Stage.FOUND)
    kept = {key: reading for key, reading in readings.items() if current.get(key) == digests[key]}
    rows = [{"mention_id": key, **_reading_row(reading, at)} for key, reading in kept.items()]
    insert_or_replace(session, StoredReading, rows, ["mention_id"], READING_COLUMNS)
    _tell_cases(session, kept)
    move(session, list(kept), Stage.READ)
    return list(kept.values())


def _tell_cases(session: Session, readings: Mapping[int, Reading]) -> None:
    """A case keeps what filters ask of its reading."""
    for mention_id in _cases_of(session, list(readings)):
        values = _facets(readings[mention_id])
        session.execute(update(Case).where(Case.mention_id == mention_id).values(**values))


def _facets(reading: Reading) -> Row:
    return _facets_row(reading.language, reading.label, reading.themes)


def _facets_row(language: str | None, label: Label | None, themes: Sequence[str] | None) -> Row:
    spelled = f"|{'|'.join(themes)}|" if themes else ""
    return {"language": language, "label": label.value if label else None, "themes": spelled}


def _facets_of(session: Session, mention_ids: Sequence[int]) -> dict[int, Row]:
    """What a case keeps of its mention and reading, so that the queue's filters find it."""
    found: dict[int, Row] = {}
    for some in batches(mention_ids):
        columns = (Mention.id, Mention.source_id, StoredReading.language, StoredReading.label, StoredReading.themes)
        rows = session.execute(select(*columns).outerjoin(Mention.reading).where(Mention.id.in_(some))).tuples()
        found |= {
            key: {"source_id": source, **_facets_row(language, label, themes)}
            for key, source, language, label, themes in rows
        }
    return found


def _reading_row(reading: Reading, at: datetime) -> Row:
    return {
        "language": reading.language,
        "language_confidence": reading.language_confidence,
        "label": reading.label,
        "polarity": reading.polarity,
        "confidence": reading.confidence,
        "evidence": [
            {"code": item.code, "text": item.text, "start": item.start, "weight": item.weight}
            for item in reading.evidence
        ],
        "themes": list(reading.themes),
        "reader": reading.reader,
        "version": reading.version,
        "read_at": at,
    }


_OF_SOURCE = {"source_name": Source.name, "source_type": Source.type}
_JUDGED = [name for name in Unjudged._fields if name != "author_seen"]


def as_read() -> Select[Any]:
    """Mentions with their last reading, as judging takes them: rows for `to_judge`."""
    columns = [_OF_SOURCE.get(name) or getattr(Mention, name, None) or getattr(StoredReading, name) for name in _JUDGED]
    joined = select(*columns).join(StoredReading, StoredReading.mention_id == Mention.id)
    return joined.join(Source, Source.id == Mention.source_id)


def to_judge(session: Session, asked: Select[Any], *, authors: bool) -> list[Unjudged]:
    """What `as_read`, narrowed down, finds; with `authors`, whether each author was heard before as well."""
    found = [Unjudged(*row) for row in session.execute(asked)]
    if not authors:
        return found
    seen = _seen_before(session, [each.id for each in found])
    return [each._replace(author_seen=each.id in seen) for each in found]


def _seen_before(session: Session, mention_ids: Sequence[int]) -> set[int]:
    """Those of these mentions whose author had said something else at the same source before."""
    earlier = aliased(Mention)
    same = (earlier.source_id == Mention.source_id, earlier.author == Mention.author, earlier.id < Mention.id)
    seen: set[int] = set()
    for some in batches(mention_ids):
        chosen = select(Mention.id).where(Mention.id.in_(some), select(earlier.id).where(*same).exists())
        seen.update(session.scalars(chosen))
    return seen


def unjudged(session: Session, limit: int, *, authors: bool = False) -> list[Unjudged]:
    """The next mentions that are read and not judged, oldest first."""
    waiting = as_read().where(Mention.stage == Stage.READ).order_by(Mention.id).limit(limit)
    return to_judge(session, waiting, authors=authors)


def judged(
    session: Session, most: int, since: datetime | None = None, *, authors: bool = False, batch: int = 2_000
) -> Iterator[list[Unjudged]]:
    """Up to `most` mentions that were judged, the last stored first, a batch at a time; `since`: stored since then."""
    stored = as_read().where(Mention.stage == Stage.JUDGED, Mention.state != SourceState.DELETED)
    below: int | None = None
    while most > 0:
        asked = stored if below is None else stored.where(Mention.id < below)
        some = to_judge(session, asked.order_by(Mention.id.desc()).limit(min(batch, most)), authors=authors)
        recent = [each for each in some if since is None or each.first_seen_at >= since]
        if recent:
            yield recent
        if len(recent) < min(batch, most):
            return
        most, below = most - len(some), some[-1].id


def save_verdicts(
    session: Session, verdicts: Mapping[int, Verdict], digests: Mapping[int, str], at: datetime
) -> list[int]:
    """Open a case for each flagged mention that has none, and note candidates. Returns the ids of new cases.

    A case that exists keeps what people decided; its reasons follow the text only while nobody has touched it.
    """
    current = _still(session, list(verdicts), Stage.READ)
    kept = {key: verdict for key, verdict in verdicts.items() if current.get(key) == digests[key]}
    brands = _brands(session, list(kept))
    opened = open_cases(session, {key: v for key, v in kept.items() if v.flagged}, at)
    _unquote(session, [key for key, verdict in kept.items() if not verdict.flagged])
    offer(session, {key: brands[key] for key, verdict in kept.items() if verdict.testimonial}, at)
    withdraw(session, [key for key, verdict in kept.items() if not verdict.testimonial])
    move(session, list(kept), Stage.JUDGED)
    return opened


def open_cases(session: Session, flagged: Mapping[int, Verdict], at: datetime, actor: str = PIPELINE) -> list[int]:
    """Open a case for each of these mentions that has none, oldest post first. Returns the ids of new cases.

    The queue has the newest first, and of cases that are opened together that of the highest id.
    """
    brands = _brands(session, list(flagged))
    cases = _cases_of(session, list(flagged))
    fresh = {key: flagged[key] for key in _oldest_first(session, [key for key in flagged if key not in cases])}
    facets = _facets_of(session, list(fresh))
    rows = [{**_case_row(key, v, brands[key], at), **facets[key]} for key, v in fresh.items()]
    insert_new(session, Case, rows, ["mention_id"])
    for key, case in cases.items():
        if case.decided_at is None:
            case.reasons, case.severity = _reasons(flagged[key]), flagged[key].severity
    mark_flagged(session, list(fresh))
    opened = _case_ids(session, list(fresh))
    group_new(session, list(opened.values()))
    events = [{"case_id": key, "at": at, "actor": actor, "action": "opened", "detail": {}} for key in opened.values()]
    if events:
        session.execute(insert(CaseEvent), events)
    _follow_rules(session, {opened[key]: verdict for key, verdict in fresh.items() if key in opened}, at)
    return list(opened.values())


def _follow_rules(session: Session, verdicts: Mapping[int, Verdict], at: datetime) -> None:
    """Log and store what a team's rules want of new cases: tags, whose each is, and who is told of it."""
    enqueue_named(session, {key: verdict.notify for key, verdict in verdicts.items()}, at)
    tags = [(key, tag) for key, verdict in verdicts.items() for tag in verdict.tags]
    if tags:
        session.execute(insert(CaseTag), [{"case_id": key, "tag": tag} for key, tag in tags])
    said = [(key, "tagged", {"tag": tag}) for key, tag in tags]
    said += [(key, "assigned", {"to": verdict.assignee}) for key, verdict in verdicts.items() if verdict.assignee]
    events = [CaseEvent(case_id=key, at=at, actor=PIPELINE, action=action, detail=on) for key, action, on in said]
    session.add_all(events)
    session.flush()
    for event in events:
        if event.action == "assigned":
            told = {"case_id": event.case_id, "by": event.actor, "event_id": event.id}
            tell_person(session, event.detail["to"], f"case.assigned:{event.id}", at, told)


def _unquote(session: Session, mention_ids: Sequence[int]) -> None:
    """An untouched case whose text was edited and would not be flagged now says so; a person closes it."""
    for case in _cases_of(session, mention_ids).values():
        if case.decided_at is None:
            case.reasons = [asdict(Reason("edited", "the text was edited and would not be flagged now"))]


def _case_row(mention_id: int, verdict: Verdict, brand: str, at: datetime) -> Row:
    return {
        "mention_id": mention_id,
        "brand": brand,
        "status": CaseStatus.ASSIGNED if verdict.assignee else CaseStatus.OPEN,
        "assignee": verdict.assignee or None,
        "severity": verdict.severity,
        "reasons": _reasons(verdict),
        "opened_at": at,
        "due_at": verdict.due_at or at,
        "half_at": verdict.half_at,
        "reminded": 0,
        "version": 1,
    }


def _reasons(verdict: Verdict) -> list[dict[str, str]]:
    return [asdict(reason) for reason in verdict.reasons]


def _cases_of(session: Session, mention_ids: Sequence[int]) -> dict[int, Case]:
    found: dict[int, Case] = {}
    for some in batches(mention_ids):
        found |= {case.mention_id: case for case in session.scalars(select(Case).where(Case.mention_id.in_(some)))}
    return found


def _oldest_first(session: Session, mention_ids: Sequence[int]) -> list[int]:
    """The mentions in the order in which their authors wrote them."""
    found: list[tuple[datetime, int]] = []
    for some in batches(mention_ids):
        rows = session.execute(select(Mention.published_at, Mention.id).where(Mention.id.in_(some)))
        found += rows.tuples()
    return [key for _written, key in sorted(found)]


def _case_ids(session: Session, mention_ids: Sequence[int]) -> dict[int, int]:
    """The ids of cases by mention."""
    found: dict[int, int] = {}
    for some in batches(mention_ids):
        rows = session.execute(select(Case.mention_id, Case.id).where(Case.mention_id.in_(some)).order_by(Case.id))
        found |= dict(rows.tuples().all())
    return found


def _still(session: Session, mention_ids: Sequence[int], stage: Stage) -> dict[int, str]:
    """The digests of those mentions that still stand at this stage, held until the transaction ends."""
    found: dict[int, str] = {}
    for some in batches(mention_ids):
        rows = session.execute(
            select(Mention.id, Mention.digest).where(Mention.id.in_(some), Mention.stage == stage).with_for_update()
        )
        found |= {key: mark for key, mark in rows.tuples()}
    return found


def _brands(session: Session, mention_ids: Sequence[int]) -> dict[int, str]:
    found: dict[int, str] = {}
    for some in batches(mention_ids):
        found |= {
            key: name for key, name in session.execute(select(Mention.id, Mention.brand).where(Mention.id.in_(some)))
        }
    return found


def move(session: Session, mention_ids: Sequence[int], stage: Stage) -> None:
    """Let these mentions stand at this stage."""
    for some in batches(mention_ids):
        session.execute(
            update(Mention).where(Mention.id.in_(some)).values(stage=stage),
            execution_options={"synchronize_session": False},
        )

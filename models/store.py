"""Keeps what was heard: sources, pages of mentions with their cursor, and the ledger, each page in one transaction."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, or_, select, update
from sqlalchemy.orm import Session

from earful.text import digest
from earful.values import COUNTED, Cursor, FoundMention, Rejected, SourceCount, SourceState
from models.case import Case, Correction
from models.changes import Change, Insert, Known, Repeat, Same, Update, Vanished
from models.mention import Mention, RejectedRecord, Source, Stage, StoredReading
from models.run import Coverage, RunStatus
from models.search import index_words
from models.similar import forget_bands
from models.upsert import Row, batches, insert_new, insert_one, insert_or_replace


@dataclass(frozen=True, slots=True)
class Intake:
    """Where a page belongs: which source of which brand, in which run, seen when."""

    source_id: int
    brand: str
    run_id: int
    seen_at: datetime


def source_row(session: Session, brand: str, name: str, kind: str, fingerprint: str) -> Source:
    """The row of a configured source, made when it is new. Settings of another fingerprint start without a cursor."""
    row = {"brand": brand, "name": name, "type": kind, "cursor": {}, "fingerprint": fingerprint}
    insert_new(session, Source, [row], ["brand", "name"])
    source = session.scalars(select(Source).where(Source.brand == brand, Source.name == name)).one()
    if source.fingerprint != fingerprint:
        source.cursor, source.fingerprint, source.type = {}, fingerprint, kind
    return source


def hold_source(session: Session, source_id: int) -> None:
    """Make others who would store pages of this source wait until this transaction ends."""
    session.execute(select(Source.id).where(Source.id == source_id).with_for_update())


def known(session: Session, source_id: int, external_ids: Iterable[str]) -> dict[str, Known]:
    """What is stored of these items."""
    found: dict[str, Known] = {}
    columns = (Mention.external_id, Mention.id, Mention.digest, Mention.run_id, Mention.state)
    for some in batches(sorted(set(external_ids))):
        rows = session.execute(select(*columns).where(Mention.source_id == source_id, Mention.external_id.in_(some)))
        for external_id, mention_id, mark, run_id, state in rows:
            found[external_id] = Known(mention_id, mark, run_id, state is SourceState.DELETED)
    return found


def apply_changes(session: Session, intake: Intake, changes: Sequence[Change], subjects: dict[str, str]) -> SourceCount:
    """Store what the changes say, in bulk; `subjects` maps external ids to whom they are about. Returns the counts."""
    by_kind: dict[type, list[Any]] = {Insert: [], Update: [], Same: [], Vanished: [], Repeat: []}
    for change in changes:
        by_kind[type(change)].append(change)
    _insert(session, intake, by_kind[Insert], subjects)
    _update(session, intake, by_kind[Update])
    _forget(session, intake, [change.found.external_id for change in by_kind[Vanished]])
    _touch(session, intake, [change.found.external_id for change in by_kind[Same]])
    _keep_answers(session, intake, [c.found for kind in (Insert, Update, Same) for c in by_kind[kind]])
    index_words(session, intake.source_id, {c.found.external_id for c in (*by_kind[Insert], *by_kind[Update])})
    new, edited, same, gone, repeated = (len(by_kind[kind]) for kind in (Insert, Update, Same, Vanished, Repeat))
    return SourceCount(
        new=new, edited=edited, unchanged=same, vanished=gone, repeated=repeated, seen=new + edited + same + gone
    )


def _insert(session: Session, intake: Intake, inserts: Sequence[Insert], subjects: dict[str, str]) -> None:
    rows = [_mention_row(intake, change.found, change.digest, subjects) for change in inserts]
    insert_new(session, Mention, rows, ["source_id", "external_id"])


def _mention_row(intake: Intake, found: FoundMention, mark: str, subjects: dict[str, str]) -> Row:
    return {
        **_content(intake, found, mark),
        "source_id": intake.source_id,
        "external_id": found.external_id,
        "brand": intake.brand,
        "subject": subjects.get(found.external_id, intake.brand),
        "kind": found.kind,
        "url": found.url,
        "published_at": found.published_at or intake.seen_at,
        "undated": found.published_at is None,
        "language_hint": found.language,
        "thread_id": found.thread_id,
        "parent_id": found.parent_id,
        "place": found.place,
        "first_seen_at": intake.seen_at,
        "text_changed_at": None,
    }


def _content(intake: Intake, found: FoundMention, mark: str) -> Row:
    """What an edit replaces. Of a deleted item nothing is kept but that it was there."""
    gone = found.state is SourceState.DELETED
    return {
        "title": "" if gone else found.title,
        "text": "" if gone else found.text,
        "author": None if gone else found.author,
        "rating": None if gone else found.rating,
        "nps": None if gone else found.nps,
        "reach": found.reach,
        "state": found.state,
        "digest": mark,
        "stage": Stage.JUDGED if gone else Stage.FOUND,
        "checked_at": intake.seen_at,
        "run_id": intake.run_id,
    }


def _update(session: Session, intake: Intake, updates: Sequence[Update]) -> None:
    """Edited items get their new text and are read again. Within one page the last edit of an item wins."""
    if not updates:
        return
    last = {change.found.external_id: change for change in updates}
    rows = [{"key": key, **_edited(intake, change)} for key, change in last.items()]
    columns = [name for name in rows[0] if name != "key"]
    table = Mention.__table__
    statement = (
        update(Mention)
        .where(table.c.source_id == intake.source_id, table.c.external_id == bindparam("key"))
        .values({name: bindparam(name) for name in columns})
    )
    session.connection().execute(statement, rows)


def _edited(intake: Intake, change: Update) -> Row:
    state = SourceState.EDITED if change.found.state is SourceState.LIVE else change.found.state
    return {**_content(intake, change.found, change.digest), "state": state, "text_changed_at": intake.seen_at}


def _forget(session: Session, intake: Intake, external_ids: Sequence[str]) -> None:
    """What its source took away goes here too: text, author, rating, reading. The row stays, so counts stay."""
    gone: Row = {"title": "", "text": "", "author": None, "rating": None, "nps": None, "stage": Stage.JUDGED}
    gone |= {"answer": None, "answered_at": None}
    marks: Row = {"state": SourceState.DELETED, "digest": digest("deleted"), "text_changed_at": intake.seen_at}
    for some in batches(external_ids):
        mine = (Mention.source_id == intake.source_id, Mention.external_id.in_(some))
        ids = select(Mention.id).where(*mine)
        _quote_no_more(session, session.scalars(select(Case).where(Case.mention_id.in_(ids))).all())
        for statement in (
            delete(StoredReading).where(StoredReading.mention_id.in_(ids)),
            update(Correction).where(Correction.mention_id.in_(ids)).values(text=""),
            update(Case).where(Case.mention_id.in_(ids)).values(language=None, label=None, themes=""),
            update(Mention).where(*mine).values(**gone, **marks, run_id=intake.run_id, checked_at=intake.seen_at),
        ):
            session.execute(statement, execution_options={"synchronize_session": False})


def _quote_no_more(session: Session, cases: Sequence[Case]) -> None:
    """A case keeps the rules that flagged it, without the words they quoted, and is compared with no other."""
    forget_bands(session, [case.id for case in cases])
    for case in cases:
        case.reasons = [{**reason, "detail": ""} for reason in case.reasons]
    session.flush()


def _touch(session: Session, intake: Intake, external_ids: Sequence[str]) -> None:
    for some in batches(external_ids):
        session.execute(
            update(Mention)
            .where(Mention.source_id == intake.source_id, Mention.external_id.in_(some))
            .values(run_id=intake.run_id, checked_at=intake.seen_at),
            execution_options={"synchronize_session": False},
        )


def _keep_answers(session: Session, intake: Intake, found: Sequence[FoundMention]) -> None:
    """What the business answered at the source. It is no edit of the post: nothing is read again."""
    rows = [
        {"key": each.external_id, "said": each.answer.text, "at": each.answer.at or intake.seen_at}
        for each in found
        if each.answer and each.state is not SourceState.DELETED
    ]
    if not rows:
        return
    table = Mention.__table__
    mine = (table.c.source_id == intake.source_id, table.c.external_id == bindparam("key"))
    news = or_(table.c.answer.is_(None), table.c.answer != bindparam("said"))
    statement = update(Mention).where(*mine, news).values(answer=bindparam("said"), answered_at=bindparam("at"))
    session.connection().execute(statement, rows)


def keep_rejected(session: Session, intake: Intake, rejected: Sequence[Rejected]) -> SourceCount:
    """Keep records that can't be used, each once however often it is read, with reason and raw text.

    One that this run has already counted (an interrupted page read again) is a repeat.
    """
    rows = {mark_of(record): record for record in rejected}
    seen_before = _rejected_in_run(session, intake, list(rows))
    insert_or_replace(
        session,
        RejectedRecord,
        [_rejected_row(intake, mark, record) for mark, record in rows.items()],
        ["source_id", "digest"],
        ["run_id", "position"],
    )
    count = len(rows) - len(seen_before)
    return SourceCount(rejected=count, seen=count, repeated=len(rejected) - count)


def mark_of(record: Rejected) -> str:
    """What a rejected record is known by when it comes again: its reason, its text and its place."""
    return digest(record.reason, record.raw, record.key)


def _rejected_in_run(session: Session, intake: Intake, marks: Sequence[str]) -> set[str]:
    already: set[str] = set()
    for some in batches(marks):
        mine = (RejectedRecord.source_id == intake.source_id, RejectedRecord.run_id == intake.run_id)
        already.update(session.scalars(select(RejectedRecord.digest).where(*mine, RejectedRecord.digest.in_(some))))
    return already


def _rejected_row(intake: Intake, mark: str, record: Rejected) -> Row:
    return {
        "source_id": intake.source_id,
        "digest": mark,
        "position": record.where,
        "reason": record.reason,
        "raw": record.raw,
        "first_seen_at": intake.seen_at,
        "run_id": intake.run_id,
    }


def move_cursor(session: Session, source_id: int, cursor: Cursor) -> None:
    """Set where the source was left off; call it in the transaction that stores what the cursor covers."""
    session.execute(update(Source).where(Source.id == source_id).values(cursor=dict(cursor)))


def ledger_entry(session: Session, run_id: int, source_id: int) -> Coverage:
    """The ledger of one source in a run; others who would change it wait until this transaction ends."""
    mine = (Coverage.run_id == run_id, Coverage.source_id == source_id)
    return session.scalars(select(Coverage).where(*mine).with_for_update()).one()


def add_to_ledger(session: Session, run_id: int, source_id: int, count: SourceCount, at: datetime) -> None:
    """Add what one page brought to the run's ledger for this source."""
    entry = ledger_entry(session, run_id, source_id)
    for name in COUNTED:
        setattr(entry, name, getattr(entry, name) + getattr(count, name))
    if count.new:
        session.execute(update(Source).where(Source.id == source_id).values(last_new_at=at))
    if fresh := [note for note in dict.fromkeys(count.notes) if note not in entry.notes]:
        entry.notes = [*entry.notes, *fresh]
    if count.quota:
        until = count.quota.until
        entry.quota = {**asdict(count.quota), "until": until.isoformat() if until else None}
    if count.missed:
        entry.missed = [*entry.missed, *(asdict(missed) for missed in count.missed)]


def open_ledger(session: Session, run_id: int, source_id: int, started_at: datetime) -> bool:
    """Begin (or, after a retry, go on with) the ledger of one source in a run. Returns whether it is a new one."""
    empty: Row = {"missed": [], "notes": [], **dict.fromkeys(COUNTED, 0)}
    row = {"run_id": run_id, "source_id": source_id, "status": RunStatus.RUNNING, "started_at": started_at, **empty}
    return insert_one(session, Coverage, row, ["run_id", "source_id"])


def close_ledger(
    session: Session, run_id: int, source_id: int, status: RunStatus, at: datetime, error: str | None = None
) -> None:
    """End the ledger of one source in a run."""
    session.execute(
        update(Coverage)
        .where(Coverage.run_id == run_id, Coverage.source_id == source_id)
        .values(status=status, finished_at=at, error=error)
    )


def mark_read(session: Session, source_id: int, at: datetime) -> None:
    """Note that the source was read to its end."""
    session.execute(update(Source).where(Source.id == source_id).values(last_read_at=at))

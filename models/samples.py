"""Draws the daily sample of unflagged mentions, lists it, and keeps what a person found in it.

A sample is no case. Judged "needs a reply", its mention gets a case like any other, opened by that person; and what the
person said becomes a `Correction`, gold for the reader, whichever way they judged.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Select, func, select, update
from sqlalchemy.orm import Session, joinedload

from earful.errors import Conflict
from earful.speech import _, ago
from earful.values import Label, SourceState
from models.acts import Act, NotAllowed, Verb
from models.case import Case, Dismissal
from models.casework import act
from models.corrections import correction_of, keep
from models.mention import Mention, Stage
from models.opening import REASON, open_by_person
from models.sample import Draw, Finding, Sample
from models.upsert import insert_new

# ----------------------------------------------------------------------------------------------------------- drawing


Choose = Callable[[Sequence[int], int], Collection[int]]  #: picks up to so many of the mention ids that it is given


def is_drawn(session: Session, brand: str, day: date, count: int) -> bool:
    """Whether the sample of this brand's day was drawn, with as many mentions as wanted, or all that there were."""
    drawn = _draw_of(session, brand, day)
    return drawn is not None and drawn.taken >= min(count, drawn.unflagged)


def draw(
    session: Session, brand: str, day: date, at: datetime, count: int, choose: Choose, accounts: Collection[str] = ()
) -> int:
    """Draw the sample of this brand's day from all unflagged mentions that came since the last draw.

    There is one draw a brand and day. Asked again with a higher `count`, it takes more of the same mentions.

    Args:
        session: of a writing transaction.
        brand: the brand's name.
        day: the brand's own day.
        at: now.
        count: how many are wanted in all.
        choose: picks some of the mentions.
        accounts: our own accounts, casefolded; nobody need look at what they post.

    Returns:
        How many were drawn now.
    """
    drawn = _draw_of(session, brand, day) or _begun(session, brand, day, at, accounts)
    if drawn is None:
        return 0
    ids = _unflagged(session, brand, _last_before(session, drawn), drawn.upto_id, accounts)
    known = set(session.scalars(select(Sample.mention_id).where(Sample.draw_id == drawn.id)))
    chosen = choose([key for key in ids if key not in known], max(count - len(known), 0))
    rows = [{"draw_id": drawn.id, "mention_id": key, "brand": brand, "version": 1} for key in sorted(chosen)]
    insert_new(session, Sample, rows, ["mention_id"])
    drawn.taken = len(known) + len(rows)
    return len(rows)


def _begun(session: Session, brand: str, day: date, at: datetime, accounts: Collection[str]) -> Draw | None:
    """The day's draw with nothing taken yet; None where nothing was left unflagged since the last one."""
    after = session.scalar(select(func.max(Draw.upto_id)).where(Draw.brand == brand)) or 0
    upto = max(_judged_upto(session, brand, after), after)
    unflagged = len(_unflagged(session, brand, after, upto, accounts))
    if unflagged:
        row = {"brand": brand, "day": day, "at": at, "upto_id": upto, "unflagged": unflagged, "taken": 0}
        insert_new(session, Draw, [row], ["brand", "day"])
    return _draw_of(session, brand, day)


def _draw_of(session: Session, brand: str, day: date) -> Draw | None:
    return session.scalars(select(Draw).where(Draw.brand == brand, Draw.day == day)).one_or_none()


def _last_before(session: Session, drawn: Draw) -> int:
    """The last mention that the draws before this one looked at."""
    earlier = select(func.max(Draw.upto_id)).where(Draw.brand == drawn.brand, Draw.id < drawn.id)
    return session.scalar(earlier) or 0


def _judged_upto(session: Session, brand: str, after: int) -> int:
    """The last mention before the first one that still waits for reading or judging: that waits for the next draw."""
    waiting = select(func.min(Mention.id)).where(Mention.brand == brand, Mention.stage != Stage.JUDGED)
    newest = session.scalar(select(func.max(Mention.id)).where(Mention.brand == brand)) or 0
    first_waiting = session.scalar(waiting.where(Mention.id > after))
    return newest if first_waiting is None else first_waiting - 1


def _unflagged(session: Session, brand: str, after: int, upto: int, accounts: Collection[str]) -> list[int]:
    """The ids of mentions of the brand between two ids that were judged and not flagged."""
    rows = session.execute(
        select(Mention.id, Mention.author)
        .where(
            Mention.brand == brand,
            Mention.subject == brand,
            Mention.id > after,
            Mention.id <= upto,
            Mention.stage == Stage.JUDGED,
            Mention.state != SourceState.DELETED,
            ~_has_case(),
        )
        .order_by(Mention.id)
    )
    return [key for key, author in rows if (author or "").casefold() not in accounts]


def _has_case() -> ColumnElement[bool]:
    return select(Case.id).where(Case.mention_id == Mention.id).exists()


# ----------------------------------------------------------------------------------------------------------- looking


@dataclass(frozen=True, slots=True)
class SamplePage:
    """Some samples, with mention, source and reading loaded; `next` is None on the last page."""

    samples: Sequence[Sample]
    next: int | None  #: to be passed as `after`


def list_samples(
    session: Session, limit: int, after: int | None = None, *, brand: str | None = None, judged: bool = False
) -> SamplePage:
    """Up to `limit` samples, the newest first: those that nobody has looked at, or those that somebody has."""
    chosen = _whole().join(Mention, Mention.id == Sample.mention_id).where(*_shown(brand, judged=judged))
    if after is not None:
        chosen = chosen.where(Sample.id < after)
    found = session.scalars(chosen.order_by(Sample.id.desc()).limit(limit + 1)).all()
    return SamplePage(found[:limit], found[limit - 1].id if len(found) > limit else None)


def count_samples(session: Session, brand: str | None = None) -> int:
    """How many samples nobody has looked at yet."""
    chosen = select(func.count()).select_from(Sample).join(Mention, Mention.id == Sample.mention_id)
    return session.scalar(chosen.where(*_shown(brand, judged=False))) or 0


def view_sample(session: Session, sample_id: int) -> Sample | None:
    """One sample, with mention, source and reading loaded; None when there is none of this id."""
    return session.scalars(_whole().where(Sample.id == sample_id)).one_or_none()


def _whole() -> Select[tuple[Sample]]:
    loaded = joinedload(Sample.mention, innerjoin=True)
    with_source = loaded.joinedload(Mention.source, innerjoin=True)
    return select(Sample).options(with_source, loaded.joinedload(Mention.reading))


def _shown(brand: str | None, *, judged: bool) -> list[ColumnElement[bool]]:
    """What was taken away at its source, or got a case meanwhile, nobody need look at any more."""
    open_for_judging = (Sample.finding.is_(None), Mention.state != SourceState.DELETED, ~_has_case())
    conditions: list[ColumnElement[bool]] = [Sample.finding.is_not(None)] if judged else list(open_for_judging)
    return [*conditions, Sample.brand == brand] if brand else conditions


# ----------------------------------------------------------------------------------------------------------- judging


@dataclass(frozen=True, slots=True)
class Judged:
    """What a person says of a sample."""

    finding: Finding
    says: Label | None = None  #: what the text says; left out: negative where it needs a reply, else as it was read
    due_at: datetime | None = None  #: needs a reply: by when, as the brand promises for a normal case


def judge(session: Session, sample_id: int, version: int, actor: str, what: Judged, at: datetime) -> Sample:
    """Keep what a person found, as a correction too; "needs a reply" opens a case, unless there is one meanwhile.

    Raises:
        LookupError: there is no such sample.
        Conflict: somebody judged it since this version; the message says who. Nothing is written.
        NotAllowed: the label is none that a person may give, or a case would have no due time. Nothing is written.
    """
    sample = _loaded(session, sample_id)
    says = _said(what, sample.mention)
    _store(session, sample, version, actor, at, what.finding, says)
    about_us = what.finding is not Finding.NOT_ABOUT_US
    keep(session, sample.mention, correction_of(sample.mention, actor, at, label=says, about_us=about_us))
    if what.finding is Finding.NEEDS_REPLY:
        open_by_person(session, sample.mention, actor, at, what.due_at)
    session.flush()
    return _loaded(session, sample_id)


def take_back(session: Session, sample_id: int, version: int, actor: str, at: datetime) -> Sample:
    """Take back a judgement: the sample waits again, and a case that it opened and nobody touched is dismissed.

    Raises:
        LookupError, Conflict: as `judge` does.
        NotAllowed: nobody has judged it.
    """
    sample = _loaded(session, sample_id)
    if sample.finding is None:
        raise NotAllowed(_("nobody has judged this one yet"))
    _store(session, sample, version, actor, at, None, None)
    # Corrections are append-only and the last one counts: this one says nothing.
    session.add(correction_of(sample.mention, actor, at, label=None, about_us=True))
    _dismiss_untouched(session, sample.mention_id, actor, at)
    session.flush()
    return _loaded(session, sample_id)


def _said(what: Judged, mention: Mention) -> Label | None:
    if what.says is Label.UNSCORED:
        raise NotAllowed(_("say what the text says: negative, neutral or positive"))
    if what.finding is Finding.NOT_ABOUT_US:
        return None
    if what.finding is Finding.NEEDS_REPLY:
        return what.says or Label.NEGATIVE
    read = mention.reading.label if mention.reading else Label.UNSCORED
    return what.says or (None if read is Label.UNSCORED else read)


def _store(
    session: Session,
    sample: Sample,
    version: int,
    actor: str,
    at: datetime,
    finding: Finding | None,
    says: Label | None,
) -> None:
    by: dict[str, object] = {"judged_by": actor, "judged_at": at} if finding else {"judged_by": None, "judged_at": None}
    statement = update(Sample).where(Sample.id == sample.id, Sample.version == version)
    values = {"finding": finding, "says": says, "version": Sample.version + 1, **by}
    result = session.connection().execute(statement.values(**values))
    if result.rowcount != 1:
        raise Conflict(_stale(_loaded(session, sample.id), at))


def _stale(sample: Sample, now: datetime) -> str:
    if sample.judged_by is None or sample.judged_at is None:
        return _("somebody took back what they said of this; nothing of yours was stored")
    since = ago(now - sample.judged_at)
    return _("%(actor)s judged this %(ago)s; nothing of yours was stored", actor=sample.judged_by, ago=since)


def _dismiss_untouched(session: Session, mention_id: int, actor: str, at: datetime) -> None:
    case = session.scalars(select(Case).where(Case.mention_id == mention_id)).one_or_none()
    if case and case.decided_at == case.opened_at and case.reasons == [asdict(REASON)]:
        act(session, case.id, case.version, actor, Act(Verb.DISMISS, reason=Dismissal.NO_ACTION), at)


def _loaded(session: Session, sample_id: int) -> Sample:
    chosen = _whole().where(Sample.id == sample_id).execution_options(populate_existing=True)
    sample = session.scalars(chosen).one_or_none()
    if sample is None:
        raise LookupError(f"there is no sample {sample_id}")
    return sample

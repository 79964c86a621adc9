"""Draws the daily sample of unflagged mentions, lists it, and keeps what a person found in it.

A sample is no case. What a person says of it, there or elsewhere, is decided in `models.judging`.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session, joinedload

from earful.errors import Conflict
from earful.speech import _
from earful.values import SourceState
from models import judging
from models.acts import NotAllowed
from models.case import Case
from models.judging import Judged
from models.mention import Mention, Stage
from models.opening import taken_back
from models.sample import Draw, Sample
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
    """What was taken away at its source, or got a case meanwhile that stands, nobody need look at any more."""
    stands = select(Case.id).where(Case.mention_id == Mention.id, ~taken_back()).exists()
    open_for_judging = (Sample.finding.is_(None), Mention.state != SourceState.DELETED, ~stands)
    conditions: list[ColumnElement[bool]] = [Sample.finding.is_not(None)] if judged else list(open_for_judging)
    return [*conditions, Sample.brand == brand] if brand else conditions


# ----------------------------------------------------------------------------------------------------------- judging


def judge(session: Session, sample_id: int, version: int, actor: str, what: Judged, at: datetime) -> Sample:
    """Keep what a person found, as `judging.judge` does.

    Raises:
        LookupError: there is no such sample.
        Conflict: somebody judged it since this version, or it became a case. Nothing is written.
        NotAllowed: as `judging.judge` does.
    """
    sample = _as_seen(session, sample_id, version, at)
    judging.judge(session, sample.mention, actor, what, at, in_sample=True)
    return _loaded(session, sample_id)


def take_back(session: Session, sample_id: int, version: int, actor: str, at: datetime) -> Sample:
    """Take back a judgement, as `judging.take_back` does: the sample waits again.

    Raises:
        LookupError, Conflict: as `judge` does.
        NotAllowed: nobody has judged it.
    """
    sample = _as_seen(session, sample_id, version, at)
    if sample.finding is None:
        raise NotAllowed(_("nobody has judged this one yet"))
    judging.take_back(session, sample.mention, actor, at)
    return _loaded(session, sample_id)


def _as_seen(session: Session, sample_id: int, version: int, now: datetime) -> Sample:
    judging.held(session, _loaded(session, sample_id).mention_id)
    sample = _loaded(session, sample_id)
    if sample.version != version:
        raise Conflict(judging.told_stale(sample.judged_by, sample.judged_at, now))
    return sample


def _loaded(session: Session, sample_id: int) -> Sample:
    chosen = _whole().where(Sample.id == sample_id).execution_options(populate_existing=True)
    sample = session.scalars(chosen).one_or_none()
    if sample is None:
        raise LookupError(f"there is no sample {sample_id}")
    return sample

"""What people's decisions teach: labelled texts, and how often flagging was right and what it missed."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from earful.text import whole
from earful.values import Label, SourceState
from models.case import Case, CaseStatus, Correction, Dismissal
from models.corrections import is_last
from models.mention import Mention, Source, Stage
from models.opening import opened_by_person
from models.sample import Draw, Finding, Sample

_WRONG = frozenset({Dismissal.NOT_NEGATIVE, Dismissal.NOT_ABOUT_US})


@dataclass(frozen=True, slots=True)
class Gold:
    """One text that a person judged."""

    mention_id: int
    brand: str
    source: str
    subject: str  #: the brand, or the competitor that it is about
    title: str  #: "" where the text holds it
    text: str
    rating: float | None
    nps: int | None
    label: Label | None  #: what it says; None: not about us
    at: datetime  #: when they judged it
    flagged: bool = True  #: Earful had flagged it
    chosen: bool = False  #: a person picked it out of what was not flagged; chance did not
    was: Label | None = None  #: how it was read when they judged it; None where nobody kept that


def gold(session: Session, brand: str | None = None) -> Iterator[Gold]:
    """Every text that somebody corrected, confirmed or judged in the sample, by its last word, oldest first.

    A case flagged for its words and resolved confirms that they were negative. What was deleted at its source is gone.
    """
    found = [*_corrected(session, brand), *_confirmed(session, brand)]
    yield from sorted(found, key=lambda one: (one.at, one.mention_id))


def _corrected(session: Session, brand: str | None) -> Iterator[Gold]:
    columns = (Correction.text, Correction.rating, Correction.nps, Correction.label, Correction.at)
    provenance = (and_(_flagged(), ~_drawn()), and_(~_flagged(), ~_drawn()), Correction.was)
    chosen = (
        select(Mention.id, Mention.brand, Source.name, Mention.subject, *columns, *provenance)
        .select_from(Correction)
        .join(Mention, Mention.id == Correction.mention_id)
        .join(Source, Source.id == Mention.source_id)
        .where(is_last(), _says_something(), Correction.text != "")
    )
    for mention_id, of, source, subject, *said in session.execute(_of(chosen, brand)):
        yield Gold(mention_id, of, source, subject, "", *said)


def _confirmed(session: Session, brand: str | None) -> Iterator[Gold]:
    columns = (Mention.title, Mention.text, Mention.rating, Mention.nps, Case.closed_at, Case.reasons)
    corrected = select(Correction.id).where(Correction.mention_id == Mention.id, is_last(), _says_something())
    chosen = (
        select(Mention.id, Mention.brand, Source.name, Mention.subject, *columns)
        .select_from(Case)
        .join(Mention, Mention.id == Case.mention_id)
        .join(Source, Source.id == Mention.source_id)
        .where(Case.status == CaseStatus.RESOLVED, Mention.state != SourceState.DELETED, ~corrected.exists())
    )
    for mention_id, of, source, subject, title, text, rating, nps, at, reasons in session.execute(_of(chosen, brand)):
        if "negative" in _codes(reasons) and whole(title, text):
            yield Gold(mention_id, of, source, subject, title, text, rating, nps, Label.NEGATIVE, at)


def _flagged() -> ColumnElement[bool]:
    return select(Case.id).where(Case.mention_id == Mention.id, ~_withdrawn(), ~opened_by_person()).exists()


def _drawn() -> ColumnElement[bool]:
    return select(Sample.id).where(Sample.mention_id == Mention.id, Sample.finding.is_not(None)).exists()


def _withdrawn() -> ColumnElement[bool]:
    """By a later reader, not a person."""
    return and_(Case.status == CaseStatus.DISMISSED, Case.decided_at.is_(None))


def _says_something() -> ColumnElement[bool]:
    """A judgement that was taken back is followed by a correction that says nothing."""
    return or_(Correction.label.is_not(None), Correction.about_us.is_(False))


def _of(chosen: Select[Any], brand: str | None) -> Select[Any]:
    return chosen if brand is None else chosen.where(Mention.brand == brand)


def _codes(reasons: list[dict[str, str]]) -> set[str]:
    return {reason["code"] for reason in reasons}


class FlagCounts(NamedTuple):
    """How flagging did since the first sample was drawn."""

    flagged: int  #: cases that Earful opened
    right: int  #: of these: resolved by a person
    wrong: int  #: of these: dismissed as not negative, or not about us
    unflagged: int  #: mentions that the samples were drawn from
    judged: int  #: of these: drawn and judged
    missed: int  #: of those: needed a reply


def flagged_share(session: Session, brand: str) -> float:
    """What share of a brand's mentions Earful flagged, 0 to 1; 0 where nothing was judged yet."""
    heard = (Mention.brand == brand, Mention.subject == brand, Mention.state != SourceState.DELETED)
    counted = select(func.count()).select_from(Mention).where(*heard, Mention.stage == Stage.JUDGED)
    every, found = session.scalar(counted) or 0, session.scalar(counted.where(_flagged(), ~_drawn())) or 0
    return found / every if every else 0.0


def flag_counts(session: Session, brand: str) -> FlagCounts | None:
    """The counts that recall is estimated from; None where nothing was drawn yet."""
    drawn = select(func.min(Draw.at), func.sum(Draw.unflagged)).where(Draw.brand == brand)
    since, unflagged = session.execute(drawn).one()
    if since is None:
        return None
    # The first draw takes from all that came before it too, so all that was ever flagged stands beside it.
    found_in_sample = select(Sample.id).where(
        Sample.mention_id == Case.mention_id, Sample.finding == Finding.NEEDS_REPLY
    )
    ours = (Case.brand == brand, ~found_in_sample.exists(), ~_withdrawn(), ~opened_by_person())
    chosen = select(Case.status, Case.dismissal, func.count()).where(*ours).group_by(Case.status, Case.dismissal)
    cases = [tuple(row) for row in session.execute(chosen)]
    findings = select(Sample.finding, func.count()).where(Sample.brand == brand, Sample.finding.is_not(None))
    judged = {finding: count for finding, count in session.execute(findings.group_by(Sample.finding)).tuples()}
    return FlagCounts(
        flagged=sum(count for _, _, count in cases),
        right=sum(count for status, _, count in cases if status is CaseStatus.RESOLVED),
        wrong=sum(count for _, dismissal, count in cases if dismissal in _WRONG),
        unflagged=unflagged,
        judged=sum(judged.values()),
        missed=judged.get(Finding.NEEDS_REPLY, 0),
    )

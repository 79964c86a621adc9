"""Tags: a team's own words on a case, to find its like again."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from earful.speech import _
from earful.text import storable
from models.acts import Act, Change, NotAllowed, Standing
from models.case import CaseTag

TAG_LENGTH = 40
TAGS_AT_MOST = 20


def tag(stands: Standing, act: Act, _at: datetime) -> Change:
    """Put a tag on."""
    wanted = clean_tag(act.tag)
    if wanted in stands.tags:
        raise NotAllowed(_("it carries the tag “%(tag)s” already", tag=wanted))
    if len(stands.tags) >= TAGS_AT_MOST:
        raise NotAllowed(_("a case carries at most %(most)s tags; take one off first", most=TAGS_AT_MOST))
    return Change(replace(stands, tags=tuple(sorted({*stands.tags, wanted}))), {"tag": wanted})


def untag(stands: Standing, act: Act, _at: datetime) -> Change:
    """Take a tag off."""
    wanted = clean_tag(act.tag)
    if wanted not in stands.tags:
        raise NotAllowed(_("it does not carry the tag “%(tag)s”", tag=wanted))
    return Change(replace(stands, tags=tuple(each for each in stands.tags if each != wanted)), {"tag": wanted})


def clean_tag(given: str) -> str:
    """A tag as it is stored: one line, lower case.

    Raises:
        NotAllowed: it is empty or too long.
    """
    tag = " ".join(storable(given).split()).lower().lstrip("#").strip()
    if not tag or len(tag) > TAG_LENGTH:
        raise NotAllowed(_("a tag has 1 to %(most)s characters", most=TAG_LENGTH))
    return tag


def tags_of(session: Session, case_id: int) -> tuple[str, ...]:
    """A case's tags, in alphabetical order."""
    return tuple(sorted(session.scalars(select(CaseTag.tag).where(CaseTag.case_id == case_id))))


def keep_tags(session: Session, case_id: int, before: Sequence[str], after: Sequence[str]) -> None:
    """Store a case's tags, where they have changed."""
    gone, new = set(before) - set(after), set(after) - set(before)
    if gone:
        session.execute(delete(CaseTag).where(CaseTag.case_id == case_id, CaseTag.tag.in_(gone)))
    if new:
        session.execute(insert(CaseTag), [{"case_id": case_id, "tag": each} for each in sorted(new)])


def known_tags(session: Session, limit: int = 200) -> Sequence[str]:
    """The tags there are, the most used first."""
    used = select(CaseTag.tag).group_by(CaseTag.tag).order_by(func.count().desc(), CaseTag.tag)
    return session.scalars(used.limit(limit)).all()

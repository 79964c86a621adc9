"""Canned replies: what a team answers again and again, by language and theme, and the draft made from one.

A draft is for a person to read, change and post at the source; Earful never sends one.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import String, UniqueConstraint, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from earful.errors import Conflict, EarfulError, nearest
from earful.speech import N_, Said, _, number
from earful.text import storable
from models.base import Base, Id, Moment, Name, Words

PLACEHOLDERS: Mapping[str, str] = Said(
    {
        "author": N_("who wrote the post; left out where the source does not say"),
        "brand": N_("the brand's name"),
        "agent": N_("whoever answers"),
        "case": N_("the number of the case"),
        "source": N_("where the post stands"),
    }
)
TEXT_LENGTH = 10_000
VALUE_LENGTH = 80
_PLACE = re.compile(r"(?P<lead>,? ?)\{(?P<name>\w+)\}")
_LANGUAGE = re.compile(r"[a-z]{2,3}")
_STEERING = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2028\u2029\u2066-\u2069\ufeff]+")


class ReplyRefused(EarfulError):
    """A reply can't be kept or filled in as it stands; says why and what to do."""

    exit_code = 2


class CannedReply(Base):
    """One reply of a team's own."""

    __tablename__ = "replies"
    __table_args__ = (UniqueConstraint("name", "language", "theme"),)

    id: Mapped[Id]
    name: Mapped[Name]
    language: Mapped[str] = mapped_column(String(20), doc="ISO 639-1, as readings have it")
    theme: Mapped[Name] = mapped_column(doc='the theme it answers; "" for any')
    text: Mapped[Words] = mapped_column(doc="plain text with placeholders in braces")
    version: Mapped[int] = mapped_column(doc="counts every change; a stale one is refused")
    changed_at: Mapped[Moment]
    changed_by: Mapped[Name]


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply to choose from: a team's own (`key` its id) or a shipped one (`key` begins with "s")."""

    key: str
    name: str
    language: str
    theme: str
    text: str
    version: int = 0

    @property
    def own(self) -> bool:
        """Whether it is the team's own."""
        return not self.key.startswith("s")


def checked(name: str, language: str, theme: str, text: str) -> Reply:
    """What a person wrote, fit to be kept; the key is empty.

    Raises:
        ReplyRefused: a part is missing or too long, or the text holds a placeholder that there is not.
    """
    called, tongue, about = (" ".join(storable(part).split()) for part in (name, language.lower(), theme))
    body = storable(text).replace("\r\n", "\n").strip()
    if not called or not body:
        raise ReplyRefused(_("a reply needs a name and a text"))
    if max(map(len, (called, about))) > VALUE_LENGTH or len(body) > TEXT_LENGTH:
        raise ReplyRefused(
            _(
                "a name has at most %(name)s characters, a text %(text)s",
                name=VALUE_LENGTH,
                text=number(TEXT_LENGTH),
            )
        )
    if not _LANGUAGE.fullmatch(tongue):
        raise ReplyRefused(_("a language is written with its two letters, as in en or bg"))
    check_placeholders(body)
    return Reply("", called, tongue, about, body)


def check_placeholders(text: str) -> None:
    """Refuse a placeholder that there is not.

    Raises:
        ReplyRefused: names it, and those there are.
    """
    for found in _PLACE.finditer(text):
        if found["name"] not in PLACEHOLDERS:
            known = ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)
            hint = nearest(found["name"], list(PLACEHOLDERS))
            given = _("there is no placeholder %(given)s", given=f"{{{found['name']}}}")
            raise ReplyRefused(f"{given}{hint}; {_('there are %(known)s', known=known)}")


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with its placeholders filled in, once: what is filled in is never looked at for placeholders itself.

    A placeholder whose value is empty goes, with the comma or blank before it. Values are one line, without controls.

    Raises:
        ReplyRefused: it holds a placeholder that there is not.
    """
    check_placeholders(text)

    def put(found: re.Match[str]) -> str:
        value = _value(values.get(found["name"], ""))
        return f"{found['lead']}{value}" if value else ""

    return _PLACE.sub(put, text)


def _value(given: str) -> str:
    clean = " ".join(_STEERING.sub(" ", storable(given[: VALUE_LENGTH * 4])).split())
    return clean[:VALUE_LENGTH].strip()


def ranked(replies: Iterable[Reply], language: str | None, themes: Sequence[str]) -> list[Reply]:
    """Those that fit a mention, best first: its language before English, its themes before any, own before shipped.

    Where the language is not known, English ones fit.
    """
    wanted = language if language and language != "und" else "en"
    fitting = [reply for reply in replies if reply.language in {wanted, "en"}]
    order = {theme: place for place, theme in enumerate(themes)}

    def place(reply: Reply) -> tuple[bool, int, bool, str]:
        theme = order.get(reply.theme, len(order) + (reply.theme != ""))
        return reply.language != wanted, theme, not reply.own, reply.name

    return sorted(fitting, key=place)


def with_own(shipped: Iterable[Reply], own: Iterable[Reply]) -> list[Reply]:
    """All replies: an own one takes the place of a shipped one of its name, language and theme."""
    kept = {(reply.name, reply.language, reply.theme): reply for reply in (*shipped, *own)}
    return list(kept.values())


def own_replies(session: Session) -> list[Reply]:
    """The team's own replies, by language and name."""
    order = (CannedReply.language, CannedReply.theme, CannedReply.name)
    return [_reply(row) for row in session.scalars(select(CannedReply).order_by(*order))]


def _reply(row: CannedReply) -> Reply:
    return Reply(str(row.id), row.name, row.language, row.theme, row.text, row.version)


def add_reply(session: Session, reply: Reply, by: str, at: datetime) -> int:
    """Keep a new reply; returns its id.

    Raises:
        ReplyRefused: there is one of this name for this language and theme.
    """
    _be_alone(session, reply, None)
    row = CannedReply(**_values(reply), version=1, changed_at=at, changed_by=by)
    session.add(row)
    session.flush()
    return row.id


def change_reply(session: Session, reply_id: int, reply: Reply, by: str, at: datetime) -> None:
    """Change a reply as the person saw it (`reply.version`).

    Raises:
        ReplyRefused: there is another one of this name for this language and theme.
        Conflict: somebody changed or deleted it meanwhile; nothing is stored.
    """
    _be_alone(session, reply, reply_id)
    mine = (CannedReply.id == reply_id, CannedReply.version == reply.version)
    values = {**_values(reply), "version": CannedReply.version + 1, "changed_at": at, "changed_by": by}
    if not session.connection().execute(update(CannedReply).where(*mine).values(values)).rowcount:
        raise Conflict(_("somebody changed or deleted this reply meanwhile; nothing of yours was stored"))


def delete_reply(session: Session, reply_id: int) -> None:
    """Delete a reply; one that is gone already stays gone."""
    row = session.get(CannedReply, reply_id)
    if row is not None:
        session.delete(row)


def _values(reply: Reply) -> dict[str, str]:
    return {"name": reply.name, "language": reply.language, "theme": reply.theme, "text": reply.text}


def _be_alone(session: Session, reply: Reply, but: int | None) -> None:
    same = select(CannedReply.id).where(
        CannedReply.name == reply.name, CannedReply.language == reply.language, CannedReply.theme == reply.theme
    )
    other = session.scalars(same).one_or_none()
    if other is not None and other != but:
        raise ReplyRefused(
            _("there is a reply “%(name)s” for this language and theme already; give it another name", name=reply.name)
        )

"""The reply that a case's pane begins with: the shipped ones and the team's own, and the draft made from one."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sqlalchemy.orm import Session

from earful.speech import speech
from models.reply import Reply, fill, own_replies, ranked, with_own

CHOICES = 30  # replies to choose from


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft and the replies it could be made from, best first."""

    choices: Sequence[Reply]
    chosen: Reply | None
    text: str
    in_language: bool  #: it is in the language of the post


@cache
def shipped_replies() -> tuple[Reply, ...]:
    """The replies that Earful comes with, from `replies.toml`."""
    found = tomllib.loads((Path(__file__).parent / "replies.toml").read_text("utf-8"))["replies"]
    return tuple(
        Reply(f"s{number}", each["name"], each["language"], each["theme"], each["text"].strip())
        for number, each in enumerate(found, 1)
    )


def reply_name(reply: Reply) -> str:
    """What a reply is called; a shipped one as its like in the reader's language is, whatever its own language."""
    code = speech().tag
    return reply.name if reply.own else _names().get((_AS_READ.get(code, code), reply.theme), reply.name)


_AS_READ = {"nb": "no"}  # readings, and so replies, know Norwegian as one


@cache
def _names() -> Mapping[tuple[str, str], str]:
    return {(reply.language, reply.theme): reply.name for reply in shipped_replies()}


def all_replies(session: Session) -> list[Reply]:
    """The shipped replies and the team's own, which win over shipped ones of the same name."""
    return with_own(shipped_replies(), own_replies(session))


def draft_for(
    session: Session, values: Mapping[str, str], language: str | None, themes: Sequence[str], key: str = ""
) -> Draft:
    """The draft for a mention: of the reply that was chosen, else of the one that fits best."""
    choices = ranked(all_replies(session), language, themes)
    chosen = next((reply for reply in choices if reply.key == key), choices[0] if choices else None)
    text = fill(chosen.text, values) if chosen else ""
    return Draft(choices[:CHOICES], chosen, text, chosen is not None and chosen.language == language)

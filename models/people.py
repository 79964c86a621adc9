"""People by name: how they are called in a note, and how something is put into the outbox for them."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from models.outbox import OutboxEntry
from models.upsert import insert_new

PERSON = "@"  #: what a person's channel begins with in the outbox; no configured channel's name may
_CALL = re.compile(r"(?<![\w@.])@(\w[\w.\-]{0,78})")
CALLS_AT_MOST = 20


def handle(name: str) -> str:
    """How a person is called: `Ivana Petrova` is `ivana.petrova`."""
    return ".".join(name.split()).casefold()[:79].rstrip(".-")


def mentioned(text: str) -> list[str]:
    """The handles that a text calls with `@`, each once, in order."""
    found = (handle(call) for call in _CALL.findall(text))
    return list(dict.fromkeys(each for each in found if each))[:CALLS_AT_MOST]


def tell_person(session: Session, who: str, event: str, at: datetime, payload: Mapping[str, Any]) -> None:
    """Put something for a person into the outbox; the same event reaches the same person once."""
    channel = f"{PERSON}{handle(who)}"
    row = {"event": event, "channel": channel, "payload": dict(payload), "created_at": at, "attempts": 0}
    insert_new(session, OutboxEntry, [row], ["event", "channel"])

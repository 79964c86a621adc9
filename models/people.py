"""People by name: how they are called in a note, what they want to be told, and when they want peace."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from earful.settings import Person
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


#: What a person can want to be told, by the kinds of events it stands for.
KINDS: Mapping[str, frozenset[str]] = {
    "mention": frozenset({"case.noted"}),
    "assigned": frozenset({"case.assigned", "case.escalated", "case.returned", "case.given_back"}),
    "due": frozenset({"case.half", "case.due"}),
    "summary": frozenset({"summary"}),
}


@dataclass(frozen=True, slots=True)
class Wishes:
    """What one person wants to be told, and between which hours of their day they want peace."""

    mention: bool = True
    assigned: bool = True
    due: bool = True
    summary: bool = False
    quiet_from: time | None = None
    quiet_to: time | None = None
    time_zone: str | None = None  #: None: the brand's

    def want(self, kind: str) -> bool:
        """Whether this kind of event is to be told."""
        return any(kind in kinds and getattr(self, name) for name, kinds in KINDS.items())

    def asleep(self, now: datetime, zone: str) -> bool:
        """Whether it is quiet time: from one hour to the other, also over midnight. Equal or missing hours: never."""
        begin, end = self.quiet_from, self.quiet_to
        if begin is None or end is None or begin == end:
            return False
        here = now.astimezone(ZoneInfo(self.time_zone or zone)).time()
        return begin <= here < end if begin < end else here >= begin or here < end


def wishes_of(person: Person) -> Wishes:
    """What a person's settings say."""
    begin, end = person.quiet or (None, None)
    return Wishes(person.mention, person.assigned, person.due, person.summary, begin, end, person.time_zone)

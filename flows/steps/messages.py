"""What channels and people are told, in plain text: one message for all that waits. Pure."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from earful.settings import InboxSettings
from earful.text import excerpt
from models.notices import Told

LINES = 10  # cases that a section names; the others are counted
EXCERPT = 140


@dataclass(frozen=True, slots=True)
class Message:
    """What a channel or a person is told, in plain text."""

    title: str
    body: str


@dataclass(frozen=True, slots=True)
class Section:
    """All that is told of one kind: the worst of it by name, and how many there are."""

    kind: str
    told: Sequence[Told]
    total: int
    text: str = ""  #: in place of cases


#: How a kind is counted, for one and for many, in the order in which a message tells them.
COUNTED: Mapping[str, tuple[str, str]] = {
    "case.due": ("1 case overdue", "{} cases overdue"),
    "case.escalated": ("1 case escalated to you", "{} cases escalated to you"),
    "case.returned": ("1 case back: its author wrote again", "{} cases back: their authors wrote again"),
    "case.half": ("1 case with half of its time gone", "{} cases with half of their time gone"),
    "case.given_back": ("1 case given back, untouched", "{} cases given back, untouched"),
    "case.assigned": ("1 case assigned to you", "{} cases assigned to you"),
    "case.noted": ("1 note calls you", "{} notes call you"),
    "case.opened": ("1 new case", "{} new cases"),
    "summary": ("The day", "{} days"),
    "news": ("news of the reader", "news of the reader"),
    "source.silent": ("1 source fell silent", "{} sources fell silent"),
}


OF_NO_CASE = frozenset({"summary", "source.silent", "news"})


def compose(sections: Sequence[Section], brands: Sequence[str], inbox: str) -> Message:
    """One message for all that waits, the most pressing first, with the way to the inbox."""
    order = list(COUNTED)
    known = sorted((each for each in sections if each.total), key=lambda each: order.index(each.kind))
    of_cases = ", ".join(counted(each) for each in known if each.kind not in OF_NO_CASE)
    others = [counted(each) for each in known if each.kind in OF_NO_CASE]
    title = ", ".join(filter(None, [of_cases and f"{of_cases} for {' and '.join(brands)}", *others]))
    blocks = [_block(each, with_head=len(known) > 1, with_brand=len(brands) > 1) for each in known]
    return Message(inert(title), "\n\n".join([*blocks, inbox]))


def counted(section: Section) -> str:
    """How many there are, in words."""
    one, many = COUNTED[section.kind]
    return one if section.total == 1 else many.format(section.total)


def _block(section: Section, *, with_head: bool, with_brand: bool) -> str:
    head = [f"{counted(section)}:"] if with_head else []
    more = [f"and {section.total - len(section.told)} more"] if section.total > len(section.told) else []
    if section.text:
        return "\n".join([*head, section.text])
    return "\n".join([*head, *(line(each, with_brand=with_brand) for each in section.told), *more])


def line(told: Told, *, with_brand: bool) -> str:
    """One case on one line."""
    where = f"{told.brand}, {told.source}" if with_brand else told.source
    said = inert(excerpt(f"{told.title} {told.text}", EXCERPT)) or "(taken away by its author)"
    by = f"{inert(told.by)}: " if told.by else ""
    return f"{told.severity.value.upper()} #{told.case_id} [{inert(where)}] {by}{said}"


def line_of_silence(silence: Mapping[str, Any]) -> str:
    """A source that fell silent, on one line: `{brand, source, since}` as the outbox has it."""
    since = datetime.fromisoformat(silence["since"])
    where = inert(f"{silence['brand']}, {silence['source']}")
    return f"SILENT [{where}] it was read, but nothing new has come since {since:%d %b %Y}"


def inbox_address(settings: InboxSettings) -> str:
    """Where the inbox is opened; where it listens on every address, this machine's own."""
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(settings.host, settings.host)  # noqa: S104 (compared, not bound)
    return settings.url or f"http://{host}:{settings.port}/"


_CALLS = re.compile(r"(?<=[@<])(?=\S)")
_TURNS = re.compile("[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]")


def inert(text: str) -> str:
    """The text as one line that can do nothing in a chat: no control, no turned direction, no call to everyone."""
    one_line = " ".join(_TURNS.sub("", text).split())
    shown = "".join("\ufffd" if unicodedata.category(each) in {"Cc", "Cs", "Zl", "Zp"} else each for each in one_line)
    return _CALLS.sub("\u200b", shown)

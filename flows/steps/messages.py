"""What channels and people are told, in plain text: one message for all that waits. Pure."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from earful.retold import retold
from earful.sender import Message
from earful.speech import NN_, _, listed, ngettext, short_day
from earful.text import excerpt
from models.notices import Told
from models.telling import SEVERITY_NAMES

LINES = 10  # cases that a section names; the others are counted
EXCERPT = 140


@dataclass(frozen=True, slots=True)
class Section:
    """All that is told of one kind: the worst of it by name, and how many there are."""

    kind: str
    told: Sequence[Told]
    total: int
    text: str = ""  #: in place of cases


#: How a kind is counted, for one and for many, in the order in which a message tells them.
COUNTED: Mapping[str, tuple[str, str]] = {
    "case.due": NN_("%(num)s case overdue", "%(num)s cases overdue"),
    "case.escalated": NN_("%(num)s case escalated to you", "%(num)s cases escalated to you"),
    "case.returned": NN_("%(num)s case back: its author wrote again", "%(num)s cases back: their authors wrote again"),
    "case.half": NN_("%(num)s case with half of its time gone", "%(num)s cases with half of their time gone"),
    "case.given_back": NN_("%(num)s case given back, untouched", "%(num)s cases given back, untouched"),
    "case.assigned": NN_("%(num)s case assigned to you", "%(num)s cases assigned to you"),
    "case.noted": NN_("%(num)s note calls you", "%(num)s notes call you"),
    "case.opened": NN_("%(num)s new case", "%(num)s new cases"),
    "source.failed": NN_("%(num)s source could not be read", "%(num)s sources could not be read"),
    "source.silent": NN_("%(num)s source fell silent", "%(num)s sources fell silent"),
    "summary": NN_("The day", "The day"),
    "news": NN_("news of the reader", "news of the reader"),
}
OF_NO_CASE = frozenset({"summary", "source.silent", "source.failed", "news"})


def compose(sections: Sequence[Section], brands: Sequence[str], inbox: str) -> Message:
    """One message for all that waits, the most pressing first, with the way to the inbox; in the reader's language."""
    order = list(COUNTED)
    known = sorted((each for each in sections if each.total), key=lambda each: order.index(each.kind))
    blocks = [_block(each, with_head=len(known) > 1, with_brand=len(brands) > 1) for each in known]
    return Message(inert(_title(known, brands)), "\n\n".join([*blocks, inbox]))


def _title(known: Sequence[Section], brands: Sequence[str]) -> str:
    of_cases = ", ".join(counted(each) for each in known if each.kind not in OF_NO_CASE)
    others = [counted(each) for each in known if each.kind in OF_NO_CASE]
    for_brands = of_cases and _("%(cases)s for %(brands)s", cases=of_cases, brands=listed(brands))
    return ", ".join(filter(None, [for_brands, *others]))


def counted(section: Section) -> str:
    """How many there are, in words."""
    return ngettext(*COUNTED[section.kind], section.total)


def _block(section: Section, *, with_head: bool, with_brand: bool) -> str:
    head = [f"{counted(section)}:"] if with_head else []
    left = section.total - len(section.told)
    more = [ngettext("and %(num)s more", "and %(num)s more", left)] if left > 0 else []
    if section.text:
        return "\n".join([*head, section.text])
    return "\n".join([*head, *(line(each, with_brand=with_brand) for each in section.told), *more])


def line(told: Told, *, with_brand: bool) -> str:
    """One case on one line."""
    where = f"{told.brand}, {told.source}" if with_brand else told.source
    said = inert(excerpt(f"{told.title} {told.text}", EXCERPT)) or _("(taken away by its author)")
    by = f"{inert(told.by)}: " if told.by else ""
    return f"{SEVERITY_NAMES[told.severity].upper()} #{told.case_id} [{inert(where)}] {by}{said}"


def line_of_silence(silence: Mapping[str, Any]) -> str:
    """A source that fell silent, on one line: `{brand, source, since}` as the outbox has it."""
    return _(
        "SILENT [%(source)s] it was read, but nothing new has come since %(day)s",
        source=_source(silence),
        day=short_day(datetime.fromisoformat(silence["since"])),
    )


def line_of_failure(failure: Mapping[str, Any]) -> str:
    """A source that could not be read, on one line: `{brand, source, error}` as the outbox has it."""
    said = inert(excerpt(retold(str(failure["error"])), EXCERPT))
    return _("NOT READ [%(source)s] %(error)s", source=_source(failure), error=said)


def _source(said: Mapping[str, Any]) -> str:
    return inert(f"{said['brand']}, {said['source']}")


# What calls somebody or makes a link, in the marks of Slack, Teams, Mattermost and Markdown. apprise makes a call of
# "!channel>" where it stands alone, so the "!" counts as well.
_CALLS = re.compile(r"(?<=[@<])(?=\S)|(?<=!)(?=\w)|(?<=\])(?=[(\[])|(?<=:)(?=//)")
_TURNS = re.compile("[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]")


def inert(text: str) -> str:
    """The text as one line that can do nothing in a chat: no control, no turned direction, no call, and no link."""
    one_line = " ".join(_TURNS.sub("", text).split())
    shown = "".join("\ufffd" if unicodedata.category(each) in {"Cc", "Cs", "Zl", "Zp"} else each for each in one_line)
    return _CALLS.sub("\u200b", shown)

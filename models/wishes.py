"""What one person wants to be told, when, and of which brands: by the configuration, else by their account. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from earful.settings import Person

#: What a person can want to be told, by the kinds of events it stands for.
KINDS: Mapping[str, frozenset[str]] = {
    "mention": frozenset({"case.noted"}),
    "assigned": frozenset({"case.assigned"}),
    "escalated": frozenset({"case.escalated", "case.given_back"}),
    "returned": frozenset({"case.returned"}),
    "half": frozenset({"case.half"}),
    "due": frozenset({"case.due"}),
    "summary": frozenset({"summary"}),
    "silent": frozenset({"source.silent"}),
    "unreadable": frozenset({"source.failed"}),
}
OF_OPERATORS = frozenset({"silent", "unreadable"})  #: kinds that only admins are asked about
DIGEST = time(8)  # when a daily message leaves, on the person's clock

#: What a key of the configuration says where another one is left out.
_ELSE = {"escalated": "assigned", "returned": "assigned", "half": "due"}


@dataclass(frozen=True, slots=True)
class Wishes:
    """What one person wants to be told."""

    kinds: frozenset[str] = frozenset({"mention", "assigned", "escalated", "returned", "half", "due"})
    brands: frozenset[str] = frozenset()  #: none: all
    daily: bool = False  #: all in one message a day, instead of at once
    quiet_from: time | None = None
    quiet_to: time | None = None

    def want(self, event: str, brand: str = "") -> bool:
        """Whether an event of this kind is to be told; `brand` is empty where it is about none."""
        heard = not brand or not self.brands or brand in self.brands
        return heard and any(event in KINDS[kind] for kind in self.kinds)

    def asleep(self, now: datetime, zone: ZoneInfo) -> bool:
        """Whether it is quiet time: from one hour to the other, also over midnight. Equal or missing hours: never."""
        begin, end = self.quiet_from, self.quiet_to
        if begin is None or end is None or begin == end:
            return False
        here = now.astimezone(zone).time()
        return begin <= here < end if begin < end else here >= begin or here < end

    def told_up_to(self, now: datetime, zone: ZoneInfo) -> datetime | None:
        """Of who reads daily only what happened before their last morning is told now; None: all."""
        if not self.daily:
            return None
        here = now.astimezone(zone)
        today = datetime.combine(here.date(), DIGEST, zone)
        return today if here >= today else datetime.combine(here.date() - timedelta(days=1), DIGEST, zone)

    def as_json(self) -> dict[str, Any]:
        """The shape in which an account keeps them."""
        hours = {name: _written(getattr(self, name)) for name in ("quiet_from", "quiet_to")}
        kinds = {kind: kind in self.kinds for kind in KINDS}
        return {**kinds, **hours, "daily": self.daily, "brands": sorted(self.brands)}


def _written(hour: time | None) -> str | None:
    return hour.strftime("%H:%M") if hour else None


def read_wishes(kept: object, *, operator: bool) -> Wishes:
    """Wishes as an account keeps them; what it does not say, or can't be read, is as at first."""
    given: Mapping[str, Any] = kept if isinstance(kept, Mapping) else {}
    given = {"mention": given.get("mentioned", True), **given}  # as an earlier Earful called it
    first = Wishes().kinds | (OF_OPERATORS if operator else frozenset())
    asked = [kind for kind in KINDS if operator or kind not in OF_OPERATORS]
    brands = given.get("brands")
    return Wishes(
        kinds=frozenset(kind for kind in asked if _flag(given.get(kind), otherwise=kind in first)),
        brands=frozenset(map(str, brands)) if isinstance(brands, list) else frozenset(),
        daily=given.get("daily") is True,
        quiet_from=hour(given.get("quiet_from")),
        quiet_to=hour(given.get("quiet_to")),
    )


def _flag(value: object, *, otherwise: bool) -> bool:
    return value if isinstance(value, bool) else otherwise


def hour(text: object) -> time | None:
    """A time of day as in "22:00"; None for anything else."""
    try:
        return time.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None


def configured(person: Person) -> Mapping[str, Any]:
    """What the configuration says of a person, by the names that the page has for it; the rest is theirs to choose."""
    found = {name: _set(person, name) for name in (*KINDS, "brands", "daily", "quiet", "time_zone", "language")}
    return {name: value for name, value in found.items() if value is not None}


def _set(person: Person, name: str) -> Any:
    named = [each for each in (name, _ELSE.get(name)) if each in person.model_fields_set]
    return next((value for each in named if (value := getattr(person, str(each))) is not None), None)


def settled(wishes: Wishes, said: Mapping[str, Any]) -> Wishes:
    """The wishes of an account, where the configuration says nothing else."""
    for name, value in said.items():
        wishes = _SETTLED[name](wishes, value) if name in _SETTLED else _kind_settled(wishes, name, value)
    return wishes


def _kind_settled(wishes: Wishes, kind: str, value: Any) -> Wishes:
    if kind not in KINDS:
        return wishes
    return replace(wishes, kinds=wishes.kinds | {kind} if value else wishes.kinds - {kind})


_SETTLED: Mapping[str, Callable[[Wishes, Any], Wishes]] = {
    "brands": lambda wishes, value: replace(wishes, brands=frozenset(value)),
    "daily": lambda wishes, value: replace(wishes, daily=value),
    "quiet": lambda wishes, value: replace(wishes, quiet_from=value[0], quiet_to=value[1]),
}

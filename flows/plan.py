"""What the Prefect server is to know of Earful: the deployments, and the schedules that `earful.toml` sets. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from earful.settings import Brand, Settings
from earful.text import digest

POOL = "earful"
TAG = "earful"
LIMIT_PREFIX = "earful-"
LEDGER_KEY = "earful-coverage"  # of the artifacts that a run of `collect` publishes
WORK_KEY = "earful-work"

#: The flows, each with what it is for as the list of deployments shows it.
FLOWS: Mapping[str, str] = {
    "collect": "Reads the sources, then reads, flags and tells the team of what came.",
    "read": "Reads what is still unread.",
    "flag": "Judges what is read and not judged yet.",
    "remind": "Tells of promises that fall due, and wakes what slept.",
    "notify": "Sends what waits in the outbox.",
    "recheck": "Looks whether open cases still stand at their source.",
    "cleanup": "Forgets what is past its retention.",
    "calibrate": "Learns from what the team decided, and keeps what held-out labels bear out.",
    "reread": "Reads again what an older reader read; by hand only, and first as a dry run.",
}
ASKED: Mapping[str, Mapping[str, str]] = {
    "collect": {
        "brand": "only this brand",
        "source": "only the source of this name",
        "since": "read back to this time (2026-11-01) or so far back (7d), whatever was read before",
    },
    "calibrate": {"brand": "only this brand"},
    "reread": {
        "brand": "only this brand",
        "store": "yes: store the new readings; left out: only tell what would change",
    },
}


@dataclass(frozen=True, slots=True)
class PlannedSchedule:
    """When a flow runs by itself. `slug` tells our schedules from those that a person adds in Prefect's pages."""

    slug: str
    cron: str
    time_zone: str = "UTC"
    parameters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Planned:
    """One deployment, with its schedules."""

    flow: str
    schedules: tuple[PlannedSchedule, ...] = ()

    @property
    def name(self) -> str:
        """The deployment's name."""
        return f"earful-{self.flow}"

    @property
    def entrypoint(self) -> str:
        """Where the flow is, as an importable name."""
        return f"flows.{self.flow}.{self.flow}"


def planned(settings: Settings) -> list[Planned]:
    """All deployments: `collect` with one schedule a brand in the brand's own time zone, the others in UTC."""
    return [Planned(flow, tuple(_schedules(flow, settings))) for flow in FLOWS]


def _schedules(flow: str, settings: Settings) -> Iterator[PlannedSchedule]:
    cron: str = getattr(settings.schedules, flow)
    if not cron:
        return
    if flow != "collect":
        yield PlannedSchedule(f"earful-{flow}", cron)
        return
    for brand in settings.brands:
        if brand.sources:
            yield PlannedSchedule(_slug(brand), cron, brand.time_zone, {"brand": brand.name})


def _slug(brand: Brand) -> str:
    """Readable where the name is Latin, and its own for every name."""
    readable = re.sub(r"[^a-z0-9]+", "-", brand.name.casefold()).strip("-")[:40]
    return "-".join(part for part in ("earful-collect", readable, digest(brand.name.casefold())[:6]) if part)


def parameter_schema(flow: str) -> dict[str, object]:
    """What a person may fill in to run the flow by hand, as Prefect's pages want it."""
    properties = {
        name: {"default": None, "position": position, "title": name, "anyOf": [{"type": "string"}, {"type": "null"}]}
        | {"description": said}
        for position, (name, said) in enumerate(ASKED.get(flow, {}).items())
    }
    return {"title": "Parameters", "type": "object", "properties": properties, "definitions": {}}


# --------------------------------------------------------------------------------------------- what is to be changed


@dataclass(frozen=True, slots=True)
class FoundSchedule:
    """A schedule as the server has it. `active` is False where a person paused it."""

    id: str
    slug: str | None
    cron: str | None
    time_zone: str | None
    parameters: Mapping[str, object]
    active: bool


@dataclass(frozen=True, slots=True)
class Changes:
    """What makes the server's schedules the planned ones. What a person paused stays paused."""

    add: tuple[PlannedSchedule, ...] = ()
    change: tuple[tuple[str, PlannedSchedule], ...] = ()  #: with the id of the schedule on the server
    remove: tuple[str, ...] = ()  #: ids


def changes(wanted: Sequence[PlannedSchedule], found: Sequence[FoundSchedule]) -> Changes:
    """Compare; schedules that a person added by hand are left alone."""
    ours = {each.slug: each for each in found if each.slug and each.slug.startswith("earful-")}
    slugs = {schedule.slug for schedule in wanted}
    return Changes(
        add=tuple(schedule for schedule in wanted if schedule.slug not in ours),
        change=tuple(
            (there.id, schedule)
            for schedule in wanted
            if (there := ours.get(schedule.slug)) and not _same(schedule, there)
        ),
        remove=tuple(there.id for slug, there in ours.items() if slug not in slugs),
    )


def _same(wanted: PlannedSchedule, found: FoundSchedule) -> bool:
    return (wanted.cron, wanted.time_zone, dict(wanted.parameters)) == (
        found.cron,
        found.time_zone,
        dict(found.parameters),
    )


@dataclass(frozen=True, slots=True)
class DueRun:
    """A run that the server made from a schedule, and whose time has come."""

    id: str
    what: str  #: the same for runs that do the same: deployment and parameters
    due_at: str  #: ISO 8601, in UTC


def superseded(due: Sequence[DueRun]) -> list[str]:
    """The runs that a later due one makes needless: each flow goes on from where it left off. Returns their ids."""
    newest: dict[str, DueRun] = {}
    for run in due:
        newest[run.what] = max(newest.get(run.what, run), run, key=lambda each: each.due_at)
    return [run.id for run in due if newest[run.what].id != run.id]

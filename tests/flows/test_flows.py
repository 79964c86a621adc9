"""The plan and its reconciliation, which are pure; and the flows on a throw-away Prefect server."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import func, select

from connectors.base import Ask, Connector, Facts, Page, Parsed
from connectors.file import FileSettings
from earful.errors import SourceError, SourceIll, SourceRefused
from earful.settings import Brand, Settings, SourceSettings
from earful.values import FoundMention
from flows.plan import FLOWS, FoundSchedule, PlannedSchedule, changes, parameter_schema, planned, superseded
from flows.plan import DueRun as Due
from models.database import Database
from models.mention import Mention
from models.run import Coverage, Run, RunStatus

ROOT = Path(__file__).parents[2]
SHOP = SourceSettings(type="file", name="shop")


def settings(*brands: Brand, **schedules: str) -> Settings:
    return Settings.model_validate({"brands": brands, "schedules": schedules})


def schedules_of(plan: Settings, flow: str) -> tuple[PlannedSchedule, ...]:
    return next(each.schedules for each in planned(plan) if each.flow == flow)


# ------------------------------------------------------------------------------------------------------------ the plan


def test_collect_has_a_schedule_a_brand_in_the_brands_own_time() -> None:
    oslo = Brand(name="Fjellkopp", time_zone="Europe/Oslo", sources=(SHOP,))
    sofia = Brand(name="Брюгвел", time_zone="Europe/Sofia", sources=(SHOP,))
    found = schedules_of(settings(oslo, sofia, collect="0 7 * * 1"), "collect")
    assert [(each.cron, each.time_zone, dict(each.parameters)) for each in found] == [
        ("0 7 * * 1", "Europe/Oslo", {"brand": "Fjellkopp"}),
        ("0 7 * * 1", "Europe/Sofia", {"brand": "Брюгвел"}),
    ]
    assert len({each.slug for each in found}) == 2
    assert all(each.slug.isascii() and each.slug.startswith("earful-collect-") for each in found)


def test_the_others_run_in_utc_and_empty_means_never() -> None:
    plan = settings(Brand(name="A", sources=(SHOP,)), read="", notify="*/5 * * * *")
    assert schedules_of(plan, "read") == ()
    assert schedules_of(plan, "notify") == (PlannedSchedule("earful-notify", "*/5 * * * *", "UTC", {}),)


def test_a_brand_without_sources_is_not_scheduled() -> None:
    assert schedules_of(settings(Brand(name="A")), "collect") == ()


def there(slug: str | None, cron: str = "0 1 * * *", *, active: bool = True, **parameters: str) -> FoundSchedule:
    return FoundSchedule(f"id of {slug}", slug, cron, "UTC", parameters, active)


def test_changes_add_change_and_remove() -> None:
    new, moved, same = (PlannedSchedule(f"earful-{name}", "0 1 * * *") for name in ("new", "moved", "same"))
    found = [there("earful-moved", "0 2 * * *"), there("earful-same"), there("earful-gone")]
    todo = changes([new, moved, same], found)
    assert todo.add == (new,)
    assert todo.change == (("id of earful-moved", moved),)
    assert todo.remove == ("id of earful-gone",)


def test_a_second_look_changes_nothing() -> None:
    wanted = PlannedSchedule("earful-collect-a", "0 1 * * *", "UTC", {"brand": "A"})
    todo = changes([wanted], [there("earful-collect-a", brand="A")])
    assert (todo.add, todo.change, todo.remove) == ((), (), ())


def test_what_a_person_made_or_paused_is_left_alone() -> None:
    wanted = PlannedSchedule("earful-read", "0 1 * * *")
    found = [there("earful-read", active=False), there(None, "1 1 1 1 1"), there("my-own", "2 2 2 2 2")]
    todo = changes([wanted], found)
    assert (todo.add, todo.change, todo.remove) == ((), (), ())


def test_of_late_runs_that_do_the_same_only_the_newest_stays() -> None:
    runs = [
        Due("1", "collect A", "2026-01-01"),
        Due("2", "collect A", "2026-01-03"),
        Due("3", "collect B", "2026-01-01"),
    ]
    assert superseded(runs) == ["1"]
    assert superseded([*runs, Due("4", "collect A", "2026-01-02")]) == ["1", "4"]
    assert superseded([]) == []


def test_prefect_yaml_says_what_the_defaults_say() -> None:
    told = yaml.safe_load((ROOT / "prefect.yaml").read_text("utf-8"))["deployments"]
    assert [each["name"] for each in told] == [f"earful-{flow}" for flow in FLOWS]
    assert [each["entrypoint"] for each in told] == [f"flows/{flow}.py:{flow}" for flow in FLOWS]
    assert [each["description"] for each in told] == list(FLOWS.values())
    defaults = settings(Brand(name="A", sources=(SHOP,)))
    for each, flow in zip(told, FLOWS, strict=True):
        crons = [schedule["cron"] for schedule in each["schedules"]]
        assert crons == list(filter(None, [getattr(defaults.schedules, flow)]))
        assert all(
            schedule["slug"].startswith("earful-") for schedule in each["schedules"]
        )  # so that `earful up` on the same server knows it as ours


# ---------------------------------------------------------------------------------------------- the flows, on a server


@pytest.fixture(scope="module")
def prefect_server() -> Iterator[None]:
    from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings
    from prefect.testing.utilities import prefect_test_harness

    # Without heartbeats a flow that is done is done; with them its end waits up to a second.
    with prefect_test_harness(server_startup_timeout=90), temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}):
        yield


@dataclass
class Sources:
    """What each source does when it is read, one entry a reading: the mentions it gives, or the error it raises."""

    does: dict[str, list[list[FoundMention] | Exception]] = field(default_factory=dict)
    read: list[str] = field(default_factory=list)

    def fetch(self, ask: Ask) -> Iterator[Page]:
        self.read.append(ask.source.name)
        acts = self.does[ask.source.name]
        act = acts.pop(0) if len(acts) > 1 else acts[0]
        if isinstance(act, Exception):
            raise act
        yield Page(act, cursor={"read": True})


@pytest.fixture
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, prefect_server: None) -> Sources:
    from flows import collect
    from flows.steps import collect as steps

    made = Sources()
    facts = Facts("what a test lays out", "none", "none", "complete")
    reader = Connector("file", FileSettings, made.fetch, lambda page: Parsed(list(page.content)), facts)
    monkeypatch.setattr(steps, "connector", lambda _type: reader)
    monkeypatch.setattr(collect, "read_one", collect.read_one.with_options(retry_delay_seconds=0))
    config = tmp_path / "earful.toml"
    tables = "".join(f'[[brands.sources]]\ntype = "file"\nname = "{name}"\npath = "x.csv"\n' for name in ("a", "b"))
    config.write_text(f'[[brands]]\nname = "Fjellkopp"\n{tables}', "utf-8")
    monkeypatch.setenv("EARFUL_CONFIG", str(config))
    monkeypatch.delenv("EARFUL_DATABASE_URL", raising=False)
    monkeypatch.delenv("EARFUL_DATA_DIR", raising=False)
    return made


@pytest.fixture
def stored(tmp_path: Path) -> Iterator[Database]:
    with Database(f"sqlite:///{tmp_path / 'earful-data' / 'earful.db'}") as database:
        yield database


GOOD = [FoundMention("1", "I love it"), FoundMention("2", "It broke at once, terrible")]


def collected(**asked: str) -> Any:
    from flows.collect import collect

    return collect(**asked, return_state=True)


def ledger(database: Database) -> dict[str, RunStatus]:
    with database.read() as session:
        entries = session.scalars(select(Coverage)).all()
        return {str(entry.source_id): entry.status for entry in entries}


@pytest.mark.slow
def test_one_run_collects_reads_flags_and_says_so(sources: Sources, stored: Database) -> None:
    sources.does = {"a": [GOOD], "b": [[]]}
    state = collected(brand="fjellkopp")
    assert state.is_completed(), state
    assert state.message == "2 of 2 sources fully read; 2 new, 0 edited, 0 rejected; 2 read, 1 flagged"
    with stored.read() as session:
        run = session.scalars(select(Run)).one()
        assert run.status is RunStatus.OK
        assert run.flow_run_id
        assert session.scalar(select(func.count(Mention.id))) == 2


@pytest.mark.slow
def test_an_ill_source_is_asked_again_and_stops_no_other(sources: Sources, stored: Database) -> None:
    sources.does = {"a": [SourceIll("503", timedelta(seconds=0.1)), SourceIll("503"), GOOD], "b": [SourceIll("504")]}
    state = collected()
    assert state.is_completed()
    assert (sources.read.count("a"), sources.read.count("b")) == (3, 4)
    assert state.message.startswith("1 of 2 sources fully read; 2 new")
    assert state.message.endswith("b: 504")
    assert sorted(ledger(stored).values()) == [RunStatus.FAILED, RunStatus.OK]


@pytest.mark.slow
def test_what_asking_again_does_not_mend_is_asked_once(sources: Sources, stored: Database) -> None:
    too_long = SourceIll("come back tomorrow", timedelta(hours=20))
    sources.does = {"a": [SourceRefused("a wrong password")], "b": [too_long]}
    state = collected()
    assert sorted(sources.read) == ["a", "b"]
    assert state.is_failed()  # nothing could be read: "nothing new" must not look like this
    assert "a wrong password" in state.message
    assert "come back tomorrow" in state.message
    assert set(ledger(stored).values()) == {RunStatus.FAILED}


@pytest.mark.slow
def test_a_bug_in_one_source_is_told_not_asked_again_and_stops_no_other(sources: Sources, stored: Database) -> None:
    sources.does = {"a": [KeyError("a bug")], "b": [GOOD]}
    state = collected()
    assert state.is_completed()
    assert "a bug of ours stopped it" in state.message
    assert sorted(ledger(stored).values()) == [RunStatus.FAILED, RunStatus.OK]
    assert sources.read.count("a") == 1
    with stored.read() as session:
        assert session.scalar(select(func.count(Mention.id))) == 2  # what the other source gave is kept


@pytest.mark.slow
def test_a_source_that_takes_too_long_is_left_where_it_was(
    sources: Sources, stored: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    from flows import collect

    monkeypatch.setattr(collect, "LONGEST_READ", timedelta(seconds=-1))
    sources.does = {"a": [GOOD], "b": [GOOD]}
    state = collected(source="a")
    assert state.is_completed()
    assert "still not read to its end" in state.message
    assert list(ledger(stored).values()) == [RunStatus.PARTIAL]


@pytest.mark.slow
def test_a_wrong_parameter_says_what_there_is(sources: Sources, stored: Database) -> None:
    assert 'did you mean "Fjellkopp"' in collected(brand="Fjelkopp").message
    assert "is no time" in collected(since="yesterday").message


@pytest.mark.slow
def test_outside_text_is_inert_in_the_ledgers_table(sources: Sources, stored: Database) -> None:
    from prefect.client.orchestration import get_client

    evil = SourceRefused("[click](https://evil.example) <script>alert(1)</script> | new cell")
    sources.does = {"a": [evil], "b": [GOOD]}
    collected()
    with get_client(sync_client=True) as client:
        found = client.request("POST", "/artifacts/filter", json={"artifacts": {"key": {"any_": ["earful-coverage"]}}})
    data = "".join(each["data"] for each in found.json())
    assert "evil.example" in data
    assert "[click]" not in data
    assert "<script>" not in data
    assert "https://" not in data


@pytest.mark.slow
def test_the_other_flows_run_on_their_own(sources: Sources, stored: Database) -> None:
    from flows.calibrate import calibrate
    from flows.cleanup import cleanup
    from flows.flag import flag
    from flows.notify import notify
    from flows.read import read
    from flows.recheck import recheck
    from flows.reread import reread

    sources.does = {"a": [GOOD], "b": [[]]}
    collected()
    states = [each(return_state=True) for each in (read, flag, notify, recheck, cleanup, calibrate, reread)]
    assert [state.type.value for state in states] == ["COMPLETED"] * 7, [state.message for state in states]
    assert states[0].message == "0 read"


@pytest.mark.slow
@pytest.mark.parametrize("flow", FLOWS)
def test_the_plan_asks_for_the_parameters_that_a_flow_has(flow: str) -> None:
    from importlib import import_module

    from prefect.utilities.callables import parameter_schema as told

    function = getattr(import_module(f"flows.{flow}"), flow)
    assert told(function).model_dump_for_openapi() == parameter_schema(flow)
    assert function.name == flow


@pytest.mark.slow
def test_only_an_ill_source_is_asked_again_later() -> None:
    from prefect.states import Failed

    from flows.collect import asking_again_may_help

    def asked(error: Exception) -> bool:
        return asking_again_may_help(None, None, Failed(data=error))  # type: ignore[arg-type]

    assert asked(SourceIll("429"))
    assert not asked(SourceIll("429", timedelta(hours=1)))
    assert not asked(SourceRefused("401"))
    assert not asked(SourceError("too long"))
    assert not asked(ValueError("a bug"))


@pytest.mark.slow
def test_many_may_make_the_same_limit_at_once(prefect_server: None) -> None:
    from concurrent.futures import ThreadPoolExecutor

    from flows.limits import make_limit

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(make_limit, ["earful-at-once"] * 16)) == [None] * 16

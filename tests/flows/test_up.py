"""`earful up`: what it sets up, how it keeps its children, and the real thing, with a schedule that fires by itself."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from sqlalchemy import func, select

from connectors.registry import source_types
from earful.cli.up import (
    Estate,
    check_ports,
    deployment,
    next_lines,
    only_one,
    programs,
    server_environment,
    worth_telling,
)
from earful.configfile import Configuration, load
from earful.errors import ConfigError, EarfulError
from earful.settings import Brand, InboxSettings, PrefectSettings, Settings
from earful.supervise import Family, Program, pause_before
from flows.plan import planned
from flows.remote import run_there, submit
from flows.server import FlowRun, Server
from models.database import Database
from models.mention import Mention
from models.run import Run
from tests.local import LOCAL

ROOT = Path(__file__).parents[2]


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(true: Callable[[], bool], seconds: float, what: str) -> None:
    give_up_at = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < give_up_at, f"not within {seconds} s: {what}"
        time.sleep(0.2)


def a_settings(tmp_path: Path) -> Settings:
    ports = {"prefect": PrefectSettings(port=free_port()), "inbox": InboxSettings(port=free_port(), processes=2)}
    return Settings(brands=(Brand(name="A", time_zone="Europe/Oslo"),), data_dir=tmp_path, **ports)


# --------------------------------------------------------------------------------------------------- what it sets up


def test_settings_for_another_server_do_not_leak_in(tmp_path: Path) -> None:
    outside = {"PREFECT_API_KEY": "of the cloud", "PREFECT_API_URL": "https://elsewhere", "HTTP_PROXY": "http://proxy"}
    told = server_environment({**outside, "EARFUL_REDDIT_CLIENT_ID": "x", "NO_PROXY": "intranet"}, tmp_path, 4999)
    assert "PREFECT_API_KEY" not in told
    assert told["PREFECT_API_URL"] == "http://127.0.0.1:4999/api"
    assert told["EARFUL_REDDIT_CLIENT_ID"] == "x"
    assert told["NO_PROXY"] == "intranet,127.0.0.1,localhost"
    assert told["PREFECT_SERVER_ANALYTICS_ENABLED"] == "false"
    assert "filesystem" in told["PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE"]


@pytest.mark.slow
def test_prefect_knows_every_setting_that_is_set(tmp_path: Path) -> None:
    code = (
        "from prefect.settings import get_current_settings as s; t = s();"
        "print(t.home, t.server.analytics_enabled, t.server.services.db_vacuum.enabled,"
        "t.server.services.db_vacuum.retention_period.days,"
        "t.server.api.host, t.server.api.port, t.server.api.cors_allowed_origins,"
        "t.server.concurrency.lease_storage.rpartition('.')[2], t.server.database.connection_url.get_secret_value())"
    )
    told = server_environment(os.environ, tmp_path, 4999)
    said = subprocess.run([sys.executable, "-c", code], env=told, capture_output=True, text=True, check=True).stdout
    assert said.split()[0] == str(tmp_path)
    assert "False" in said
    assert "30 127.0.0.1 4999 http://127.0.0.1:4999,http://localhost:4999 filesystem" in said
    assert f"sqlite+aiosqlite:///{tmp_path}/prefect.db" in said


def test_a_busy_port_is_named_with_the_setting_that_moves_it(tmp_path: Path) -> None:
    settings = a_settings(tmp_path)
    check_ports(settings, Path("earful.toml"), inbox=True)
    with closing(socket.create_server(("127.0.0.1", settings.prefect.port))), pytest.raises(ConfigError) as caught:
        check_ports(settings, Path("earful.toml"), inbox=True)
    assert f"port {settings.prefect.port}" in str(caught.value)
    assert "under [prefect] in earful.toml" in str(caught.value)
    with closing(socket.create_server(("127.0.0.1", settings.inbox.port))):
        check_ports(settings, Path("earful.toml"), inbox=False)
        with pytest.raises(ConfigError, match=r"\[inbox\].*--port"):
            check_ports(settings, Path("earful.toml"), inbox=True)


def test_two_never_share_a_data_folder(tmp_path: Path) -> None:
    home = tmp_path / "prefect"
    with only_one(home), pytest.raises(ConfigError, match=f"process {os.getpid()}"), only_one(home):
        pass
    with only_one(home):
        pass


def test_the_flows_find_the_configuration_and_end_with_their_worker(tmp_path: Path) -> None:
    settings = a_settings(tmp_path)
    config = Configuration(settings, tmp_path, None, tmp_path / "earful.toml")  # type: ignore[arg-type]
    with Server(settings.prefect.port) as server:
        made = programs(Estate(config, settings, inbox=True), server, {})
    assert list(made) == ["server", "worker", "inbox", "inbox-2"]
    assert made["worker"].environment["EARFUL_CONFIG"] == str(tmp_path / "earful.toml")
    assert "EARFUL_CONFIG" not in made["server"].environment
    body = deployment(planned(settings)[0], tmp_path)
    assert "earful.supervise prefect.engine" in body["job_variables"]["command"]
    assert body["pull_steps"][0]["prefect.deployments.steps.set_working_directory"] == {"directory": str(tmp_path)}


def a_run(flow: str, state: str = "SCHEDULED", **parameters: str) -> FlowRun:
    return FlowRun("id", flow, state, "", flow, parameters, datetime(2026, 7, 1, 4, 30, tzinfo=UTC))


def test_what_runs_next_is_told_in_the_brands_time_once(tmp_path: Path) -> None:
    runs = [a_run("collect", brand="A"), a_run("collect", brand="A"), a_run("read")]
    assert next_lines(runs, a_settings(tmp_path)) == [
        "collect A at Wed 01 Jul 06:30 Europe/Oslo",
        "read at Wed 01 Jul 04:30 UTC",
    ]


def test_small_flows_are_told_of_only_when_they_fail() -> None:
    told = [
        worth_telling(a_run(*each)) for each in (("collect", "COMPLETED"), ("read", "FAILED"), ("read", "COMPLETED"))
    ]
    assert told == [True, True, False]


def test_nobody_answers_so_it_is_done_here(tmp_path: Path) -> None:
    assert submit(a_settings(tmp_path), None, None, None) is None


# --------------------------------------------------------------------------------------------------------- the children


def a_program(tmp_path: Path, module: str, *arguments: str, healthy: Callable[[], bool]) -> Program:
    environment = dict(os.environ) | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    return Program("child", module, arguments, environment, tmp_path / "logs" / "child.log", healthy, patience=20)


def answers(port: int) -> bool:
    with closing(socket.socket()) as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.slow
def test_a_child_that_dies_is_started_again_and_none_is_left(tmp_path: Path) -> None:
    port = free_port()
    family = Family(threading.Event())
    family.add(a_program(tmp_path, "http.server", str(port), "--bind", "127.0.0.1", healthy=lambda: answers(port)))
    (child,) = family._children
    first = child.process
    assert first is not None
    assert family.mend() == []
    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    assert family.mend() == ["child"]
    until(lambda: family.mend() == [] and answers(port), 20, "it answers again")
    family.stop()
    assert not child.alive
    assert not answers(port)


@pytest.mark.slow
def test_a_child_that_can_not_start_says_its_last_words(tmp_path: Path) -> None:
    family = Family(threading.Event())
    with pytest.raises(EarfulError, match="No module named no_such_module"):
        family.add(a_program(tmp_path, "no_such_module", healthy=lambda: False))
    assert "no_such_module" in (tmp_path / "logs" / "child.log").read_text("utf-8")
    child = family._children[0]
    child.deaths = [time.monotonic()] * 5
    with pytest.raises(EarfulError, match="keeps dying"):
        family.mend()


def test_the_pauses_before_a_start_grow() -> None:
    assert [pause_before(deaths) for deaths in (1, 2, 3, 4, 5, 6, 60)] == [1, 2, 4, 8, 16, 30, 30]


@pytest.mark.slow
def test_children_end_when_their_parent_is_killed(tmp_path: Path) -> None:
    port = free_port()
    code = (
        "import os, subprocess, sys\n"
        f"serve = ['http.server', '{port}', '--bind', '127.0.0.1']\n"
        "subprocess.Popen([sys.executable, '-m', 'earful.supervise', *serve], start_new_session=True)\n"
        "sys.stdin.readline()\n"
        "os.kill(os.getpid(), 9)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, cwd=ROOT, stderr=subprocess.DEVNULL)
    until(lambda: answers(port), 20, "the child answers")
    parent.communicate(b"\n")
    until(lambda: not answers(port), 12, "the child is gone")


# ------------------------------------------------------------------------------------------------------ the real thing

CONFIG = """
[prefect]
port = {prefect}
[inbox]
port = {inbox}
processes = 2
[schedules]
collect = "* * * * *"
read = "{read}"
[[brands]]
name = "Fjellkopp"
time_zone = "Europe/Oslo"
[[brands.sources]]
type = "file"
name = "shop"
path = "shop.csv"
"""


class Place:
    """A folder with a configuration, a file to collect, and an `earful up` in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "earful.toml"
        self.port, self.inbox = free_port(), free_port()
        self.write_config("15 * * * *")
        (folder / "shop.csv").write_text("id,text,date\n1,I love it,2026-03-01\n2,It broke and is awful,2026-03-01\n")

    def write_config(self, read: str) -> None:
        self.path.write_text(CONFIG.format(prefect=self.port, inbox=self.inbox, read=read), "utf-8")

    @property
    def config(self) -> Configuration:
        return load(self.path, source_types(), {})

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-c", "from earful.cli import main; main()", *words]

    @property
    def environment(self) -> dict[str, str]:
        own = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "EARFUL_"))}
        return own | {"EARFUL_CONFIG": str(self.path), "PYTHONPATH": str(ROOT)}

    @contextmanager
    def up(self) -> Iterator[subprocess.Popen[str]]:
        with (self.folder / "said.txt").open("a+") as said:
            process = subprocess.Popen(
                self.command("up"), env=self.environment, cwd=self.folder, stderr=said, text=True
            )
            try:
                until(lambda: "Ctrl-C stops" in self.said() or process.poll() is not None, 240, "it is up")
                assert process.poll() is None, self.said()
                yield process
            finally:
                process.terminate()
                process.wait(40)
                (self.folder / "said.txt").unlink()

    def said(self) -> str:
        return (self.folder / "said.txt").read_text("utf-8")

    def stored(self, database: Database) -> tuple[int, int]:
        """How many mentions there are, and how many scheduled runs came to their end."""
        with database.read() as session:
            ended = select(func.count(Run.id)).where(Run.finished_at.is_not(None), Run.flow_run_id.is_not(None))
            return session.scalar(select(func.count(Mention.id))) or 0, session.scalar(ended) or 0

    def add_row(self, row: str, database: Database) -> int:
        """Add a row to the file. Returns how many runs had come to their end before."""
        before = self.stored(database)[1]
        with (self.folder / "shop.csv").open("a") as file:
            file.write(f"{row}\n")
        return before

    def processes(self) -> list[str]:
        """The command lines of everything that was started for this place and still runs."""
        mark, found = f"PREFECT_HOME={self.config.settings.data_dir / 'prefect'}".encode(), []
        for entry in Path("/proc").iterdir():
            try:
                if entry.name.isdigit() and mark in (entry / "environ").read_bytes():
                    found.append((entry / "cmdline").read_text("utf-8").replace("\0", " "))
            except OSError:  # it ended meanwhile, or is somebody else's
                continue
        return found

    def schedules(self) -> dict[str, dict[str, bool]]:
        with Server(self.port) as server:
            return {
                each["name"]: {one["slug"]: one["active"] for one in each["schedules"]}
                for each in server._deployments()
            }

    def pause(self, deployment: str) -> None:
        with Server(self.port) as server:
            there = next(each for each in server._deployments() if each["name"] == deployment)
            for schedule in there["schedules"]:
                server._ask("PATCH", f"/deployments/{there['id']}/schedules/{schedule['id']}", {"active": False})


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="looks for left-over processes in /proc")
def test_a_schedule_fires_by_itself_and_again_after_a_restart(tmp_path: Path) -> None:
    place = Place(tmp_path)
    with Database(place.config.settings.store_url) as database:
        with place.up() as first:
            assert "next       collect Fjellkopp at" in place.said()
            assert httpx.get(f"http://127.0.0.1:{place.inbox}/readyz", **LOCAL).is_success
            _another_up_is_refused(place)
            _a_run_by_hand_is_done_there(place, database)
            _run_now_on_the_page_is_done_there(place)
            _each_process_tells_of_the_requests_of_all(place)
            before = place.add_row("3,Late again and nobody answers,2026-03-02", database)
            until(lambda: place.stored(database) >= (3, before + 1), 200, "the schedule fired, and the file was read")
            place.pause("earful-notify")
            assert place.schedules()["earful-read"] == {"earful-read": True}
            first.terminate()
            assert first.wait(40) == 0
        assert place.processes() == []

        before = place.add_row("4,Still nothing,2026-03-03", database)
        place.write_config(read="")
        with place.up() as second:
            assert place.schedules()["earful-read"] == {}
            assert place.schedules()["earful-notify"] == {"earful-notify": False}
            until(lambda: place.stored(database) >= (4, before + 1), 200, "the schedule fired after the restart")
            second.kill()
            second.wait()
            until(lambda: place.processes() == [], 25, "everything ended with `earful up`, which was killed")


def _another_up_is_refused(place: Place) -> None:
    again = subprocess.run(place.command("up"), env=place.environment, capture_output=True, text=True, check=False)
    assert again.returncode == 2
    assert "already runs" in again.stderr


def _a_run_by_hand_is_done_there(place: Place, database: Database) -> None:
    told: list[str] = []
    report = run_there(database, place.config, None, "shop", None, told.append)
    assert report is not None
    assert report.flow_run_id
    assert report.complete
    assert "runs/flow-run" in told[0]
    elsewhere = place.config.settings.model_copy(update={"data_dir": place.folder / "other"})
    assert submit(elsewhere, None, None, None) is None
    with pytest.raises(EarfulError, match="there is no source"):
        run_there(database, place.config, None, "shopp", None, told.append)
    assert httpx.get(f"http://127.0.0.1:{place.port}/api/health", **LOCAL).is_success


def _run_now_on_the_page_is_done_there(place: Place) -> None:
    inbox, server = f"http://127.0.0.1:{place.inbox}", f"http://127.0.0.1:{place.port}"
    wanted = {"brand": "Fjellkopp", "source": "shop"}
    asked = httpx.post(f"{inbox}/runs", data=wanted, **LOCAL)
    assert asked.status_code == 303, asked.text
    assert asked.headers["location"] == "/runs?asked=Fjellkopp&source=shop"

    def done() -> list[str]:
        there = httpx.post(f"{server}/api/flow_runs/filter", json={"limit": 50}, **LOCAL).json()
        return [run["id"] for run in there if run["parameters"] == wanted and run["state_type"] == "COMPLETED"]

    until(lambda: bool(done()), 200, "the source was read as the page asked")
    page = httpx.get(f"{inbox}/runs", **LOCAL).text
    assert f'href="{server}/runs/flow-run/{done()[0]}"' in page


def _each_process_tells_of_the_requests_of_all(place: Place) -> None:
    base = f"http://127.0.0.1:{place.inbox}"
    for _ in range(12):  # each time a connection of its own, dealt to one process or the other
        httpx.get(f"{base}/healthz", **LOCAL)
    told = [httpx.get(f"{base}/metrics", **LOCAL).text for _ in range(6)]
    counts = [re.findall(r'earful_request_seconds_count\{.*"/healthz".*\} ([0-9.]+)', each) for each in told]
    assert len({tuple(each) for each in counts}) == 1
    assert sum(map(float, counts[0])) >= 12

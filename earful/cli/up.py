"""`earful up`: runs a Prefect server, its worker and the inbox as children of this process, until somebody stops it."""

import contextlib
import os
import shlex
import shutil
import signal
import socket
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import httpx
from cyclopts import Parameter

import earful
from earful import clock
from earful.cli.context import configuration, opened, say
from earful.configfile import Configuration
from earful.errors import ConfigError
from earful.settings import InboxSettings, Settings
from earful.supervise import Family, Program
from flows.plan import FLOWS, LIMIT_PREFIX, POOL, TAG, Planned, parameter_schema, planned
from flows.server import FlowRun, Server, ServerIll, next_of_each
from flows.steps.jobs import check_ahead

LOOPBACK = "127.0.0.1"
LOOK_EVERY = 1.0  # seconds between two looks at the children
UPKEEP_EVERY = 5.0  # seconds between two looks at the flow runs
NEXT_SHOWN = 8
RUNS_AT_ONCE = 6  # each is a process of some 120 MB; the others wait for their turn
ROOT = Path(earful.__file__).parents[1]


def up(
    *,
    inbox: Annotated[bool, Parameter(help="serve the inbox as well")] = True,
    port: Annotated[int | None, Parameter(help="port of the inbox; [inbox] port when left out")] = None,
) -> int:
    """Run the schedules of earful.toml, and serve the inbox, until Ctrl-C or SIGTERM.

    Starts a Prefect server and a worker of its own, on this machine only, with all state in the data folder. A run
    that fell due while nothing ran is made up for once.

    Example: `earful up --port 8500`
    """
    config = configuration()
    check_ahead(config)
    settings = _with_port(config.settings, port)
    with opened(config) as database, only_one(home_of(settings)):
        if inbox:
            from inbox.serve import check_reach

            check_reach(settings.inbox.host, database)
        check_ports(settings, config.path, inbox=inbox)
        _run(Estate(config, settings, inbox))
    return 0


@dataclass(frozen=True, slots=True)
class Estate:
    """What is to run: the configuration, its settings with what the command line changed, and whether with an inbox."""

    config: Configuration
    settings: Settings
    inbox: bool

    @property
    def home(self) -> Path:
        """Where the Prefect server keeps its state."""
        return home_of(self.settings)

    @property
    def logs(self) -> Path:
        """Where the children's words go."""
        return self.settings.data_dir / "logs"

    @property
    def timings(self) -> Path:
        """Where the processes of the inbox add up how long requests took."""
        return self.settings.data_dir / "timings"


def home_of(settings: Settings) -> Path:
    """Where the Prefect server of this data folder keeps its state."""
    return settings.data_dir / "prefect"


def _with_port(settings: Settings, port: int | None) -> Settings:
    if port is None:
        return settings
    if not 1 <= port <= 65535:
        raise ConfigError(f"--port: {port} is no port; ports are 1 to 65535")
    return settings.model_copy(update={"inbox": settings.inbox.model_copy(update={"port": port})})


# ------------------------------------------------------------------------------------------------- before it starts


@contextmanager
def only_one(home: Path) -> Iterator[None]:
    """Hold the data folder's lock, so that no second `earful up` writes to the same server's database.

    Raises:
        ConfigError: another one holds it.
    """
    import fcntl

    home.mkdir(parents=True, exist_ok=True)
    with (home / "up.lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            file.seek(0)
            who = file.read().strip() or "unknown"
            raise ConfigError(
                f"`earful up` already runs for {home.parent} (process {who}); stop that one, or set another data_dir"
            ) from error
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def check_ports(settings: Settings, path: Path, *, inbox: bool) -> None:
    """See that the ports are free.

    Raises:
        ConfigError: one is not; says which, and where to set another.
    """
    wanted = [(LOOPBACK, settings.prefect.port, "[prefect]", "")]
    if inbox:
        wanted.append((settings.inbox.host, settings.inbox.port, "[inbox]", ", or use --port"))
    for host, port, table, otherwise in wanted:
        if problem := _problem_with(host, port):
            raise ConfigError(
                f"port {port} on {host} can't be used: {problem}. Stop the program that has it, or set another port "
                f"under {table} in {path}{otherwise}"
            )


def _problem_with(host: str, port: int) -> str | None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return error.strerror or str(error)
    return None


# --------------------------------------------------------------------------------------------------- what it starts


def server_environment(environ: Mapping[str, str], home: Path, port: int) -> dict[str, str]:
    """The environment of the Prefect server and of all that speaks to it; settings for another one don't leak in."""
    kept = {name: value for name, value in environ.items() if not name.startswith("PREFECT_")}
    own = {
        "PREFECT_HOME": str(home),
        "PREFECT_API_URL": f"http://{LOOPBACK}:{port}/api",
        "PREFECT_API_DATABASE_CONNECTION_URL": f"sqlite+aiosqlite:///{home / 'prefect.db'}",
        "PREFECT_SERVER_API_HOST": LOOPBACK,
        "PREFECT_SERVER_API_PORT": str(port),
        # A page on the web must not be able to speak to this server through the operator's browser.
        "PREFECT_SERVER_CORS_ALLOWED_ORIGINS": f"http://{LOOPBACK}:{port},http://localhost:{port}",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        # In memory, the default, a slot stays taken for good when the power fails.
        "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect.server.concurrency.lease_storage.filesystem",
        "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs",
        "PREFECT_SERVER_SERVICES_DB_VACUUM_RETENTION_PERIOD": "2592000",
        "PREFECT_LOGGING_COLORS": "false",
        "PREFECT_CLI_COLORS": "false",
        "PYTHONUNBUFFERED": "1",
    }
    # Loopback never goes through a proxy.
    no_proxy = {name: _joined(environ.get(name), f"{LOOPBACK},localhost") for name in ("NO_PROXY", "no_proxy")}
    return kept | own | no_proxy | {"PYTHONPATH": _joined(str(ROOT), environ.get("PYTHONPATH"), os.pathsep)}


def _joined(one: str | None, other: str | None, by: str = ",") -> str:
    return by.join(part for part in (one, other) if part)


def programs(estate: Estate, server: Server, environ: Mapping[str, str] = os.environ) -> dict[str, Program]:
    """The children by name: the Prefect server, its worker, and the inbox, by as many processes as are wanted."""
    port = estate.settings.prefect.port
    common = server_environment(environ, estate.home, port)
    own = common | {"EARFUL_CONFIG": str(estate.config.path)}
    bare = {name: value for name, value in common.items() if not name.startswith("EARFUL_")}  # it needs no secret
    worker = ["worker", "start", "--pool", POOL, "--type", "process", "--name", "earful", "--limit", str(RUNS_AT_ONCE)]
    made = [
        Program("server", "prefect", ("server", "start"), bare, estate.logs / "server.log", server.healthy, 180.0),
        Program("worker", "prefect", worker, own, estate.logs / "worker.log", server.has_worker),
        *(inbox_program(estate, own, number) for number in range(1, estate.settings.inbox.processes + 1)),
    ]
    return {program.name: program for program in made}


def inbox_program(estate: Estate, environment: Mapping[str, str], number: int) -> Program:
    """One of the processes that serve the inbox, all on the same port; from the second on they carry a number."""
    from inbox.metrics import SHARED_IN

    inbox, name = estate.settings.inbox, "inbox" if number == 1 else f"inbox-{number}"
    arguments, log = [str(inbox.port)], estate.logs / f"{name}.log"
    if inbox.processes > 1:
        arguments, environment = [*arguments, SHARED], {**environment, SHARED_IN: str(estate.timings)}
    return Program(name, "earful.cli.up", arguments, environment, log, lambda: answers(inbox))


def answers(inbox: InboxSettings) -> bool:
    """Whether a web server answers where the inbox is to be."""
    try:
        httpx.get(f"{inbox.here}healthz", timeout=2.0, trust_env=False)
    except httpx.HTTPError:
        return False
    return True


def deployment(each: Planned, folder: Path) -> dict[str, Any]:
    """What a flow's deployment says beside its schedules: the flow is run in `folder`, and ends with its worker."""
    command = shlex.join([sys.executable, "-m", "earful.supervise", "prefect.engine"])
    return {
        "description": FLOWS[each.flow],
        "entrypoint": each.entrypoint,
        "path": None,
        "pull_steps": [{"prefect.deployments.steps.set_working_directory": {"directory": str(folder)}}],
        "job_variables": {"command": command},
        "parameter_openapi_schema": parameter_schema(each.flow),
        "enforce_parameter_schema": True,
        "tags": [TAG],
        "work_pool_name": POOL,
    }


# ------------------------------------------------------------------------------------------------------ while it runs


def _run(estate: Estate) -> None:
    with stopped_by_signals() as stopping, Server(estate.settings.prefect.port) as server:
        family = Family(stopping)
        try:
            began = _start(estate, family, server, stopping)
            if not stopping.is_set():
                _announce(estate, _coming(server, stopping))
                _watch(family, server, stopping, began)
        finally:
            say("Stopping …")
            family.stop()


@contextmanager
def stopped_by_signals() -> Iterator[threading.Event]:
    """An event that is set when somebody wants us to stop: Ctrl-C, SIGTERM, or the terminal is closed."""
    stopping = threading.Event()
    signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, lambda *_: stopping.set()) for number in signals}
    try:
        yield stopping
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _start(estate: Estate, family: Family, server: Server, stopping: threading.Event) -> datetime:
    """Start all children, the inbox first, as it takes a second. Returns from when on ended runs are news."""
    children = programs(estate, server)
    # Leases of runs that are gone; a server that starts would keep their slots until they expire.
    shutil.rmtree(estate.home / "concurrency_leases", ignore_errors=True)
    if estate.inbox:
        fresh_folder(estate.timings)
        for program in (each for name, each in children.items() if name.startswith("inbox")):
            family.add(program)
        say(f"The inbox is at {estate.settings.inbox.here}")
    say("Starting the Prefect server …")
    family.add(children["server"])
    if stopping.is_set():
        return clock.now()
    prepare(server, estate.settings, Path.cwd())
    began = clock.now()
    say("Starting the worker …")
    family.add(children["worker"])
    return began


def fresh_folder(folder: Path) -> None:
    """An empty folder, whatever was in it."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)


def prepare(server: Server, settings: Settings, folder: Path) -> None:
    """Bring the server in line with `earful.toml`, and clear what an earlier, killed `earful up` left unfinished."""
    server.make_pool()
    plan = planned(settings)
    for line in server.reconcile(plan, {each.flow: deployment(each, folder) for each in plan}):
        say(f"  {line}")
    server.free_limits(LIMIT_PREFIX)
    if orphans := server.end_orphans():
        say(f"  {orphans} runs had been cut off; what they had stored is whole, and the next run goes on from there")
    skipped = 0
    while more := server.skip_superseded(clock.now()):  # it looks at some hundred at a time
        skipped += more
    if skipped:
        say(f"  {skipped} late runs are skipped, as a later one does their work")


def _coming(server: Server, stopping: threading.Event) -> list[FlowRun]:
    """What runs next, once the server has worked out the collections: it takes some seconds after a schedule is set."""
    wanted, found = server.active_schedules("collect"), server.coming()
    for _ in range(10):
        known = [run for run in next_of_each(found) if run.flow == "collect"]
        if len(known) >= wanted or stopping.wait(0.5):
            break
        found = server.coming()
    return found


def _announce(estate: Estate, coming: list[FlowRun]) -> None:
    say("Earful is up.")
    if estate.inbox:
        say(f"  inbox      {estate.settings.inbox.here}")
    say(f"  schedules  http://{LOOPBACK}:{estate.settings.prefect.port}/ (Prefect: what ran, and what runs next)")
    for line in next_lines(coming, estate.settings):
        say(f"  next       {line}")
    say(f"  logs       {estate.logs}")
    say("Ctrl-C stops everything.")


def next_lines(runs: list[FlowRun], settings: Settings) -> list[str]:
    """What runs next, one line a schedule, in the brand's own time."""
    zones = {brand.name: brand.time_zone for brand in settings.brands}
    lines = []
    for run in list(next_of_each(runs))[:NEXT_SHOWN]:
        brand = run.parameters.get("brand")
        zone = zones.get(str(brand), "UTC")
        when = run.expected_at.astimezone(ZoneInfo(zone))
        lines.append(f"{run.flow} {brand or ''}".strip() + f" at {when:%a %d %b %H:%M} {zone}")
    return lines


def _watch(family: Family, server: Server, stopping: threading.Event, told_until: datetime) -> None:
    look_at = 0.0
    while not stopping.wait(LOOK_EVERY):
        for name in family.mend():
            say(f"The {name} ended by itself; it is started again.")
            if name == "worker":
                with contextlib.suppress(ServerIll):
                    server.end_orphans()
        look_at += LOOK_EVERY
        if look_at >= UPKEEP_EVERY:
            look_at = 0.0
            told_until = upkeep(server, told_until)


def upkeep(server: Server, told_until: datetime) -> datetime:
    """Skip needless late runs and tell of the runs that ended. Returns until when was told; a silent server is fine."""
    now = clock.now()
    try:
        server.skip_superseded(now - timedelta(seconds=UPKEEP_EVERY))
        for run in server.ended_since(told_until):
            if worth_telling(run):
                say(f"{now:%H:%M} UTC  {run.name}: {run.state.lower()}: {run.message}")
    except ServerIll:
        return told_until
    return now


def worth_telling(run: FlowRun) -> bool:
    """Collections always; the small flows, which run every few minutes, only when they failed."""
    return run.flow == "collect" or run.state in {"FAILED", "CRASHED"}


# ----------------------------------------------------------------------------------------------- the inbox, as a child


SHARED = "--shared"


def serve(port: int, *, shared: bool = False) -> None:
    """Serve the inbox until told to stop, on a port `shared` with others or not. This module, run, is that child."""
    from flows.steps.themedesk import ThemeDesk
    from inbox.serve import listen, server

    config = configuration()
    with opened(config) as database:
        place = listen(config, database, port, shared=shared)
        server(config, database, ThemeDesk(database, config)).run(sockets=[place])


if __name__ == "__main__":
    serve(int(sys.argv[1]), shared=SHARED in sys.argv)

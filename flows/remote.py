"""Has a collection done by the Prefect server that `earful up` keeps, when one is up for the same data folder."""

import contextlib
import time
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

from sqlalchemy import select

from earful.configfile import Configuration
from earful.errors import EarfulError
from earful.settings import Settings
from flows.plan import WORK_KEY
from flows.server import FlowRun, Server, ServerIll
from flows.steps.read import ReadCount
from flows.steps.report import RunReport, report
from models.database import Database
from models.run import Run

LOOK_EVERY = 0.5
SILENT_FOR = 60.0  # a server that starts again takes some ten seconds


def submit(settings: Settings, brand: str | None, source: str | None, since: str | None) -> str | None:
    """Ask for a run of `collect`, where `earful up` runs for this data folder. Returns its id, or None: do it here."""
    with Server(settings.prefect.port) as server:
        if not server.healthy() or not _is_ours(server, settings.data_dir):
            return None
        try:
            if not server.has_worker():
                return None
            return server.submit("collect", {"brand": brand, "source": source, "since": since})
        except ServerIll:
            return None


def _is_ours(server: Server, data_dir: Path) -> bool:
    home = server.home()
    return home is not None and Path(home).resolve() == (data_dir / "prefect").resolve()


def wait(settings: Settings, flow_run_id: str) -> FlowRun:
    """Wait until a flow run has ended; returns how.

    Raises:
        EarfulError: the server is gone; says what that means.
    """
    heard = time.monotonic()
    with Server(settings.prefect.port) as server:
        while time.monotonic() < heard + SILENT_FOR:
            with contextlib.suppress(ServerIll):
                run = server.flow_run(flow_run_id)
                heard = time.monotonic()
                if run.ended:
                    return run
            time.sleep(LOOK_EVERY)
    raise EarfulError("`earful up` no longer answers; what was stored so far is whole, and the next run goes on there")


def run_there(
    database: Database,
    config: Configuration,
    brand: str | None,
    source: str | None,
    since: str | None,
    tell: Callable[[str], None],
) -> RunReport | None:
    """The whole line as a flow run of `earful up`, waited for; None where no `earful up` runs for this data folder.

    Raises:
        EarfulError: the flow run ended without a report; the message says why.
    """
    settings = config.settings
    flow_run_id = submit(settings, brand, source, since)
    if flow_run_id is None:
        return None
    tell(
        f"`earful up` is running, so it does this: http://127.0.0.1:{settings.prefect.port}/runs/flow-run/{flow_run_id}"
    )
    try:
        ended = wait(settings, flow_run_id)
    except KeyboardInterrupt:
        tell("The run itself goes on under `earful up`.")
        raise
    found = reported(database, settings, flow_run_id)
    if found is None:
        raise EarfulError(f"the flow run {flow_run_id} ended as {ended.state.lower()}: {ended.message}")
    return found


def reported(database: Database, settings: Settings, flow_run_id: str) -> RunReport | None:
    """The report of a flow run, from the ledger and what the run published; None when it did not come to its end."""
    with Server(settings.prefect.port) as server:
        work = server.artifact(flow_run_id, WORK_KEY)
    with database.read() as session:
        run_id = session.scalar(select(Run.id).where(Run.flow_run_id == flow_run_id))
    if not work or run_id is None:
        return None
    count = ReadCount(**{each.name: work[0].get(each.name, 0) for each in fields(ReadCount)})
    return report(database, run_id, count, work[0]["flagged"], work[0].get("not_told", ()))

"""When sources are read next by schedule, and the wish that it be now, asked of the Prefect server of `earful up`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from uuid import uuid4
from zoneinfo import ZoneInfo

import httpx
from cronsim import CronSim

from earful.busy import is_busy, patiently
from earful.errors import EarfulError
from earful.settings import Settings
from earful.speech import _

FLOW, DEPLOYMENT = "collect", "earful-collect"  # as flows.plan names them; a test holds the two together
PATIENCE = 20.0  # seconds: beside a run that stores much, its database can keep it waiting for that long
PAUSES = (0.2, 0.8, 3.2)  # seconds after each answer that it was busy


class NotScheduling(EarfulError):
    """No Prefect server of ours takes the wish; says what to do instead."""


@dataclass(frozen=True, slots=True)
class Prefect:
    """The server that `earful up` runs on this machine."""

    port: int

    def run_url(self, flow_run_id: str) -> str:
        """Where a browser on this machine finds a run, with its log."""
        return f"http://127.0.0.1:{self.port}/runs/flow-run/{flow_run_id}"

    def run_now(self, brand: str, source: str = "") -> None:
        """Ask that the sources of this brand, or only this one, be read as soon as the worker has a hand free.

        Raises:
            NotScheduling: it does not run, knows nothing of us, or is too busy to answer.
        """
        once = {"idempotency_key": str(uuid4())}  # asked once more, it is still one run
        wish = {"parameters": _chosen(brand, source), "state": {"type": "SCHEDULED"}, **once}
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{self.port}/api", timeout=PATIENCE, trust_env=False) as http:
                known = _ask(http, "GET", f"/deployments/name/{FLOW}/{DEPLOYMENT}").json()
                _ask(http, "POST", f"/deployments/{known['id']}/create_flow_run", wish)
        except (httpx.HTTPError, ValueError, KeyError) as error:
            raise NotScheduling(_why(error, brand)) from error


def _chosen(brand: str, source: str) -> dict[str, str]:
    return {"brand": brand, "source": source} if source else {"brand": brand}


def _ask(http: httpx.Client, method: str, path: str, body: object = None) -> httpx.Response:
    return patiently(partial(http.request, method, path, json=body), is_busy, PAUSES).raise_for_status()


def _why(error: Exception, brand: str) -> str:
    busy = isinstance(error, httpx.TimeoutException)
    if busy or (isinstance(error, httpx.HTTPStatusError) and is_busy(error.response)):
        return _("the scheduler is too busy to answer: look under the last runs whether it took the wish, or try again")
    return _(
        "the scheduler can't be asked: it runs with `earful up`. Start that, or read once with %(command)s",
        command=f"`earful run --brand {brand!r}`",
    )


def next_reads(settings: Settings, now: datetime) -> Mapping[str, datetime]:
    """When each brand's sources are read next by schedule, in UTC; without those that are never read by themselves."""
    cron = settings.schedules.collect
    if not cron:
        return {}
    zones = {brand.name: ZoneInfo(brand.time_zone) for brand in settings.brands if brand.sources}
    return {name: next(CronSim(cron, now.astimezone(zone))).astimezone(UTC) for name, zone in zones.items()}

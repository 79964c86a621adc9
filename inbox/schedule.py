"""When sources are read next by schedule, and the wish that it be now, asked of the Prefect server of `earful up`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import httpx
from cronsim import CronSim

from earful.errors import EarfulError
from earful.settings import Settings
from earful.speech import _

FLOW, DEPLOYMENT = "collect", "earful-collect"  # as flows.plan names them; a test holds the two together
PATIENCE = 5.0  # seconds


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
            NotScheduling: it does not answer, or knows nothing of us.
        """
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{self.port}/api", timeout=PATIENCE, trust_env=False) as http:
                known = http.get(f"/deployments/name/{FLOW}/{DEPLOYMENT}").raise_for_status().json()
                asked = {"brand": brand, "source": source} if source else {"brand": brand}
                wish = {"parameters": asked, "state": {"type": "SCHEDULED"}}
                http.post(f"/deployments/{known['id']}/create_flow_run", json=wish).raise_for_status()
        except (httpx.HTTPError, ValueError, KeyError) as error:
            raise NotScheduling(
                _(
                    "the scheduler can't be asked: it runs with `earful up`. Start that, or read once with %(command)s",
                    command=f"`earful run --brand {brand!r}`",
                )
            ) from error


def next_reads(settings: Settings, now: datetime) -> Mapping[str, datetime]:
    """When each brand's sources are read next by schedule, in UTC; without those that are never read by themselves."""
    cron = settings.schedules.collect
    if not cron:
        return {}
    zones = {brand.name: ZoneInfo(brand.time_zone) for brand in settings.brands if brand.sources}
    return {name: next(CronSim(cron, now.astimezone(zone))).astimezone(UTC) for name, zone in zones.items()}

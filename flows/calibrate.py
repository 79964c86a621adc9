"""The flow that learns from what the team decided, brand by brand, and tells what came of it."""

from prefect import flow, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.states import Completed

from earful import clock
from flows.house import opened
from flows.steps.calibrate import calibrate_all


@task(name="calibrate", task_run_name="learn from the team", cache_policy=NO_CACHE, persist_result=False)
def learn(brand: str | None) -> list[str]:
    """Learn from the labels of each brand that has new ones. Returns a sentence for each."""
    with opened() as (config, database):
        return calibrate_all(database, config, clock.now(), brand)


@flow(name="calibrate", flow_run_name="learn from the team", timeout_seconds=3600, persist_result=False)
def calibrate(brand: str | None = None) -> State:
    """Fit borders and confidence to the team's own labels, and keep that only where held-out labels improve.

    Args:
        brand: only this brand
    """
    return Completed(message="; ".join(learn(brand)) or "no brand has new labels enough to learn from")

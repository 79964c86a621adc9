"""The flow that keeps the clock of promises."""

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed

from earful import clock
from flows.house import opened
from flows.steps.remind import remind as one_pass


@flow(name="remind", flow_run_name="remind of promises", timeout_seconds=1800, persist_result=False)
def remind() -> State:
    """Wake what slept, give back what nobody touched, and put into the outbox what falls due; `notify` sends it."""
    with opened() as (config, database):
        done = one_pass(database, config, clock.now())
    return Completed(
        message=f"{done.half_over} half over, {done.overdue} overdue, {done.given_back} given back, {done.woken} woken"
    )

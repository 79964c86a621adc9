"""The flow that tells the team what waits to be told, and the task that `collect` shares with it."""

from prefect import flow, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from earful import clock
from flows.house import opened
from flows.steps.notify import Delivery, deliver_waiting


@task(name="notify", task_run_name="tell the team", cache_policy=NO_CACHE, persist_result=False)
def tell_the_team() -> Delivery:
    """Send what waits in the outbox, once each. Returns what became of it."""
    with opened() as (config, database):
        return deliver_waiting(database, config, clock.now())


@flow(name="notify", flow_run_name="tell the team", timeout_seconds=1800, persist_result=False)
def notify() -> State:
    """Send what waits in the outbox. Fails when a channel could not be told; what waits for it is tried again."""
    delivery = tell_the_team()
    said = f"{delivery.sent} sent, {delivery.waiting} waiting"
    if delivery.errors:
        return Failed(message="; ".join([said, *delivery.errors]))
    return Completed(message=said)

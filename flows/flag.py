"""The flow that judges what is read, and the task that `collect` shares with it."""

from prefect import flow, get_run_logger, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.states import Completed

from flows.house import opened
from flows.steps.flag import flag_waiting


@task(name="flag", task_run_name="flag what needs a person", cache_policy=NO_CACHE, persist_result=False)
def flag_mentions() -> int:
    """Judge all that waits to be judged. Returns how many were flagged anew."""
    logger = get_run_logger()
    with opened() as (config, database):
        return flag_waiting(database, config, lambda opened: logger.info("flagged %d more", opened))


@flow(name="flag", flow_run_name="flag what needs a person", timeout_seconds=6 * 3600, persist_result=False)
def flag() -> State:
    """Judge what is read and not judged yet; open a case for each mention that needs a person."""
    return Completed(message=f"{flag_mentions()} flagged")

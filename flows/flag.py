"""The flow that judges what is read and draws the day's sample, and the task that `collect` shares with it."""

from prefect import flow, get_run_logger, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.states import Completed

from earful import clock
from flows.house import opened
from flows.limits import PATIENCE_SECONDS, alone
from flows.steps.flag import flag_waiting
from flows.steps.sample import draw_samples


@task(name="flag", task_run_name="flag what needs a person", cache_policy=NO_CACHE, persist_result=False)
def flag_mentions() -> int:
    """Judge all that waits to be judged. Returns how many were flagged anew.

    Where another flow run is judging, it waits a while for what that one leaves.
    """
    logger = get_run_logger()
    with opened() as (config, database), alone("judging", PATIENCE_SECONDS) as ours:
        if not ours:
            logger.info("another flow run judges what waits")
            return 0
        flagged = flag_waiting(database, config, lambda flagged: logger.info("flagged %d more", flagged))
        draw_samples(database, config, clock.now())
        return flagged


@flow(name="flag", flow_run_name="flag what needs a person", timeout_seconds=6 * 3600, persist_result=False)
def flag() -> State:
    """Judge what is read and not judged yet; open a case for each mention that needs a person."""
    return Completed(message=f"{flag_mentions()} flagged")

"""The flow that reads what is still unread, and the task that `collect` shares with it."""

from prefect import flow, get_run_logger, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.states import Completed

from flows.house import opened
from flows.limits import PATIENCE_SECONDS, alone
from flows.steps.read import ReadCount, read_waiting


@task(name="read", task_run_name="read what waits", cache_policy=NO_CACHE, persist_result=False)
def read_texts() -> ReadCount:
    """Read all that waits to be read. Returns how many were read, and how many could not be scored.

    Where another flow run is reading, it waits a while for what that one leaves.
    """
    logger = get_run_logger()
    with opened() as (config, database), alone("reading", PATIENCE_SECONDS) as ours:
        if not ours:
            logger.info("another flow run reads what waits")
            return ReadCount()
        return read_waiting(database, config, lambda batch: logger.info("read %d more", batch.read))


@flow(name="read", flow_run_name="read what waits", timeout_seconds=6 * 3600, persist_result=False)
def read() -> State:
    """Read what waits: language, polarity, label."""
    count = read_texts()
    return Completed(message=count.in_words())

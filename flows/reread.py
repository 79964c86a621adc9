"""The flow that reads again what an older reader read, or tells what that would change."""

from prefect import flow, get_run_logger, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.states import Completed

from flows.house import opened
from flows.limits import PATIENCE_SECONDS, alone
from flows.steps.reread import Reread, in_words, read_again


@task(name="read again", task_run_name="read again", cache_policy=NO_CACHE, persist_result=False)
def again(brand: str | None, *, store: bool) -> Reread | None:
    """Read again; None where another flow run is at it."""
    logger = get_run_logger()
    with opened() as (config, database), alone("judging", PATIENCE_SECONDS) as ours:
        if not ours:
            return None
        return read_again(database, config, brand=brand, store=store, progress=lambda done: logger.info(in_words(done)))


@flow(name="reread", flow_run_name="read again", timeout_seconds=12 * 3600, persist_result=False)
def reread(brand: str | None = None, store: str | None = None) -> State:
    """Read again what an older reader read. What people decided stays.

    Args:
        brand: only this brand
        store: yes: store the new readings; left out: only tell what would change
    """
    keep = (store or "").casefold() in {"yes", "true", "1"}
    done = again(brand, store=keep)
    if done is None:
        return Completed(message="another flow run is judging; try again later")
    return Completed(message=("" if keep else "a dry run: ") + in_words(done))

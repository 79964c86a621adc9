"""The flow that looks whether open cases still stand at their source."""

from prefect import flow, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from earful import clock
from flows.house import opened
from flows.steps.recheck import RecheckReport, recheck_mentions
from models.run import RunStatus


@task(name="recheck", task_run_name="look at open cases again", cache_policy=NO_CACHE, persist_result=False)
def look_again() -> RecheckReport:
    """Look again at every open case's mention, where its source can be asked."""
    with opened() as (config, database):
        return recheck_mentions(database, config, clock.now())


@flow(name="recheck", flow_run_name="look at open cases again", timeout_seconds=6 * 3600, persist_result=False)
def recheck() -> State:
    """Look whether open cases still stand at their source. Fails when no source could be asked."""
    done = look_again()
    changed = sum(each.count.edited + each.count.vanished for each in done.sources)
    said = [f"{sum(each.asked for each in done.sources)} posts asked for, {changed} edited or gone"]
    said += [f"{done.expired} let go that could not be asked for in time"] if done.expired else []
    said += [f"{each.source}: {each.error}" for each in done.sources if each.error]
    failed = bool(done.sources) and all(each.status is RunStatus.FAILED for each in done.sources)
    return (Failed if failed else Completed)(message="; ".join(said))

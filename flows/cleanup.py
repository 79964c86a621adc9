"""The flow that forgets what is past its retention."""

from prefect import flow, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.states import Completed

from earful import clock
from flows.house import opened
from flows.steps.cleanup import Cleaned, clean_up


@task(name="cleanup", task_run_name="forget what is old", cache_policy=NO_CACHE, persist_result=False)
def forget() -> Cleaned:
    """Let go of what the settings' retention no longer covers."""
    with opened() as (config, database):
        return clean_up(database, config, clock.now())


@flow(name="cleanup", flow_run_name="forget what is old", timeout_seconds=6 * 3600, persist_result=False)
def cleanup() -> State:
    """Forget what is past its retention. What people decided, and consent, stays."""
    gone = forget()
    return Completed(
        message=f"{gone.mentions} mentions emptied, {gone.rejected} rejected records, {gone.runs} runs and "
        f"{gone.sessions} sign-ins that were over deleted"
    )

"""Limits what runs at once over all flow runs, as one reader a type of source; the Prefect server keeps count."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import GlobalConcurrencyLimitCreate
from prefect.concurrency.sync import concurrency
from prefect.exceptions import ObjectAlreadyExists, ObjectNotFound

from flows.plan import LIMIT_PREFIX

LEASE_SECONDS = 60.0  # a process that was killed holds its slot no longer than this
PATIENCE_SECONDS = 300.0


@contextmanager
def alone(work: str, patience: float | None = None) -> Iterator[bool]:
    """Do something while no other flow run does the same: waits for its turn.

    Yields:
        False when it did not come within `patience` seconds: another flow run is at it.
    """
    name = LIMIT_PREFIX + work
    make_limit(name)
    with ExitStack() as stack:
        # A lease that can't be renewed, because the server starts again, is no reason to break off the work.
        slot = concurrency(
            name,
            strict=True,
            lease_duration=LEASE_SECONDS,
            raise_on_lease_renewal_failure=False,
            timeout_seconds=patience,
        )
        try:
            stack.enter_context(slot)
        except TimeoutError:
            yield False
            return
        yield True


def make_limit(name: str, limit: int = 1) -> None:
    """Make the limit when there is none yet; one that a person changed stays as it is."""
    with get_client(sync_client=True) as client:
        try:
            client.read_global_concurrency_limit_by_name(name)
        except ObjectNotFound:
            # Another task may have made it just now.
            with suppress(ObjectAlreadyExists):
                client.create_global_concurrency_limit(GlobalConcurrencyLimitCreate(name=name, limit=limit))

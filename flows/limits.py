"""Limits how many flows and tasks use a type of source at once, kept by the Prefect server."""

from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import GlobalConcurrencyLimitCreate
from prefect.exceptions import ObjectAlreadyExists, ObjectNotFound

from flows.plan import LIMIT_PREFIX


def limit_name(source_type: str) -> str:
    """The name of the limit of one type of source."""
    return LIMIT_PREFIX + source_type


def make_limit(name: str, limit: int = 1) -> None:
    """Make the limit when there is none yet; one that a person changed stays as it is."""
    with get_client(sync_client=True) as client:
        try:
            client.read_global_concurrency_limit_by_name(name)
        except ObjectNotFound:
            _create(name, limit)


def _create(name: str, limit: int) -> None:
    with get_client(sync_client=True) as client:
        try:
            client.create_global_concurrency_limit(GlobalConcurrencyLimitCreate(name=name, limit=limit))
        except ObjectAlreadyExists:
            return  # another flow run made it just now

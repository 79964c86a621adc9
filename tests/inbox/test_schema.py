"""The OpenAPI document holds: random requests of every kind find no server error, and no answer that breaks it."""

from collections.abc import Callable

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import (
    content_type_conformance,
    not_a_server_error,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from models.account import SCOPES
from models.database import Database
from tests.local import LOCAL

pytestmark = pytest.mark.slow

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
EXAMPLES = 60  # requests of each operation


def test_random_requests_break_nothing(served: str, filled: Database, token: Callable[..., str]) -> None:
    headers = {"Authorization": f"Bearer {token(*SCOPES)}"}
    schema = schemathesis.openapi.from_url(f"{served}/api/v1/openapi.json")
    seen = set()
    for result in schema.get_all_operations():
        operation = result.ok()
        seen.add(f"{operation.method} {operation.path}")

        @given(case=operation.as_strategy() | operation.as_strategy(generation_mode=GenerationMode.NEGATIVE))
        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            derandomize=True,  # what it finds, it finds for everybody
            database=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        def holds(case: schemathesis.Case) -> None:
            case.call_and_validate(base_url=f"{served}/api/v1", headers=headers, checks=CHECKS)

        holds()
    assert len(seen) == 10


def test_the_document_asks_for_a_token_everywhere(served: str, store: Database) -> None:
    document = httpx.get(f"{served}/api/v1/openapi.json", **LOCAL).json()
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            assert operation["security"], (method, path)
            assert operation["summary"] or operation["description"]
            assert {"401", "403", "422"} <= set(operation["responses"])


def test_every_link_leads_to_an_operation_and_fills_what_it_takes(served: str, store: Database) -> None:
    paths = httpx.get(f"{served}/api/v1/openapi.json", **LOCAL).json()["paths"]
    operations = {each["operationId"]: each for operations in paths.values() for each in operations.values()}
    answers = [answer for each in operations.values() for answer in each["responses"].values()]
    links = [link for answer in answers for link in answer.get("links", {}).values()]
    assert "cases_work" in {link["operationId"] for link in links}
    for link in links:
        taken = operations[link["operationId"]]
        assert set(link.get("parameters", {})) <= {each["name"] for each in taken.get("parameters", [])}
        assert ("requestBody" in link) == ("requestBody" in taken)

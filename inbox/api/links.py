"""Where an answer leads, as the OpenAPI document says it: the id and version in one are the next request's."""

from typing import Any

from fastapi.routing import APIRoute


def operation_id(route: APIRoute) -> str:
    """The name of an operation, also for clients made from the document: "cases_one"."""
    return "_".join([*map(str, route.tags), route.name])


def leads(status: int, **links: dict[str, Any]) -> dict[int | str, dict[str, Any]]:
    """What a route's `responses` say of where its good answer leads, each link by its name."""
    return {status: {"links": links}}


def _link(operation: str, **given: Any) -> dict[str, Any]:
    return {"operationId": operation, **given}


def to_case(place: str) -> dict[str, Any]:
    """To the case whose id stands there, as in "/case_id"."""
    return _link("cases_one", parameters={"case_id": f"$response.body#{place}"})


def to_mention(place: str) -> dict[str, Any]:
    """To the mention whose id stands there."""
    return _link("mentions_one", parameters={"mention_id": f"$response.body#{place}"})


def to_corrections(place: str) -> dict[str, Any]:
    """To what people said of the mention whose id stands there."""
    return _link("corrections_listed", parameters={"mention_id": f"$response.body#{place}"})


def to_correcting(place: str) -> dict[str, Any]:
    """To saying what the mention whose id stands there really says."""
    return _link("corrections_add", requestBody={"mention_id": f"$response.body#{place}"})


def to_log(place: str) -> dict[str, Any]:
    """To everything that was done to the case whose id stands there."""
    return _link("cases_log", parameters={"case_id": f"$response.body#{place}"})


def to_acting(case: str) -> dict[str, Any]:
    """To doing something to the case that stands there, as in "/items/0"; "" for the answer itself."""
    version = {"version": f"$response.body#{case}/version"}
    return _link("cases_work", parameters={"case_id": f"$response.body#{case}/id"}, requestBody=version)

"""Whatever stands in an address is answered: numbers beyond all bounds, and where a form was sent to."""

import re
from collections.abc import Callable, Iterator
from typing import Any, get_args

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from pydantic import BaseModel

from models.account import Role
from models.database import Database

pytestmark = pytest.mark.slow  # every route there is

HUGE = str(10**30)
#: What pages read from an address without declaring it.
READ_RAW = ("after", "before", "did", "seen", "like", "age", "batch", "reply", "copy")


def asked(app: FastAPI, above: str = "") -> Iterator[tuple[str, str, dict[str, str]]]:
    """Method, path and form of every route, each number in it beyond all bounds and everything else as it may be."""
    for route in iter_route_contexts(app.routes):
        inner, path = getattr(route.original_route, "app", None), above + (route.path or "")
        if isinstance(inner, FastAPI):
            yield from asked(inner, path)
            continue
        for method in sorted((route.methods or {"GET"}) - {"HEAD", "OPTIONS"}):
            for form in forms(getattr(route.original_route, "dependant", None)):
                yield method, path, form


def forms(dependant: Any) -> Iterator[dict[str, str]]:
    fields: dict[str, Any] = {}
    for each in dependant.body_params if dependant else ():
        kind = each.field_info.annotation
        inside = kind.model_fields if isinstance(kind, type) and issubclass(kind, BaseModel) else None
        fields |= {name: field.annotation for name, field in inside.items()} if inside else {each.name: kind}
    filled = {name: value(kind) for name, kind in fields.items()}
    yield filled
    for verb in get_args(fields.get("verb")):
        yield {**filled, "verb": verb}
    if "finding" in filled:
        yield {**filled, "finding": "right"}
        yield {**filled, "finding": "undo"}


def value(kind: Any) -> str:
    choices = get_args(kind)
    if kind is int or int in choices:
        return HUGE
    if isinstance(kind, type) and hasattr(kind, "__members__"):
        return str(next(iter(kind)))
    return str(choices[0]) if choices and isinstance(choices[0], str) else "Fjord Air"


def test_no_number_is_too_large_for_a_route(app: FastAPI, client: httpx.Client, filled: Database) -> None:
    client.timeout, query = httpx.Timeout(60), dict.fromkeys(READ_RAW, HUGE)
    for method, path, form in asked(app):
        for key in ("1", HUGE):
            filled_in = re.sub(r"\{\w+(:\w+)?\}", key, path)
            parts: list[dict[str, str]] = [{}, query, *({name: HUGE} for name in READ_RAW)] if method == "GET" else [{}]
            for params in parts:
                answer = client.request(method, filled_in, params=params, data=form or None)
                assert answer.status_code < 500, (method, filled_in, params, form)


def test_where_a_form_was_sent_can_be_asked_for_again(
    app: FastAPI, signed_in: Callable[[Role], httpx.Client], filled: Database
) -> None:
    """Who was refused has that address in the browser: asked for by itself, it leads to the page with the form."""
    pages = {path for method, path, _ in asked(app) if method == "GET"}
    forms_only = {path for method, path, _ in asked(app) if method == "POST" and path not in pages}
    forms_only = {re.sub(r"\{\w+\}", "1", path) for path in forms_only if not path.startswith("/api/")}
    assert len(forms_only) > 10
    for path in (*forms_only, "/cases/bulk"):
        answer = signed_in(Role.ADMIN).get(path, follow_redirects=True)
        assert answer.status_code == 200, path
    answer = signed_in(Role.ADMIN).get("/mentions/1?brand=Fjord+Air")
    assert answer.headers["location"] == "/mentions?brand=Fjord+Air"

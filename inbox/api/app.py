"""Puts the API together: its routes, its errors as problems (RFC 9457), and the OpenAPI document of both."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from earful import __version__
from earful.errors import ConfigError, Conflict, EarfulError
from earful.invalid import wrong_with
from earful.speech import N_, Said, _
from inbox.api import cases, corrections, exports, mentions, runs
from inbox.api.bearer import BadToken, TokenLacks
from inbox.api.links import operation_id
from inbox.api.shapes import BadPlace, UnknownFilter, described_problem
from inbox.guard import HEADERS
from inbox.problem import spoken_problem
from inbox.words import sentence
from models.acts import NotAllowed

ABOUT = """What was heard, the cases that came of it, and what may leave the house.

Every request carries a token: `Authorization: Bearer earful_…`, made with `earful token add`. Lists come in pages;
`next` is the address of the following one, and null on the last. Moments are ISO 8601 in UTC. Errors are problems
(RFC 9457), their `detail` in the language of `Accept-Language`.
"""


#: What Starlette says by itself.
_UNSAID: Mapping[str, str] = Said(
    {
        HTTPStatus.NOT_FOUND.phrase: N_("There is nothing at this address."),
        HTTPStatus.METHOD_NOT_ALLOWED.phrase: N_("This address can't be asked like that."),
        "There was an error parsing the body": N_("What was sent can't be read; send JSON in UTF-8."),
    }
)


def create_api() -> FastAPI:
    """The application to mount; it finds the house in its `state`."""
    api = FastAPI(
        title="Earful",
        version=__version__,
        description=ABOUT,
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=operation_id,
        responses={status: described_problem(status) for status in (400, 401, 403, 404, 422, 503)},
    )
    for each in (mentions, cases, corrections, exports, runs):
        api.include_router(each.router)
    for kind, answer in _ANSWERS.items():
        api.add_exception_handler(kind, answer)
    return api


def _bad_token(_request: Request, _error: Exception) -> Response:
    said = _(
        "Send a token that is good, as %(header)s; %(command)s makes one.",
        header="Authorization: Bearer earful_…",
        command="`earful token add`",
    )
    return spoken_problem(401, said, {"WWW-Authenticate": 'Bearer realm="earful"'})


def _lacks(_request: Request, error: Exception) -> Response:
    scope = error.right.value if isinstance(error, TokenLacks) else ""
    return spoken_problem(403, _("This token lacks the scope %(scope)s.", scope=scope))


def _http(_request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        return spoken_problem(500, "")
    return spoken_problem(error.status_code, sentence(_UNSAID.get(error.detail) or error.detail), error.headers)


def _invalid(_request: Request, error: Exception) -> Response:
    found = error.errors() if isinstance(error, RequestValidationError) else []
    errors = [{"where": ".".join(map(str, each["loc"])), "said": sentence(wrong_with(each))} for each in found]
    return spoken_problem(422, _("Some values are missing, or can't be what they are."), errors=errors)


def _bad_place(_request: Request, _error: Exception) -> Response:
    said = _(
        "%(after)s is no place in this list; take it from %(next)s, or leave it out.", after="`after`", next="`next`"
    )
    return spoken_problem(422, said)


def _with_status(status: int) -> Any:
    def answer(_request: Request, error: Exception) -> Response:
        return spoken_problem(status, sentence(error))

    return answer


def _broken(_request: Request, _error: Exception) -> Response:
    # Made outside the guard, so it brings its headers itself.
    return spoken_problem(500, _("Something went wrong on our side; the log says what."), HEADERS)


_ANSWERS: Mapping[type[Exception], Any] = {
    BadToken: _bad_token,
    TokenLacks: _lacks,
    HTTPException: _http,
    RequestValidationError: _invalid,
    BadPlace: _bad_place,
    UnknownFilter: _with_status(422),
    Conflict: _with_status(409),
    NotAllowed: _with_status(409),
    ConfigError: _with_status(422),
    EarfulError: _with_status(503),
    Exception: _broken,
}

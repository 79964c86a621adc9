"""An error as programs read it: a problem, as RFC 9457 has it."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi.encoders import jsonable_encoder
from starlette.responses import JSONResponse

from earful.speech import speech

MEDIA = "application/problem+json"


def problem(status: int, detail: str, headers: Mapping[str, str] | None = None, **more: Any) -> JSONResponse:
    """The answer to what can't be done; `more` are members beside those that the RFC names."""
    told = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail, **more}
    return JSONResponse(jsonable_encoder(told), status, headers=headers, media_type=MEDIA)


def spoken_problem(status: int, detail: str, headers: Mapping[str, str] | None = None, **more: Any) -> JSONResponse:
    """The same where its detail is in the language that was asked for, which it names."""
    return problem(status, detail, {**(headers or {}), "Content-Language": speech().tag}, **more)

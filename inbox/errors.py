"""What goes wrong, as a page that says so and leads back; the answer's status is the right one all the same."""

from collections.abc import Mapping

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.datastructures import URL
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, RedirectResponse, Response

from earful.errors import EarfulError
from earful.speech import N_, Said, _
from inbox.asked import Unreadable
from inbox.cases import NoSuchCase
from inbox.guard import HEADERS
from inbox.page import page
from inbox.person import NotPermitted, NotSignedIn
from inbox.problem import spoken_problem
from inbox.signin import ask_to_sign_in
from inbox.words import sentence
from models.account import Right

_SAID: Mapping[int, str] = Said(
    {
        404: N_("There is no such page here."),
        405: N_("This page can't be asked for like that."),
        500: N_("Something went wrong on our side. What you did may not have been stored; the log says what happened."),
    }
)
_TITLES: Mapping[int, str] = Said(
    {
        403: N_("Not yours to do"),
        404: N_("Not found"),
        405: N_("Not possible"),
        409: N_("Changed meanwhile"),
        422: N_("Not understood"),
        503: N_("Not available"),
    }
)
#: The fields that somebody fills in with words of their own, never a password.
_WRITTEN = ("name", "text", "to", "tag", "tags", "amount", "currency", "query", "word")
_FOR: Mapping[Right, str] = Said(
    {
        Right.ACT: N_("Working on cases is for agents and admins."),
        Right.MARKET: N_("Testimonials, consent and exports are for marketers and admins."),
        Right.ADMIN: N_("This is for admins."),
    }
)


def add_errors(app: FastAPI) -> None:
    """Let every failure of this application be answered by a page."""
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(NotSignedIn, _sign_in_first)
    app.add_exception_handler(NotPermitted, _not_permitted)
    app.add_exception_handler(NoSuchCase, _no_case)
    app.add_exception_handler(Unreadable, _unreadable)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(EarfulError, _failed)
    app.add_exception_handler(Exception, _broken)


def _refused(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    if status == 405 and request.method == "GET" and not request.url.path.startswith("/api/"):
        return RedirectResponse(_where_its_forms_are(request.url), 303)
    detail = str(error.detail) if isinstance(error, HTTPException) else ""
    if request.url.path.startswith("/api/"):  # an address that never came to the API itself, as one with a line break
        return spoken_problem(status, _SAID.get(status) or sentence(detail))
    return _error(request, status, _SAID.get(status) or detail)


def _where_its_forms_are(address: URL) -> str:
    """The page whose forms are sent to an address that shows none: where somebody was refused, they are left there."""
    section = "/" + address.path.split("/")[1]
    page_of = section if section != address.path else "/"
    return f"{page_of}?{address.query}" if address.query else page_of


async def _sign_in_first(request: Request, _error: Exception) -> Response:
    sent = await request.form() if request.method == "POST" else {}  # it was read already, so this costs nothing
    written = (sent.get(field) for field in _WRITTEN)
    return ask_to_sign_in(request, "\n".join(words for words in written if isinstance(words, str) and words))


def _not_permitted(request: Request, error: Exception) -> Response:
    said = _FOR.get(error.right, "") if isinstance(error, NotPermitted) else ""
    return _error(request, 403, f"{said} {_('Your role does not include it; ask an admin.')}".strip())


def _no_case(request: Request, _error_raised: Exception) -> Response:
    return _error(request, 404, _("There is no such case. It may have been a mistyped address."))


def _unreadable(request: Request, error: Exception) -> Response:
    return _error(request, 422, sentence(error))


def _invalid(request: Request, error: Exception) -> Response:
    details = error.errors() if isinstance(error, RequestValidationError) else []
    if any(detail["loc"][0] == "path" for detail in details):
        return _error(request, 404, _SAID[404])
    named = sorted({str(detail["loc"][-1]) for detail in details})
    return _error(
        request, 422, _("The form came incomplete or with a value it can't have: %(fields)s.", fields=", ".join(named))
    )


def _failed(request: Request, error: Exception) -> Response:
    return _error(request, 503, sentence(error))


def _broken(request: Request, _error_raised: Exception) -> Response:
    answer = _error(request, 500, _SAID[500])
    answer.headers.update(HEADERS)  # this answer is made outside the guard
    return answer


def _error(request: Request, status: int, said: str) -> HTMLResponse:
    return page(
        request, "error.html", status, title=_TITLES.get(status) or _("Something went wrong"), said=said, code=status
    )

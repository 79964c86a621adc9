"""Puts the inbox together: pages, preferences, health, errors as pages, and the server that runs it on loopback."""

import socket
from collections.abc import Callable
from datetime import datetime
from ipaddress import ip_address
from typing import Annotated

import uvicorn
from fastapi import FastAPI, Form, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.staticfiles import StaticFiles

from earful import clock
from earful.configfile import Configuration
from earful.errors import ConfigError, EarfulError, StoreError
from inbox import cases, day, heard, keyboard, replies, samples, together, webhooks
from inbox.asked import Unreadable
from inbox.guard import HEADERS, LOOPBACK, Guard
from inbox.house import HERE, NAME_COOKIE, THEME_COOKIE, THEMES, YEAR, House, clean_name, house, name_cookie, page
from inbox.house import templates as page_templates
from inbox.words import sentence
from models.database import Database, head


def create_app(config: Configuration, database: Database, now: Callable[[], datetime] = clock.now) -> FastAPI:
    """The inbox as an ASGI application. The database is opened and closed by the caller, its schema up to date."""
    hosts = LOOPBACK | {config.settings.inbox.host.lower()}
    app = FastAPI(
        title="Earful",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        middleware=[Middleware(Guard, hosts=hosts), Middleware(GZipMiddleware, minimum_size=1000)],
    )
    app.state.house = House(config, database, now, page_templates())
    app.mount("/static", StaticFiles(directory=HERE / "static"), name="static")
    app.include_router(samples.router)
    app.include_router(together.router)
    app.include_router(cases.router)
    app.include_router(heard.router)
    app.include_router(replies.router)
    app.include_router(day.router)
    app.include_router(keyboard.router)
    app.include_router(webhooks.router)
    app.state.pace = webhooks.Pace()
    _add_preferences(app)
    _add_health(app)
    _add_errors(app)
    return app


def check_loopback(host: str) -> None:
    """Refuse an address that others could reach: whoever opens the inbox is signed in.

    Raises:
        ConfigError: the host is not this machine's own loopback.
    """
    if not _is_loopback(host):
        raise ConfigError(
            f'the inbox has no accounts yet and signs in whoever opens it, so it is not served on "{host}"; '
            'set host = "127.0.0.1" under [inbox], and reach it from elsewhere through an SSH tunnel'
        )


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def listen(config: Configuration, port: int | None = None) -> socket.socket:
    """The socket to serve the inbox on, bound and not yet answering; port 0 takes any free one.

    Raises:
        ConfigError: the host is not loopback, or the port is taken.
    """
    inbox = config.settings.inbox
    check_loopback(inbox.host)
    wanted = inbox.port if port is None else port
    try:
        return socket.create_server(
            (inbox.host.strip("[]"), wanted), family=socket.AF_INET6 if ":" in inbox.host else socket.AF_INET
        )
    except OSError as error:
        raise ConfigError(
            f"the inbox can't be served on {inbox.host}:{wanted} ({error.strerror}); "
            "stop what is there, or set another port under [inbox]"
        ) from error


def server(config: Configuration, database: Database) -> uvicorn.Server:
    """The server of the inbox: `server(…).run(sockets=[listen(config)])` serves until it is told to stop."""
    settings = uvicorn.Config(
        create_app(config, database), log_level="warning", proxy_headers=False, server_header=False
    )
    return uvicorn.Server(settings)


def _add_preferences(app: FastAPI) -> None:
    @app.post("/theme")
    def choose_theme(theme: Annotated[str, Form()], back: Annotated[str, Form()] = "/cases") -> Response:
        """Remember light, dark, or as the system has it."""
        if theme not in THEMES:
            raise Unreadable("a theme is auto, light or dark")
        return _remembered(THEME_COOKIE, theme, back)

    @app.post("/you")
    def choose_name(name: Annotated[str, Form()] = "", back: Annotated[str, Form()] = "/cases") -> Response:
        """Remember who is sitting here; an empty name is the system's again."""
        if name.strip() and not clean_name(name):
            raise Unreadable('"earful" is the name of the pipeline itself; take another')
        return _remembered(NAME_COOKIE, name_cookie(clean_name(name)), back)


def _remembered(cookie: str, value: str, back: str) -> Response:
    answer = RedirectResponse(own_path(back), 303)
    answer.set_cookie(cookie, value, max_age=YEAR, httponly=True, samesite="lax")
    return answer


def own_path(back: str) -> str:
    """The way back when it is one of our own pages, the queue otherwise."""
    local = back.startswith("/") and not back.startswith("//") and "\\" not in back and back.isprintable()
    return back if local else "/cases"


def _add_health(app: FastAPI) -> None:
    @app.get("/healthz")
    def healthy() -> Response:
        """The process answers."""
        return JSONResponse({"status": "ok"})

    @app.get("/readyz")
    def ready(request: Request) -> Response:
        """The database answers and has this version's schema."""
        try:
            revision = house(request).database.revision()
        except StoreError as error:
            return JSONResponse({"status": "unavailable", "detail": str(error)}, 503)
        if revision != head():
            return JSONResponse({"status": "unavailable", "detail": "run `earful db upgrade`"}, 503)
        return JSONResponse({"status": "ok"})


def _add_errors(app: FastAPI) -> None:
    @app.exception_handler(HTTPException)
    def refused(request: Request, error: HTTPException) -> HTMLResponse:
        return _error(request, error.status_code, _SAID.get(error.status_code, str(error.detail)))

    @app.exception_handler(cases.NoSuchCase)
    def no_case(request: Request, _: Exception) -> HTMLResponse:
        return _error(request, 404, "There is no such case. It may have been a mistyped address.")

    @app.exception_handler(Unreadable)
    def unreadable(request: Request, error: Unreadable) -> HTMLResponse:
        return _error(request, 422, sentence(error))

    @app.exception_handler(RequestValidationError)
    def invalid(request: Request, error: RequestValidationError) -> HTMLResponse:
        if any(detail["loc"][0] == "path" for detail in error.errors()):
            return _error(request, 404, _SAID[404])
        named = sorted({str(detail["loc"][-1]) for detail in error.errors()})
        return _error(request, 422, f"The form came incomplete or with a value it can't have: {', '.join(named)}.")

    @app.exception_handler(EarfulError)
    def failed(request: Request, error: EarfulError) -> HTMLResponse:
        return _error(request, 503, sentence(error))

    @app.exception_handler(Exception)
    def broken(request: Request, _: Exception) -> HTMLResponse:
        answer = _error(request, 500, _SAID[500])
        answer.headers.update(HEADERS)  # this answer is made outside the guard
        return answer


_SAID = {
    404: "There is no such page here.",
    405: "This page can't be asked for like that.",
    500: "Something went wrong on our side. What you did may not have been stored; the log says what happened.",
}
_TITLES = {404: "Not found", 405: "Not possible", 409: "Changed meanwhile", 422: "Not understood", 503: "Not available"}


def _error(request: Request, status: int, said: str) -> HTMLResponse:
    return page(
        request, "error.html", status, title=_TITLES.get(status, "Something went wrong"), said=said, code=status
    )

"""Puts the inbox together: its layers, its pages, and errors as pages."""

from collections.abc import Callable
from datetime import datetime

from fastapi import FastAPI
from prometheus_client import CollectorRegistry
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.staticfiles import StaticFiles
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from earful import clock
from earful.configfile import Configuration
from earful.settings import InboxSettings
from inbox import (
    account,
    cases,
    day,
    health,
    keyboard,
    lexicon,
    mentions,
    metrics,
    oidc,
    replies,
    rules,
    runs,
    samples,
    settings,
    signin,
    testimonials,
    together,
    tokens,
    told,
    users,
    webhooks,
)  # fmt: skip
from inbox import themes as theme_pages
from inbox.api import create_api
from inbox.errors import add_errors
from inbox.finder import Finder
from inbox.guard import LOOPBACK, Guard, host_of
from inbox.house import House
from inbox.metrics import Durations
from inbox.page import HERE
from inbox.page import templates as page_templates
from inbox.tongues import Tongue
from models.database import Database


def create_app(
    config: Configuration,
    database: Database,
    now: Callable[[], datetime] = clock.now,
    themes: Finder | None = None,
) -> FastAPI:
    """The inbox as an ASGI application. The database is opened and closed by the caller, its schema up to date."""
    inbox = config.settings.inbox
    oidc.check(config)
    durations = CollectorRegistry()
    app = FastAPI(
        title="Earful",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        middleware=[
            # Nobody is believed who says for whom they ask, save the proxies that are configured.
            Middleware(ProxyHeadersMiddleware, trusted_hosts=list(inbox.trusted_proxies)),
            Middleware(Durations, registry=durations),
            Middleware(Tongue),
            Middleware(Guard, hosts=known_as(inbox)),
            # Beyond level 4 a page takes longer to pack than its last few bytes take to send.
            Middleware(GZipMiddleware, minimum_size=1000, compresslevel=4),
        ],
    )
    app.state.house = House(config, database, now, page_templates(), themes)
    app.state.durations = durations
    api = create_api()
    api.state = app.state  # one house for both
    app.mount("/api/v1", api)
    app.mount("/static", StaticFiles(directory=HERE / "static"), name="static")
    # Samples and batches come before the cases, whose addresses would take theirs.
    for each in (samples, together, cases, mentions, runs, replies, rules, theme_pages, day, keyboard, webhooks):
        app.include_router(each.router)
    for each in (settings, lexicon, testimonials, signin, oidc, account, told, users, tokens, health, metrics):
        app.include_router(each.router)
    app.state.pace = webhooks.Pace()
    add_errors(app)
    return app


def known_as(inbox: InboxSettings) -> frozenset[str]:
    """The host names under which the inbox answers."""
    public = host_of(inbox.url.partition("://")[2].partition("/")[0]) if inbox.url else None
    return LOOPBACK | {inbox.host.lower().strip("[]")} | ({public} if public else set())

"""Where and to whom the inbox is served: to this machine, or, once there are accounts, to others."""

import gc
import socket

import uvicorn
from fastapi import FastAPI
from jinja2 import Environment

from earful.configfile import Configuration
from earful.errors import ConfigError
from earful.query import parse_query
from inbox.app import create_app
from inbox.finder import Finder
from inbox.person import is_loopback
from models.accounts import has_accounts
from models.database import Database


def check_reach(host: str, database: Database) -> None:
    """Refuse an address that others could reach while nobody has an account: whoever opens the inbox is signed in.

    Raises:
        ConfigError: the host is not this machine's own loopback, and there are no accounts.
    """
    if is_loopback(host):
        return
    with database.read() as session:
        if has_accounts(session):
            return
    raise ConfigError(
        f'nobody has an account yet, so the inbox is not served on "{host}", where others could open it; make the '
        'first with `earful user add NAME`, or set host = "127.0.0.1" under [inbox] and use an SSH tunnel'
    )


def listen(
    config: Configuration, database: Database, port: int | None = None, *, shared: bool = False
) -> socket.socket:
    """The socket to serve the inbox on, bound and not yet answering; port 0 takes any free one.

    `shared`: other processes serve on it as well, and the system deals the connections out among them.

    Raises:
        ConfigError: others could reach it and nobody has an account, or the port is taken.
    """
    inbox = config.settings.inbox
    check_reach(inbox.host, database)
    wanted = inbox.port if port is None else port
    try:
        listening = socket.create_server(
            (inbox.host.strip("[]"), wanted),
            family=socket.AF_INET6 if ":" in inbox.host else socket.AF_INET,
            reuse_port=shared,
        )
    except OSError as error:
        raise ConfigError(
            f"the inbox can't be served on {inbox.host}:{wanted} ({error.strerror}); "
            "stop what is there, or set another port under [inbox]"
        ) from error
    # asyncio does it for sockets it made itself, and not for this one: a page would wait 40 ms for its head to be
    # acknowledged before its body is sent.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


def server(config: Configuration, database: Database, themes: Finder | None = None) -> uvicorn.Server:
    """The server of the inbox: `server(…).run(sockets=[listen(…)])` serves until it is told to stop."""
    # Forwarded headers are the application's business: it believes only the proxies that are configured.
    app = create_app(config, database, themes=themes)
    settings = uvicorn.Config(app, log_level="warning", proxy_headers=False, server_header=False)
    _warm_up(app)
    _spare_the_collector()
    return uvicorn.Server(settings)


def _warm_up(app: FastAPI) -> None:
    """Do now what the first pages would have to wait for: templates compiled, the language of searches read."""
    templates: Environment = app.state.house.templates
    for name in templates.list_templates():
        templates.get_template(name)
    parse_query("a")


def _spare_the_collector() -> None:
    """Take what is loaded for good out of the garbage collector's sight, and let it look less often.

    A page makes and drops some ten thousand objects; each look through all there is would make everybody wait for a
    tenth of a second, every thirtieth page.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 10, 10)

"""A small server on loopback that answers as it is told, and remembers what it was asked."""

import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

from tests.services import Running


@dataclass
class Asked:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes = b""
    values: dict[str, list[str]] = field(default_factory=dict)  # of the query, where a name stands more than once


@dataclass
class Reply:
    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    declared: int | None = None  # a content-length that is not true
    drip: float = 0  # seconds between single bytes
    reset: bool = False
    times: int = 1  # the body is sent so often


class Fake(Running):
    """Answers with `reply` (or what it returns when called); remembers what it was asked."""

    def __init__(self) -> None:
        self.reply: Reply | Callable[[Asked], Reply] = Reply()
        self.asked: list[Asked] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: Any) -> None: ...

            def do_GET(self) -> None:
                outer.answer(self)

            def do_POST(self) -> None:
                outer.answer(self)

        self.server = server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        server.handle_error = lambda *_: None  # type: ignore[method-assign] # a client may hang up
        self.url = f"http://127.0.0.1:{self.port}"
        self.begin()

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(handler.path)
        body = handler.rfile.read(int(handler.headers.get("content-length") or 0))
        headers = {name.lower(): value for name, value in handler.headers.items()}
        asked = Asked(handler.command, parts.path, dict(parse_qsl(parts.query)), headers, body, parse_qs(parts.query))
        self.asked.append(asked)
        reply = self.reply(asked) if callable(self.reply) else self.reply
        if reply.reset:
            handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            handler.close_connection = True
            handler.connection.close()
            return
        handler.send_response(reply.status)
        for name, value in reply.headers.items():
            handler.send_header(name, value)
        handler.send_header("content-length", str(len(reply.body) if reply.declared is None else reply.declared))
        handler.end_headers()
        self._send(handler, reply)
        handler.close_connection = handler.close_connection or reply.declared is not None

    def _send(self, handler: BaseHTTPRequestHandler, reply: Reply) -> None:
        if not reply.drip:
            for _ in range(reply.times):
                handler.wfile.write(reply.body)
            return
        for byte in reply.body:
            handler.wfile.write(bytes([byte]))
            handler.wfile.flush()
            if self.over.wait(reply.drip):
                return

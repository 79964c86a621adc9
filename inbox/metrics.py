"""`/metrics`, as Prometheus reads it: the numbers of the house, and how long requests take."""

import os
import time
from collections.abc import Iterator, Mapping

from fastapi import APIRouter, Depends, HTTPException, Request
from prometheus_client import CollectorRegistry, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.multiprocess import MultiProcessCollector
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from inbox.api.bearer import shown
from inbox.house import house
from inbox.person import Needs, from_this_machine, person
from models.account import Right
from models.gauges import Gauges, gauges

_FOR_WHOM = "The metrics are for this machine, for tokens with the scope metrics, and for admins."


class Reader(Needs):
    """Lets through whoever is on this machine, shows a token for it, or is signed in as an admin."""

    def __call__(self, request: Request) -> None:
        """Refuse, or let pass.

        Raises:
            HTTPException: 401, none of these.
        """
        token = shown(request)
        known = person(request)
        allowed = (
            from_this_machine(request)
            or (token is not None and Right.METRICS.value in token.scopes)
            or (known is not None and known.may(Right.METRICS))
        )
        if not allowed:
            raise HTTPException(401, _FOR_WHOM, {"WWW-Authenticate": 'Bearer realm="earful"'})


router = APIRouter(include_in_schema=False)

SHARED_IN = "PROMETHEUS_MULTIPROC_DIR"  # names the folder; read by prometheus_client as soon as it is imported
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


class Durations:
    """The ASGI layer that times every request, by method, route and status."""

    def __init__(self, app: ASGIApp, registry: CollectorRegistry) -> None:
        self.app = app
        self.took = Histogram(
            "earful_request_seconds",
            "How long requests took",
            ("method", "route", "status"),
            registry=registry,
            buckets=BUCKETS,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, and note how long it took."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, status = time.perf_counter(), "500"

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = str(message["status"])
            await send(message)

        try:
            await self.app(scope, receive, noting)
        finally:
            self.took.labels(_method(scope), _route(scope), status).observe(time.perf_counter() - began)


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def _method(scope: Scope) -> str:
    return scope["method"] if scope["method"] in _METHODS else "other"


def _route(scope: Scope) -> str:
    """The route as it is declared, never the address asked for: there would be a number for each case."""
    path = getattr(scope.get("route"), "path", None)
    return f"{scope.get('root_path', '')}{path}" if path else "none"


@router.get("/metrics", dependencies=[Depends(Reader(Right.METRICS))])
def metrics(request: Request) -> Response:
    """The numbers, for Prometheus."""
    home = house(request)
    with home.database.read() as session:
        found = gauges(session, home.clock())
    registry = CollectorRegistry()
    registry.register(_Once(found))
    return Response(generate_latest(registry) + generate_latest(_timed(request)), media_type=CONTENT_TYPE_LATEST)


def _timed(request: Request) -> CollectorRegistry:
    """How long requests took: of this process, or of all that serve the inbox, where they keep it in a folder."""
    if SHARED_IN not in os.environ:
        found: CollectorRegistry = request.app.state.durations
        return found
    everybody = CollectorRegistry()
    MultiProcessCollector(everybody)  # type: ignore[no-untyped-call]
    return everybody


class _Once:
    """Hands the numbers of one moment to the library that writes them."""

    def __init__(self, found: Gauges) -> None:
        self.found = found

    def collect(self) -> Iterator[Metric]:
        """Every number with its name."""
        found = self.found
        yield GaugeMetricFamily("earful_mentions", "Mentions in the store", found.mentions)
        yield CounterMetricFamily("earful_flagged", "Cases ever opened", found.flagged)
        yield _labelled("earful_cases", "Cases that are not done", ("brand", "status"), found.cases)
        yield _labelled("earful_cases_overdue", "Cases past their promise", ("brand",), found.overdue)
        yield _labelled("earful_waiting", "Mentions to be read, or judged", ("stage",), found.waiting_stage)
        yield GaugeMetricFamily("earful_outbox_waiting", "Messages that wait to be sent", found.outbox)
        yield _labelled("earful_runs", "Runs in the ledger, by how they ended", ("status",), found.runs)
        if found.last_run_at:
            at = found.last_run_at.timestamp()
            yield GaugeMetricFamily("earful_last_run_timestamp_seconds", "When the last run began", at)


def _labelled(
    name: str, said: str, labels: tuple[str, ...], counts: Mapping[str, int] | Mapping[tuple[str, str], int]
) -> Metric:
    family = GaugeMetricFamily(name, said, labels=labels)
    for key, count in counts.items():
        family.add_metric(key if isinstance(key, tuple) else (key,), count)
    return family

"""Speaks to a Prefect server on this machine through its REST API: no import of Prefect, which takes seconds."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any, Self

import httpx

from earful.busy import is_busy, patiently
from earful.errors import EarfulError
from flows.plan import POOL, TAG, Changes, DueRun, FoundSchedule, Planned, PlannedSchedule, changes, superseded

QUICKLY = 0.3
ENDED = frozenset({"COMPLETED", "FAILED", "CRASHED", "CANCELLED"})
PAUSES = (0.1, 0.2, 0.4, 0.8, 1.6, 3.2)  # seconds after each try that the server was too busy for
OURS = {"tags": {"all_": [TAG]}}


class ServerIll(EarfulError):
    """The Prefect server does not answer, or not as it should; says what it was asked and what it said."""


@dataclass(frozen=True, slots=True)
class FlowRun:
    """A flow run as the server tells it."""

    id: str
    name: str
    state: str  #: "COMPLETED", "FAILED", "RUNNING", …
    message: str
    flow: str  #: "collect", "read", …; "" for one that is not ours
    parameters: Mapping[str, Any]
    expected_at: datetime

    @property
    def ended(self) -> bool:
        """Whether it has come to an end, good or bad."""
        return self.state in ENDED


class Server:
    """The REST API of one Prefect server."""

    def __init__(self, port: int, timeout: float = 20.0) -> None:
        # Loopback never goes through a proxy that the environment names.
        self._http = httpx.Client(base_url=f"http://127.0.0.1:{port}/api", timeout=timeout, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def _ask(self, method: str, path: str, body: object = None) -> Any:
        """Ask, and ask again while the server is busy: its database has one writer at a time."""
        answer = patiently(partial(self._answer, method, path, body), _to_be_asked_again, PAUSES)
        if isinstance(answer, httpx.Response) and answer.is_success:
            return answer.json() if answer.content else None
        said = f"{answer.status_code} {answer.text[:300]}" if isinstance(answer, httpx.Response) else str(answer)
        raise ServerIll(f"the Prefect server on port {self._http.base_url.port} answered {method} {path} with: {said}")

    def _answer(self, method: str, path: str, body: object) -> httpx.Response | httpx.HTTPError:
        try:
            return self._http.request(method, path, json=body)
        except httpx.HTTPError as error:
            return error

    def healthy(self) -> bool:
        """Whether it answers, quickly."""
        try:
            return self._http.get("/health", timeout=QUICKLY).is_success
        except httpx.HTTPError:
            return False

    def home(self) -> str | None:
        """The folder it keeps its state in: tells our own server from another one on the same port."""
        try:
            told = self._http.get("/admin/settings", timeout=5.0)
            return str(told.json().get("home")) if told.is_success else None
        except (httpx.HTTPError, ValueError, AttributeError):
            return None

    # ------------------------------------------------------------------------------------------------- deployments

    def has_worker(self) -> bool:
        """Whether a worker waits for our flow runs."""
        workers = self._ask("POST", f"/work_pools/{POOL}/workers/filter", {})
        return any(worker["status"] == "ONLINE" for worker in workers)

    def make_pool(self) -> None:
        """Make the work pool when it is not there; the worker fills in the rest."""
        answer = self._http.get(f"/work_pools/{POOL}")
        if answer.status_code == httpx.codes.NOT_FOUND:
            self._ask("POST", "/work_pools/", {"name": POOL, "type": "process"})

    def reconcile(self, plan: Sequence[Planned], bodies: Mapping[str, Mapping[str, Any]]) -> list[str]:
        """Make the server's deployments and schedules the planned ones.

        Args:
            plan: what is wanted
            bodies: for each flow, what else its deployment says (`description`, `pull_steps`, …)

        Returns:
            one line for each thing that was changed.
        """
        there = {each["name"]: each for each in self._deployments()}
        done: list[str] = []
        for each in plan:
            done += self._reconcile(each, dict(bodies[each.flow]), there.pop(each.name, None))
        for left in there.values():
            self._ask("DELETE", f"/deployments/{left['id']}")
            done.append(f"removed {left['name']}")
        return done

    def _reconcile(self, wanted: Planned, body: dict[str, Any], there: dict[str, Any] | None) -> list[str]:
        if there is None:
            flow = self._ask("POST", "/flows/", {"name": wanted.flow})
            schedules = [_schedule(each) for each in wanted.schedules]
            self._ask(
                "POST", "/deployments/", body | {"name": wanted.name, "flow_id": flow["id"], "schedules": schedules}
            )
            return [f"added {wanted.name}"]
        done = []
        # Asked to change a deployment, the server drops its scheduled runs; so it is asked only for what differs.
        if differs := {key: value for key, value in body.items() if there.get(key) != value}:
            self._ask("PATCH", f"/deployments/{there['id']}", differs)
            done.append(f"changed {wanted.name}: {', '.join(sorted(differs))}")
        found = [_found(schedule) for schedule in there["schedules"]]
        return done + self._apply(there["id"], wanted.name, changes(wanted.schedules, found))

    def _apply(self, deployment: str, name: str, todo: Changes) -> list[str]:
        place = f"/deployments/{deployment}/schedules"
        if todo.add:
            self._ask("POST", place, [_schedule(each) for each in todo.add])
        for schedule_id, schedule in todo.change:
            told = _schedule(schedule)
            del told["active"]
            self._ask("PATCH", f"{place}/{schedule_id}", told)
        for schedule_id in todo.remove:
            self._ask("DELETE", f"{place}/{schedule_id}")
        counts = {"added": todo.add, "changed": todo.change, "removed": todo.remove}
        return [f"{done} {len(which)} schedules of {name}" for done, which in counts.items() if which]

    # --------------------------------------------------------------------------------------------------- flow runs

    def submit(self, flow: str, parameters: Mapping[str, Any]) -> str:
        """Ask for a run of a flow's deployment now. Returns the flow run's id."""
        deployment = self._ask("GET", f"/deployments/name/{flow}/earful-{flow}")
        body = {"parameters": dict(parameters), "state": {"type": "SCHEDULED"}}
        return str(self._ask("POST", f"/deployments/{deployment['id']}/create_flow_run", body)["id"])

    def flow_run(self, flow_run_id: str) -> FlowRun:
        """One flow run as it stands."""
        return _flow_run(self._ask("GET", f"/flow_runs/{flow_run_id}"), {})

    def artifact(self, flow_run_id: str, key: str) -> list[dict[str, Any]]:
        """The rows of a table that a flow run published; none when it did not."""
        asked = {"artifacts": {"flow_run_id": {"any_": [flow_run_id]}, "key": {"any_": [key]}}}
        found = self._ask("POST", "/artifacts/filter", asked)
        return list(json.loads(found[0]["data"])) if found else []

    def _runs(self, chosen: Mapping[str, Any], sort: str, limit: int = 200) -> list[dict[str, Any]]:
        asked = {"flow_runs": chosen, "deployments": OURS, "sort": sort, "limit": limit}
        return list(self._ask("POST", "/flow_runs/filter", asked))

    def _names(self) -> dict[str, str]:
        return {each["id"]: each["name"].removeprefix("earful-") for each in self._deployments()}

    def _deployments(self) -> list[dict[str, Any]]:
        return list(self._ask("POST", "/deployments/filter", {"deployments": OURS}))

    def active_schedules(self, flow: str) -> int:
        """How many schedules of a flow nobody has paused."""
        theirs = [each for each in self._deployments() if each["name"] == f"earful-{flow}" and not each["paused"]]
        return sum(schedule["active"] for each in theirs for schedule in each["schedules"])

    def coming(self, limit: int = 50) -> list[FlowRun]:
        """The runs that are scheduled next, soonest first."""
        names = self._names()
        runs = self._runs({"state": {"type": {"any_": ["SCHEDULED"]}}}, "EXPECTED_START_TIME_ASC", limit)
        return [_flow_run(run, names) for run in runs]

    def ended_since(self, moment: datetime) -> list[FlowRun]:
        """The runs that ended after this moment, oldest first."""
        names = self._names()
        runs = self._runs({"end_time": {"after_": moment.isoformat()}}, "END_TIME_DESC")
        return [_flow_run(run, names) for run in reversed(runs)]

    def skip_superseded(self, now: datetime) -> int:
        """Cancel the late runs that a later due one makes needless. Returns how many."""
        chosen = {"state": {"type": {"any_": ["SCHEDULED"]}}, "expected_start_time": {"before_": now.isoformat()}}
        late = [run for run in self._runs(chosen, "EXPECTED_START_TIME_ASC") if run["auto_scheduled"]]
        needless = superseded([_due(run) for run in late])
        for flow_run_id in needless:
            self._end(flow_run_id, "CANCELLED", "Skipped", "a later run of the same schedule does its work")
        return len(needless)

    def end_orphans(self) -> int:
        """End the runs whose process can't be alive any more, at a moment when no worker runs. Returns how many."""
        chosen = {"state": {"type": {"any_": ["RUNNING", "PENDING", "CANCELLING"]}}}
        orphans = self._runs(chosen, "EXPECTED_START_TIME_ASC")
        for run in orphans:
            self._end(run["id"], "CRASHED", "Crashed", "its process was gone; what it had stored is whole")
        return len(orphans)

    def _end(self, flow_run_id: str, kind: str, name: str, message: str) -> None:
        state = {"type": kind, "name": name, "message": message}
        self._ask("POST", f"/flow_runs/{flow_run_id}/set_state", {"state": state, "force": True})

    def free_limits(self, prefix: str) -> None:
        """Free the slots of our limits, at a moment when nothing runs: who held them is gone."""
        for limit in self._ask("POST", "/v2/concurrency_limits/filter", {}):
            if limit["name"].startswith(prefix) and limit["active_slots"]:
                self._ask("PATCH", f"/v2/concurrency_limits/{limit['id']}", {"active_slots": 0})


def _schedule(planned: PlannedSchedule) -> dict[str, Any]:
    when = {"cron": planned.cron, "timezone": planned.time_zone}
    return {"schedule": when, "active": True, "parameters": dict(planned.parameters), "slug": planned.slug}


def _found(told: Mapping[str, Any]) -> FoundSchedule:
    when = told["schedule"]
    return FoundSchedule(
        id=told["id"],
        slug=told.get("slug"),
        cron=when.get("cron"),
        time_zone=when.get("timezone") or "UTC",
        parameters=told.get("parameters") or {},
        active=told["active"],
    )


def _due(told: Mapping[str, Any]) -> DueRun:
    what = json.dumps([told["deployment_id"], told["parameters"]], sort_keys=True)
    return DueRun(told["id"], what, _moment(told["expected_start_time"]).isoformat())


def _flow_run(told: Mapping[str, Any], names: Mapping[str, str]) -> FlowRun:
    state = told.get("state") or {}
    return FlowRun(
        id=told["id"],
        name=told["name"],
        state=told.get("state_type") or "SCHEDULED",
        message=state.get("message") or "",
        flow=names.get(told["deployment_id"], ""),
        parameters=told.get("parameters") or {},
        expected_at=_moment(told["expected_start_time"]),
    )


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def next_of_each(runs: Sequence[FlowRun]) -> Iterator[FlowRun]:
    """The next run of each flow and brand, soonest first."""
    seen: set[str] = set()
    for run in runs:
        key = json.dumps([run.flow, run.parameters], sort_keys=True)
        if key not in seen:
            seen.add(key)
            yield run


def _to_be_asked_again(answer: httpx.Response | httpx.HTTPError) -> bool:
    return not isinstance(answer, httpx.Response) or is_busy(answer)

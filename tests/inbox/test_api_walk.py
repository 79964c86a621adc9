"""A program walks the API: it lists, reads, changes with the version it read, and lists again; all of it agrees."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from earful.values import Label, Severity
from models.account import SCOPES
from models.acts import OF_PIPELINE, Verb
from models.case import Dismissal, Outcome, Remedy
from tests.inbox.conftest import POSTS, Filler
from tests.inbox.test_schema import CHECKS
from tests.local import LOCAL

pytestmark = pytest.mark.slow

Json = dict[str, Any]
IN_VIEW = {
    "open": {"open", "assigned"},
    "waiting": {"waiting"},
    "snoozed": {"snoozed"},
    "done": {"resolved", "dismissed"},
    "all": {"open", "assigned", "waiting", "snoozed", "resolved", "dismissed"},
}
ACTS = st.fixed_dictionaries(
    {"verb": st.sampled_from(sorted(set(Verb) - OF_PIPELINE))},
    optional={
        "to": st.sampled_from(["lee", "", "Ивана"]),
        "text": st.sampled_from(["", "we mended it", "<b>\u202e"]),
        "reason": st.sampled_from(Dismissal),
        "says": st.sampled_from(Label),
        "until": st.sampled_from(["2027-03-05T12:00:00Z", "2020-01-01T00:00:00+02:00"]),
        "tag": st.sampled_from(["vip", "#Hotel  bill", " "]),
        "severity": st.sampled_from(Severity),
        "remedy": st.sampled_from(Remedy),
        "amount": st.sampled_from(["", "12,50", "much"]),
        "currency": st.sampled_from(["", "nok"]),
        "outcome": st.sampled_from(Outcome),
    },
)

CORRECTIONS = st.fixed_dictionaries({"label": st.sampled_from([None, *Label])}, optional={"about_us": st.booleans()})


class Program(RuleBasedStateMachine):
    """A program with one case before it among sixty; every answer is held against the OpenAPI document."""

    schema: schemathesis.schemas.BaseSchema
    api: httpx.Client
    filler: Filler

    @initialize(flagged=st.sampled_from(POSTS[:6]))
    def something_is_flagged(self, flagged: Json) -> None:
        number = self.filler.post(flagged)
        self.case = self.get(f"/cases/{number}")
        self.log = self.get(f"/cases/{number}/events")
        self.said: list[Json] = []

    def get(self, address: str) -> Any:
        answer = self.api.get(address)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def every(self, address: str) -> list[Json]:
        items, following = [], address
        while following:
            page = self.get(following.removeprefix("/api/v1"))
            items += page["items"]
            following = page["next"]
        return items

    def send(self, path: str, body: Json) -> httpx.Response:
        operation = self.schema[path]["POST"]
        sent = operation.Case(path_parameters={"case_id": self.case["id"]}, body=body, media_type="application/json")
        answer = self.api.post(sent.formatted_path, json=body)
        sent.validate_response(answer, headers=dict(self.api.headers), checks=CHECKS)
        return answer

    def act(self, what: Json, version: int) -> httpx.Response:
        return self.send("/cases/{case_id}/acts", {**what, "version": version})

    @rule(what=ACTS)
    def it_acts(self, what: Json) -> None:
        version = self.case["version"]
        answer = self.act(what, version)
        if answer.status_code == 409:
            return
        assert answer.status_code == 200
        self.case, before = answer.json(), self.log
        self.log = self.get(f"/cases/{self.case['id']}/events")
        assert self.case["version"] == version + 1
        assert self.log[:-1] == before, "one act, one event"
        assert self.log[-1]["actor"] == "api:crm"

    @precondition(lambda self: self.case["version"] > 1)
    @rule(what=ACTS)
    def it_acts_on_what_it_read_before(self, what: Json) -> None:
        assert self.act(what, self.case["version"] - 1).status_code == 409

    @rule(what=CORRECTIONS)
    def it_corrects(self, what: Json) -> None:
        answer = self.send("/corrections", {**what, "mention_id": self.case["mention_id"]})
        if answer.status_code == 201:
            self.said.insert(0, answer.json())
        else:
            assert answer.status_code == 422

    @rule(view=st.sampled_from(sorted(IN_VIEW)), limit=st.sampled_from([7, 200]))
    def it_lists(self, view: str, limit: int) -> None:
        cases = self.every(f"/cases?view={view}&limit={limit}")
        assert len({case["id"] for case in cases}) == len(cases)
        assert {case["status"] for case in cases} <= IN_VIEW[view]
        ours = [case for case in cases if case["id"] == self.case["id"]]
        assert ours == ([self.case] if self.case["status"] in IN_VIEW[view] else [])

    @invariant()
    def what_was_refused_changed_nothing(self) -> None:
        number = self.case["id"]
        assert self.get(f"/cases/{number}") == self.case
        assert self.get(f"/cases/{number}/events") == self.log

    @invariant()
    def what_it_said_of_the_mention_stands_there(self) -> None:
        mention = self.case["mention_id"]
        stored = self.every(f"/corrections?mention_id={mention}&limit=200")
        assert [each for each in stored if each in self.said] == self.said, "a dismissal corrects the reading as well"
        assert self.get(f"/mentions/{mention}")["case_id"] == self.case["id"]


def test_what_a_program_reads_and_what_it_changes_agree(served: str, more: Filler, token: Callable[..., str]) -> None:
    schema = schemathesis.openapi.from_url(f"{served}/api/v1/openapi.json")
    headers = {"Authorization": f"Bearer {token(*SCOPES)}"}
    few = settings(
        max_examples=30,
        stateful_step_count=20,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    with httpx.Client(base_url=f"{served}/api/v1", headers=headers, **LOCAL) as api:
        walk = type("Walk", (Program,), {"schema": schema, "filler": more, "api": api})
        run_state_machine_as_test(walk, settings=few)

"""The rules page: a rule is tried, kept, changed, moved and switched, and nobody's change is lost."""

import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from earful.configfile import Configuration
from earful.settings import Rule
from models.account import Role
from models.accounts import disable, user_named
from models.database import Database
from models.rules import history, in_force, list_rules
from tests.inbox.conftest import NOW

pytestmark = pytest.mark.slow  # whole pages: with the other files of pages half a minute

FORM = {"verb": "save", "name": "Luggage", "query": "bag OR luggage", "severity": "high", "tags": "Bag, #late"}


def post(client: httpx.Client, path: str = "/rules", **said: Any) -> httpx.Response:
    return client.post(path, data={**FORM, **said})


def rules(database: Database) -> list[Rule]:
    with database.read() as session:
        return list(in_force(session, []))


def test_a_rule_is_tried_without_being_kept(client: httpx.Client, filled: Database) -> None:
    page = post(client, verb="try", name="Calm ones", query="flies OR skis", days="365")
    assert page.status_code == 200
    assert re.search(r"<b>2</b><span>more flagged</span>", page.text)
    assert "Does anybody know whether Fjord Air allows skis?" in page.text
    assert 'value="flies OR skis"' in page.text  # what was typed is still there
    assert rules(filled) == []
    page = post(client, verb="try", does="leave", query="bag", severity="", tags="", days="365")
    assert int(re.findall(r"<b>(\d+)</b><span>fewer</span>", page.text)[0]) > 5


def test_a_rule_is_kept_changed_switched_moved_and_deleted(client: httpx.Client, filled: Database) -> None:
    assert post(client).headers["location"] == "/rules"
    assert rules(filled) == [Rule(name="Luggage", query="bag OR luggage", severity="high", tags=("bag", "late"))]
    assert 'value="bag, late"' in client.get("/rules/1").text
    post(client, "/rules/1", version="1", name="Bags", rating_to="2.5", author_seen="false")
    changed = rules(filled)[0]
    assert (changed.name, changed.rating_to, changed.author_seen) == ("Bags", 2.5, False)
    post(client, name="Second")
    assert client.post("/rules/2", data={"verb": "up", "version": "1"}).status_code == 303
    assert [each.name for each in rules(filled)] == ["Second", "Bags"]
    client.post("/rules/1", data={"verb": "off", "version": "2"})
    assert [each.name for each in rules(filled)] == ["Second"]
    client.post("/rules/2", data={"verb": "delete", "version": "2"})
    page = client.get("/rules").text
    assert "switched off" in page
    assert "Second" in page  # its history stays
    with filled.read() as session:
        assert [row.name for row in list_rules(session)] == ["Bags"]
        assert {change.actor for change in history(session)} == {"dana"}


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"query": ""}, "asks nothing"),
        ({"query": "bag AND ("}, "column"),
        ({"rating_from": "many"}, "stars: this must be a number"),
        ({"name": ""}, "name"),
        ({"brands": "Tazzorin"}, "there is no brand"),
        ({"does": "explode"}, "does"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused_and_still_there_to_mend(
    client: httpx.Client, filled: Database, said: dict[str, str], why: str
) -> None:
    for verb in ("try", "save"):
        page = post(client, verb=verb, **said)
        assert page.status_code == 422
        assert why in page.text.lower()
        assert 'value="Bag, #late"' in page.text
    assert rules(filled) == []


def test_a_rule_gives_cases_only_to_who_works_on_them(
    signed_in: Callable[[Role | None], httpx.Client], team: Database
) -> None:
    admin = signed_in(Role.ADMIN)
    for verb in ("try", "save"):
        refused = post(admin, verb=verb, assignee="agnet")
        assert refused.status_code == 422
        assert "nobody who works on cases is called “agnet”; did you mean &#34;agent&#34;?" in refused.text.lower()
        assert "nobody who works" in post(admin, verb=verb, assignee="viewer").text.lower(), "one who only reads"
    assert post(admin, assignee=" Agent").status_code == 303
    assert [rule.assignee for rule in rules(team)] == ["agent"]
    assert "any more; give it to somebody else" not in admin.get("/rules").text
    with team.write() as session:
        disable(session, user_named(session, "agent"), NOW)
    assert "called <bdi>agent</bdi> any more; give it to somebody else" in admin.get("/rules").text
    assert post(admin, "/rules/1", version="1", name="Other", assignee="agent").status_code == 422


def test_without_accounts_a_rule_takes_any_name(client: httpx.Client, filled: Database) -> None:
    assert post(client, assignee="Somebody").status_code == 303
    assert "any more" not in client.get("/rules").text


def test_a_stale_change_is_refused_and_says_who_was_first(client: httpx.Client, filled: Database) -> None:
    post(client)
    post(client, "/rules/1", version="1", name="Bags")
    for verb in ("save", "off", "delete"):
        page = post(client, "/rules/1", version="1", verb=verb)
        assert (page.status_code, "dana changed this rule meanwhile" in page.text.lower()) == (409, True)
    assert client.get("/rules/99").status_code == 404
    assert client.post("/rules/99", data={"verb": "up", "version": "1"}).status_code == 404
    assert rules(filled)[0].name == "Bags"


def test_the_configuration_file_says_where_it_sets_what(
    client: httpx.Client, config: Configuration, filled: Database
) -> None:
    config.path.write_text("[flagging]\nrating_at_most = 2\n")
    assert re.search(r"Set in <code>earful.toml</code>, line 1;", client.get("/rules").text)

import re

import httpx
import pytest

from inbox.keys import ACTIONS, Keys, KeysRefused, checked_keys, read_keys
from models.database import Database


def test_every_key_is_for_one_thing_from_the_start() -> None:
    assert len({key for key, _ in ACTIONS.values()}) == len(ACTIONS)
    assert checked_keys(True, {action: key for action, (key, _) in ACTIONS.items()}) == Keys()


def test_a_key_can_be_changed() -> None:
    keys = checked_keys(True, {"next": "w", "previous": ""})
    assert (keys.key("next"), keys.key("previous")) == ("w", "k")
    assert read_keys(keys.as_json()) == keys


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"next": "k", "previous": "k"}, "can't be for both"),
        ({"next": "ab"}, "one single"),
        ({"next": "\x07"}, "one single"),
    ],
)
def test_keys_that_can_not_be(given: dict[str, str], said: str) -> None:
    with pytest.raises(KeysRefused, match=said):
        checked_keys(True, given)


def test_keys_stay_a_person_s_own_when_an_act_is_new_whose_first_key_they_gave_to_another() -> None:
    before_praise = {"on": True, "changed": {"open": "p", "next": "w"}}
    keys = read_keys(before_praise)
    assert [keys.key(action) for action in ("open", "next", "praise", "previous")] == ["p", "w", "", "k"]
    assert keys.shown("praise") == "–"
    as_their_page_sends_it = {action: keys.key(action) for action in ACTIONS}
    assert checked_keys(True, as_their_page_sends_it) == keys
    assert checked_keys(True, {**as_their_page_sends_it, "open": "o"}).key("praise") == "p"


@pytest.mark.parametrize(
    "kept", [None, 7, "x", [], {"changed": 3}, {"changed": {"next": "k", "previous": "k"}}, {"changed": {"x": {}}}]
)
def test_what_was_kept_badly_is_as_at_first(kept: object) -> None:
    assert read_keys(kept) == Keys()


@pytest.mark.slow
def test_keys_are_changed_and_switched_off_on_their_page(client: httpx.Client, filled: Database) -> None:
    assert 'data-action="next" data-key="j"' in client.get("/cases").text
    asked = {action: key for action, (key, _) in ACTIONS.items()}
    assert client.post("/keys", data={**asked, "on": "yes", "next": "<"}).status_code == 303
    assert 'data-action="next" data-key="&lt;"' in client.get("/cases").text
    refused = client.post("/keys", data={**asked, "on": "yes", "next": "k"})
    assert refused.status_code == 422
    assert re.search("can&#39;t be for both .*next case.* and .*previous case", refused.text)
    client.post("/keys", data=asked)
    html = client.get("/cases").text
    assert "data-key=" not in html
    assert "<kbd>" not in html
    client.post("/keys", data={"verb": "reset"})
    assert 'data-action="next" data-key="j"' in client.get("/cases").text

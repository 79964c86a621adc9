"""What the settings work out from what was set."""

import pytest

from earful.query import Term, parse_query
from earful.settings import Brand, Competitor, InboxSettings


@pytest.mark.parametrize("name", ['The "Best" Café', "back\\slash", "NOT", "a OR b", "lang:en", "C++", "„Лукс“"])
def test_a_name_is_looked_for_as_it_is_written(name: str) -> None:
    for party in (Brand(name=name), Competitor(name=name)):
        query = parse_query(party.search)
        assert isinstance(query.root, Term)
        assert query.matches(f"I bought it at {name} today")


@pytest.mark.parametrize(
    ("inbox", "here", "address"),
    [
        ({}, "http://127.0.0.1:8420/", "http://127.0.0.1:8420/"),
        ({"host": "0.0.0.0"}, "http://127.0.0.1:8420/", "http://127.0.0.1:8420/"),
        ({"host": "::1", "port": 80}, "http://[::1]:80/", "http://[::1]:80/"),
        ({"url": "https://ears.example"}, "http://127.0.0.1:8420/", "https://ears.example/"),
    ],
)
def test_the_way_to_the_inbox(inbox: dict[str, object], here: str, address: str) -> None:
    found = InboxSettings.model_validate(inbox)
    assert (found.here, found.address) == (here, address)

"""The page of themes: how often each came, and new ones to take, rename or refuse."""

import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from earful import extras
from earful.values import FoundMention, Severity
from models.database import Database

pytestmark = pytest.mark.slow  # whole pages: with the other files of pages half a minute

SAID = (
    "My Fjord Air seat battery drains overnight, number {}",
    "Charging the battery on Fjord Air again, case {}",
    "Raspberry is the only flavour on Fjord Air {}",
    "Raspberry tastes like soap in flavour {}",
)


@pytest.fixture
def talked(filler: Any) -> Any:
    for number in range(10):
        for kind, said in enumerate(SAID):
            found = FoundMention(f"t{number}-{kind}", said.format(number), author="a", published_at=filler.now)
            filler.hear(found, "Fjord Air", "reddit", filler.now, Severity.LOW, "en")
    return filler


def test_themes_are_counted_with_their_stage(client: httpx.Client, filled: Database) -> None:
    page = client.get("/themes?brand=Fjord+Air").text
    assert "delivery</bdi>" in page
    assert "get help</td>" in page
    assert "Look for new themes" in page


def test_a_theme_is_proposed_taken_under_another_name_or_refused(
    client: httpx.Client, talked: Any, tmp_path: Path
) -> None:
    pytest.importorskip("sklearn")
    page = client.get("/themes?look=yes&brand=Fjord+Air").text
    assert "battery" in page
    assert re.search("battery (drains|on)", page)
    sent = {"brand": "Fjord Air", "language": "en", "words": "batter* | drains overnight"}
    taken = client.post("/themes", data={**sent, "verb": "accept", "name": "power <b>", "stage": "use"})
    assert taken.status_code == 303
    assert "[power <b> | use]" in (tmp_path / "themes.txt").read_text("utf-8")
    told = client.get(taken.headers["location"]).text
    assert "[power &lt;b&gt; | use]" in told
    assert 'power &lt;b&gt;</bdi></a> <span class="badge calm">own' in told
    refused = client.post("/themes", data={**sent, "verb": "refuse", "words": "raspberry flavour"})
    assert refused.headers["location"] == "/themes?brand=Fjord+Air&look=yes"
    assert "[refused]" in (tmp_path / "themes.txt").read_text("utf-8")


@pytest.mark.parametrize(
    ("sent", "why"),
    [
        ({"name": "battery", "words": "batter*"}, "new theme: give the stage"),
        ({"name": "battery", "stage": "use", "words": " "}, "a name and words"),
        ({"name": "battery", "stage": "use", "words": "c*"}, "themes.txt"),
        ({"name": "a\nb", "stage": "use", "words": "batter*"}, "on one line"),
        ({"name": "Delivery", "stage": "use", "words": "courier*"}, "with the stage &#34;receive&#34;"),
        ({"name": "battery", "stage": "fly", "words": "batter*"}, "themes.txt"),
    ],
)
def test_what_can_be_no_theme_is_said_and_kept_from_the_file(
    client: httpx.Client, filled: Database, tmp_path: Path, sent: dict[str, str], why: str
) -> None:
    page = client.post("/themes", data={"verb": "accept", "language": "en", **sent})
    assert page.status_code == 422
    assert why in page.text
    assert not (tmp_path / "themes.txt").exists()


def test_without_scikit_learn_the_page_says_how_to_get_it(
    client: httpx.Client, filled: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extras, "find_spec", lambda _: None)
    page = client.get("/themes?look=yes")
    assert page.status_code == 200
    assert "pip install scikit-learn" in page.text
    assert "Themes there are" in page.text

"""`earful themes` as a person uses it: count, propose, take, refuse, and read with what was taken."""

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.skipif(find_spec("sklearn") is None, reason="needs scikit-learn")

CONFIG = """
[[brands]]
name = "Brygvell"
languages = ["en"]
"""
SAID = [
    "My Brygvell battery drains overnight, number {}",
    "Charging the Brygvell battery again, case {}",
    "Raspberry is the flavour for me, Brygvell {}",
    "Raspberry tastes like soap in flavour {}",
]


@pytest.fixture
def heard(earful: Any, folder: Path) -> Any:
    """`earful` with mentions about batteries and tastes, which no shipped theme knows."""
    (folder / "earful.toml").write_text(CONFIG, "utf-8")
    rows = [{"id": f"{i}-{j}", "text": text.format(i)} for i in range(10) for j, text in enumerate(SAID)]
    (folder / "posts.jsonl").write_text("\n".join(map(json.dumps, rows)), "utf-8")
    assert earful("import", "posts.jsonl", "--brand", "Brygvell").code == 0
    return earful


@pytest.mark.slow
def test_a_theme_is_proposed_taken_and_read_from_then_on(heard: Any, folder: Path) -> None:
    proposed = heard("themes", "propose", "--json").rows
    assert any("battery" in one["words"] for one in proposed)
    shown = [[each["text"].rstrip("0123456789") for each in one["examples"]] for one in proposed]
    assert all(some and len(set(some)) == len(some) for some in shown)  # ten say the same but for a number
    taken = heard("themes", "accept", "battery", "--stage", "use", "--language", "en", "--words", "batter* | drains")
    assert (taken.code, "[battery | use]" in taken.out) == (0, True)
    assert not any(
        "battery" in one["words"] for one in heard("themes", "propose", "--json").rows
    )  # nor before a reading
    assert heard("read", "--again", "--yes").code == 0
    counted = {one["theme"]: one for one in heard("themes", "list", "--json").rows}
    assert counted["battery"] == {"theme": "battery", "stage": "use", "own": True, "mentions": 20} | {
        "negative": counted["battery"]["negative"]
    }
    assert not any("battery" in one["words"] for one in heard("themes", "propose", "--json").rows)


@pytest.mark.slow
def test_what_is_refused_is_not_proposed_again(heard: Any, folder: Path) -> None:
    for one in heard("themes", "propose", "--json").rows:
        assert heard("themes", "refuse", "--language", "en", "--words", " ".join(one["words"])).code == 0
    assert heard("themes", "propose", "--json").rows == []
    assert "[refused]" in (folder / "themes.txt").read_text("utf-8")


@pytest.mark.parametrize("name", ["b]at", "[bat", "bat|use", "refused", " "])
def test_what_can_t_be_a_heading_is_no_name(earful: Any, folder: Path, name: str) -> None:
    (folder / "earful.toml").write_text(CONFIG, "utf-8")
    ran = earful("themes", "accept", name, "--stage", "use", "--language", "en", "--words", "charg*")
    assert (ran.code, "can't be a theme's name" in ran.err) == (2, True)
    assert not (folder / "themes.txt").exists()


def test_a_language_that_there_is_not_is_refused_and_others_have_one_code(earful: Any, folder: Path) -> None:
    (folder / "earful.toml").write_text(CONFIG, "utf-8")
    for what in (("accept", "bat", "--stage", "use"), ("refuse",)):
        ran = earful("themes", *what, "--language", "xx", "--words", "charg*")
        assert (ran.code, 'no language "xx"' in ran.err) == (2, True)
    ran = earful("themes", "accept", "bat", "--stage", "use", "--language", "nb", "--words", "går tom")
    assert (ran.code, "'| går tom'" in ran.err) == (0, True)
    assert "\nno: går tom\n" in (folder / "themes.txt").read_text("utf-8")


@pytest.mark.parametrize("name", ["delivery", "Delivery"])
def test_words_added_to_a_theme_that_is_there_leave_its_name_and_stage(earful: Any, folder: Path, name: str) -> None:
    (folder / "earful.toml").write_text(CONFIG, "utf-8")
    for words in ("courier*", "postman"):
        given = (name, "--language", "en", "--words", words)
        assert 'with the stage "receive"' in earful("themes", "accept", *given, "--stage", "use").err
        assert "[delivery | receive]" in earful("themes", "accept", *given).out
    assert "\n[delivery | receive]\nen: courier*\nen: postman\n" in (folder / "themes.txt").read_text("utf-8")


def test_mistakes_say_what_to_do(earful: Any, folder: Path) -> None:
    words = ("--language", "en", "--words", "charg*")
    assert "`earful init`" in earful("themes", "accept", "battery", "--stage", "use", *words).err
    (folder / "earful.toml").write_text(CONFIG, "utf-8")
    assert "give the stage" in earful("themes", "accept", "battery", *words).err
    assert "name and words" in earful("themes", "refuse", "--language", "en", "--words", "| |").err
    (folder / "themes.txt").write_text("[battery | use]\nen: c*\n", "utf-8")
    broken = earful("check")
    assert broken.code == 2
    assert "themes.txt:2: 'c*'" in broken.err

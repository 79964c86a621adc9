"""`earful query`: what matches in a file and why, and what a changed query would gain and lose."""

from pathlib import Path
from typing import Any

import pytest

CONFIG = """
[[brands]]
name = "Apfel"
query = "apple"
[[brands.sources]]
type = "file"
name = "forum"
path = "forum.csv"
match = "query"
[[brands.sources]]
type = "file"
name = "own"
path = "own.csv"
[[brands.competitors]]
name = "Birne"
query = "pear"
[[brands]]
name = "Other"
query = "plum"
[[brands.sources]]
type = "file"
name = "plums"
path = "plums.csv"
match = "query"
"""
FRUIT = "apple NOT (pie OR juice)"
SAID = ["An apple phone", "apple pie", "Ápple and pear", "no fruit"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("t.csv", "id,text\n1,An apple phone\n2,apple pie\n3,Ápple and pear\n4,no fruit\n5,\n"),
        ("t.tsv", "id\ttext\n1\tAn apple phone\n2\tapple pie\n3\tÁpple and pear\n4\tno fruit\n"),
        ("t.jsonl", "".join(f'{{"text": "{text}"}}\n' for text in SAID)),
        ("t.txt", "\n".join(SAID)),
        ("t", "\n".join(SAID)),
    ],
)
def test_the_rows_that_match_are_shown_with_what_matched(earful: Any, folder: Path, name: str, content: str) -> None:
    (folder / name).write_text(content, "utf-8")
    ran = earful("query", "test", FRUIT, name, "--json")
    assert ran.code == 0
    assert [row["text"] for row in ran.rows] == ["An apple phone", "Ápple and pear"]
    assert [row["hits"] for row in ran.rows] == [
        [{"start": 3, "end": 8, "text": "apple"}],
        [{"start": 0, "end": 5, "text": "Ápple"}],
    ]
    assert ran.rows[1]["line"] - ran.rows[0]["line"] == 2
    assert "2 of 4 match." in ran.err


def test_hits_are_marked_and_what_comes_from_outside_is_inert(earful: Any, folder: Path) -> None:
    ran = earful("query", "test", "apple OR NOT fruit", "-", stdin=b"apple \x1b[31m pie\nelse [b]\nfruit\n")
    assert ran.out.splitlines()[:2] == ["1: [apple] \ufffd[31m pie", "2: else [b]"]
    assert "by what is not in it" in ran.out
    assert "3:" not in ran.out
    assert "2 of 3 match." in ran.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("query", "test", "apple AND (pie", "t.txt"), "^"),
        (("query", "test", "apple", "gone.txt"), "can't be read"),
        (("query", "test", "apple", "t.txt", "--format", "csv", "--map", "txet=a"), "should be"),
        (("query", "try", "Apfel", "apple AND"), "^"),
        (("query", "try", "Apfle", "apple"), 'did you mean "Apfel"'),
    ],
)
def test_a_mistake_says_where_it_is(earful: Any, folder: Path, words: tuple[str, ...], said: str) -> None:
    (folder / "earful.toml").write_text(CONFIG, "utf-8")
    (folder / "t.txt").write_text("apple\n", "utf-8")
    ran = earful(*words)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err


@pytest.mark.slow
def test_a_changed_query_is_tried_on_what_is_stored(earful: Any, folder: Path) -> None:
    (folder / "earful.toml").write_text(CONFIG, "utf-8")
    (folder / "forum.csv").write_text("id,text\n1,apple pie\n2,apple phone\n3,pear and cider\n4,cider\n", "utf-8")
    (folder / "own.csv").write_text("id,text\n1,nothing named\n", "utf-8")
    (folder / "plums.csv").write_text("id,text\n1,plum cider\n2,plum apple cider\n", "utf-8")
    earful("run")
    ran = earful("query", "try", "apfel", "(apple -pie) OR cider", "--json")
    (told,) = ran.rows
    assert (told["looked_at"], told["kept"], told["untouched"]) == (6, 1, 1)
    assert [(each["source"], each["said"]) for each in told["lost"]["examples"]] == [("forum", "apple pie")]
    # What both queries match in another brand's source would not be news; what was never stored nobody knows.
    gained = [(each["brand"], each["source"], each["said"]) for each in told["gained"]["examples"]]
    assert gained == [("Apfel", "forum", "pear and cider"), ("Other", "plums", "plum cider")]
    assert (told["lost"]["count"], told["gained"]["count"]) == (1, 2)
    printed = earful("query", "try", "Apfel", "(apple -pie) OR cider", "--examples", "1").out
    assert "It would gain 2.\n  Apfel / forum" in printed
    assert "plum cider" not in printed
    assert "not known before they are read again" in printed

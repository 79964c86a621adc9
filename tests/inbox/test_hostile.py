"""What a post carries is shown whole and does nothing: in the queue, the pane, the API and the files that leave."""

import csv
import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import httpx
import pytest

from campaigns.exports import export_mentions
from campaigns.files import Format
from earful.text import storable
from earful.values import Answer, FoundMention, Severity
from inbox.shown import painted
from models.account import Right
from models.database import Database

pytestmark = pytest.mark.slow  # whole pages: with the other files of pages half a minute

HOSTILE = {
    "script": "<script>alert(1)</script><img src=x onerror=alert(2)><iframe srcdoc='<script>alert(3)</script>'>",
    "svg": "<svg onload=alert(1)><animate onbegin=alert(2) attributeName=x></svg><math><mi xlink:href='x'>",
    "link": "[here](javascript:alert(1)) javascript:alert(2) data:text/html,<a href='javascript:alert(3)'>x</a>",
    "direction": "safe \u202eexe.gpj\u202c and \u2066isolated\u2069 \u200f\u061c end",
    "long": "Fjord Air lost my bag and nobody answers. " * 2500,
    "one word": "a" * 100_000,
    "nul": "before\x00after\x1b[31m\x07 \ufeff end",
    "template": "{{ 7 * 7 }} {% raise %} ${7*7} #{7*7} {0.__class__} %(name)s %s {author} \\N{BELL}",
    "formula": '=HYPERLINK("http://evil.example","win")',
    "formula behind spaces": "\t@SUM(1+1)*cmd|' /C calc'!A0",
    "attribute": '" onmouseover="alert(1)" x=\'',
    "entities": "&lt;b&gt; &#x3C;script&#x3E; &amp;amp; &nbsp",
    "ends of elements": "</title></textarea></style></p></section>--><!-- ]]> <![CDATA[ x",
    "lines": "one\r\ntwo\u2028three\u2029four\x85five",
}
ALLOWED_TARGETS = ("/", "#", "https://")


class Seen(HTMLParser):
    """A page as a browser takes it: whether anything in it could run or lead astray, and what each mark holds."""

    def __init__(self) -> None:
        super().__init__()
        self.bad: list[str] = []
        self.within: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        loads = tag == "script" and not given.get("src", "").startswith("/static/")
        leads = [given[name] for name in ("href", "src", "action", "formaction", "xlink:href") if name in given]
        astray = any(not target.startswith(ALLOWED_TARGETS) for target in leads if tag != "link")
        acts = any(name.startswith("on") or name in {"style", "srcdoc"} for name in given)
        if loads or astray or acts or tag in {"img", "iframe", "object", "embed", "animate", "math", "base", "style"}:
            self.bad.append(f"{tag} {given}")
        classes = given.get("class", "").split()
        if self.within or (tag == "div" and "text" in classes):
            self.within.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self.within:
            self.within.pop()

    def handle_data(self, data: str) -> None:
        if self.within:
            self.text += data


def seen(html: str) -> Seen:
    page = Seen()
    page.feed(html)
    return page


def as_shown(text: str) -> str:
    """The text with its steering characters as the signs that stand for them."""
    page = Seen()
    page.feed(f'<div class="text">{painted(text, ())}</div>')
    return page.text


def hear(more: Any, said: str) -> int:
    link, answer = f"javascript:{said[:40]}", Answer(said)
    found = FoundMention("hostile", text=said, title=said[:300], author=said[:300], url=link, answer=answer)
    case_id: int = more.hear(found, "Fjord Air", "reddit", more.now, Severity.URGENT)
    return case_id


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_post_is_inert_and_whole_everywhere(
    client: httpx.Client, filled: Database, more: Any, token: Callable[..., str], tmp_path: Path, kind: str
) -> None:
    said = HOSTILE[kind]
    stored = storable(said)  # what every source's text goes through
    case_id = hear(more, stored)
    for path in ("/cases", f"/cases/{case_id}", "/mentions"):
        page = client.get(path)
        assert seen(page.text).bad == [], path
        assert not re.search("[\x00\x1b\u202a-\u202e\u2066-\u2069]", page.text), path
    shown = seen(client.get(f"/cases/{case_id}").text).text
    assert shown.split() == as_shown(stored).split()
    pane = client.get(f"/cases/{case_id}").text
    assert "Its link is no https address" in pane
    assert "Answered at the source" in pane

    headers = {"Authorization": f"Bearer {token(Right.READ)}"}
    case = client.get(f"/api/v1/cases/{case_id}", headers=headers)
    mention = client.get(f"/api/v1/mentions/{case.json()['mention_id']}", headers=headers)
    assert case.json()["text"] == mention.json()["text"] == stored
    assert case.headers["content-type"] == "application/json"
    assert case.headers["x-content-type-options"] == "nosniff"

    export_mentions(filled, tmp_path, list(Format), "Fjord Air")
    with (tmp_path / "mentions.csv").open(encoding="utf-8-sig", newline="") as file:
        [row] = [row for row in csv.DictReader(file) if row["external_id"] == "hostile"]
    assert row["text"].removeprefix("'") == stored
    assert not re.match(r"[\t\r\n]|\s*[=+\-@]", row["text"])
    lines = [json.loads(line) for line in (tmp_path / "mentions.jsonl").read_text("utf-8").splitlines()]
    assert [line["text"] for line in lines if line["external_id"] == "hostile"] == [stored]

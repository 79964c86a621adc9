"""Re-checking and cleaning up by hand do what the schedules do."""

import json
from pathlib import Path
from typing import Any

import pytest


@pytest.mark.slow
def test_nothing_to_ask_is_no_failure(earful: Any) -> None:
    earful("run")
    ran = earful("recheck")
    assert ran.code == 0
    assert ran.out == "No open case stands at a source that can be asked again.\n"


@pytest.mark.slow
def test_a_source_that_can_not_be_asked_ends_with_4_and_says_why(earful: Any, folder: Path) -> None:
    rows = [{"id": str(n), "text": "It broke, refund please", "author": "Ada"} for n in range(2)]
    (folder / "posts.jsonl").write_text("\n".join(map(json.dumps, rows)))
    (folder / "earful.toml").write_text(
        '[[brands]]\nname = "Brygvell"\n[[brands.sources]]\ntype = "file"\nname = "news"\npath = "posts.jsonl"\n'
    )
    assert earful("run").code == 0
    (folder / "earful.toml").write_text(
        '[[brands]]\nname = "Brygvell"\n[[brands.sources]]\ntype = "hackernews"\nname = "news"\n'
        'base_url = "http://127.0.0.1:9"\nitems_url = "http://127.0.0.1:9"\n'
    )
    ran = earful("recheck")
    assert ran.code == 4
    assert ran.out.startswith("Brygvell news: ")
    told = json.loads(earful("recheck", "--json").out)
    assert told["sources"][0]["status"] == "failed"
    assert told["sources"][0]["asked"] == 2


@pytest.mark.slow
def test_a_clean_up_can_be_tried_first(earful: Any) -> None:
    earful("run")
    tried = earful("cleanup", "--dry-run").out
    assert "would be" in tried
    assert json.loads(earful("cleanup", "--json").out)["dry_run"] is False

import json
from pathlib import Path

import pytest

from earful.cli import ended as run

CONFIG = """
[[brands]]
name = "Brygvell"
[[brands.sources]]
type = "file"
name = "reviews"
path = "reviews.csv"
[[rules]]
name = "lids"
query = "lid"
severity = "high"
"""


@pytest.mark.slow
def test_rules_are_listed_and_others_tried(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "earful.toml").write_text(CONFIG)
    (tmp_path / "other.toml").write_text(CONFIG.replace('query = "lid"', 'query = "blue"'))
    (tmp_path / "reviews.csv").write_text("id,text\n1,Brygvell has a lid\n2,A blue Brygvell\n3,My Brygvell is blue\n")
    monkeypatch.chdir(tmp_path)
    for name in ("EARFUL_CONFIG", "EARFUL_DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    assert run(["rules", "list"]) == 0
    assert capsys.readouterr().out == "lids: flag what matches “lid”: high severity\n"
    assert run(["run"]) == 0
    capsys.readouterr()
    assert run(["rules", "try", "other.toml", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["looked"], found["more"], found["fewer"]) == (3, 2, 1)
    assert run(["rules", "try", "other.toml"]) == 0
    assert "2 more flagged, 1 fewer" in capsys.readouterr().out
    assert run(["rules", "try", "nowhere.toml"]) == 2

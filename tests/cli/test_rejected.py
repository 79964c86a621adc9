"""`earful rejected`: what could not be used is listed, and stored once it can be."""

from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.slow  # whole commands over a store each

CONFIG = """
[[brands]]
name = "Fjellkopp"
[[brands.sources]]
type = "file"
name = "reviews"
path = "reviews.csv"
[[brands.sources]]
type = "file"
name = "tickets"
path = "tickets.jsonl"
"""
REVIEWS = "id,text,date,rating\n1,Fine,,5\n2,\x1b[31mAwful cup,02/03/2026,1\n3,Hm,01/03/2026,9\n"
TICKETS = '{"id": "t1", "text": "Broken", "date": "04/02/2026"}\n'


@pytest.fixture
def kept(earful: Any, folder: Path) -> Path:
    """Three records that could not be used, and settings mended since."""
    (folder / "earful.toml").write_text(CONFIG, "utf-8")
    (folder / "reviews.csv").write_text(REVIEWS, "utf-8")
    (folder / "tickets.jsonl").write_text(TICKETS, "utf-8")
    earful("run")
    mended = CONFIG.replace('csv"\n', 'csv"\ndate_format = "%d/%m/%Y"\n')
    (folder / "earful.toml").write_text(mended.replace('jsonl"\n', 'jsonl"\ndate_format = "%d/%m/%Y"\n'), "utf-8")
    return folder


def test_what_is_kept_is_listed_with_its_reason(earful: Any, kept: Path) -> None:
    rows = earful("rejected", "list", "--json").rows
    assert {(row["source"], row["where"]) for row in rows} == {
        ("reviews", "line 3"), ("reviews", "line 4"), ("tickets", "line 1"),
    }  # fmt: skip
    assert all(row["reason"] and row["raw"] and row["first_seen_at"] for row in rows)
    printed = earful("rejected", "list", "--source", "reviews").out
    assert printed.count("why:") == 2
    assert "\x1b" not in printed
    assert "tickets" not in printed


def test_what_can_be_used_now_is_stored_once_and_the_rest_keeps_its_new_reason(earful: Any, kept: Path) -> None:
    ran = earful("rejected", "retry", "--json")
    reviews, tickets = ran.rows[0]["sources"]
    assert ran.code == 0
    assert [reviews[name] for name in ("fetched", "seen", "new", "rejected")] == [2, 2, 1, 1]
    assert reviews["notes"] == ["2 kept records were parsed again; 1 can be used now"]
    assert [tickets[name] for name in ("fetched", "new", "rejected")] == [1, 1, 0]
    assert (ran.rows[0]["read"], ran.rows[0]["flagged"]) == (2, 2)
    assert {row["external_id"] for row in earful("mentions", "--json").rows} == {"1", "2", "t1"}
    (still,) = earful("rejected", "list", "--json").rows
    assert "between 1 and 5" in still["reason"]
    assert still["where"] == "line 4"

    again = earful("rejected", "retry", "--json").rows[0]
    assert [(each["new"], each["rejected"]) for each in again["sources"]] == [(0, 1)]
    assert earful("run", "--json").rows[0]["sources"][1]["new"] == 0
    assert len(earful("mentions", "--json").rows) == 3


def test_an_old_record_undoes_no_later_edit(earful: Any, kept: Path) -> None:
    (kept / "tickets.jsonl").write_text('{"id": "t1", "text": "Mended since", "date": "27/02/2026"}\n', "utf-8")
    earful("run", "--source", "tickets")
    told = earful("rejected", "retry", "--source", "tickets", "--json").rows[0]["sources"][0]
    assert {name: told[name] for name in ("fetched", "repeated", "edited", "seen")} == {
        "fetched": 1, "repeated": 1, "edited": 0, "seen": 0,
    }  # fmt: skip
    assert [row["text"] for row in earful("mentions", "--json").rows if row["source"] == "tickets"] == ["Mended since"]
    assert earful("rejected", "list", "--source", "tickets", "--json").rows == []


def test_who_only_shares_an_id_is_never_stored_over_somebody_else(earful: Any, folder: Path) -> None:
    (folder / "earful.toml").write_text(CONFIG, "utf-8")
    (folder / "tickets.jsonl").write_text(TICKETS, "utf-8")
    rows = "7,Caught fire in my tent,Bob,1\n7,Lovely lamp thank you,Ann,5\n8,Fine,Liv,r3\n9,Hm,Per,r4\n"
    (folder / "reviews.csv").write_text("id,text,author,ref\n" + rows, "utf-8")
    reviews = earful("run", "--json").rows[0]["sources"][0]
    assert [reviews[name] for name in ("status", "fetched", "new", "repeated", "rejected")] == ["ok", 4, 3, 0, 1]

    def stored() -> list[str]:
        return sorted(row["text"] for row in earful("mentions", "--json").rows if row["source"] == "reviews")

    assert stored() == ["Caught fire in my tent", "Fine", "Hm"]
    told = earful("rejected", "retry", "--source", "reviews", "--json").rows[0]["sources"][0]
    assert [told[name] for name in ("new", "edited", "repeated", "rejected")] == [0, 0, 0, 1]
    assert stored() == ["Caught fire in my tent", "Fine", "Hm"]
    assert "reviews, line 3, id of line 2" in earful("rejected", "list", "--source", "reviews").out

    mended = CONFIG.replace('csv"\n', 'csv"\nmap = { id = "ref" }\n')
    (folder / "earful.toml").write_text(mended, "utf-8")
    told = earful("rejected", "retry", "--source", "reviews", "--json").rows[0]["sources"][0]
    assert [told[name] for name in ("new", "rejected")] == [1, 0]
    assert stored() == ["Caught fire in my tent", "Fine", "Hm", "Lovely lamp thank you"]
    assert earful("rejected", "list", "--source", "reviews", "--json").rows == []


def test_without_its_file_a_row_is_told_and_kept(earful: Any, kept: Path) -> None:
    (kept / "reviews.csv").unlink()
    ran = earful("rejected", "retry", "--source", "reviews", "--json")
    assert ran.code == 4
    assert "does not exist" in ran.rows[0]["sources"][0]["error"]
    assert len(earful("rejected", "list", "--json").rows) == 3


def test_what_was_not_kept_whole_is_never_taken_for_what_was_said(earful: Any, folder: Path) -> None:
    (folder / "earful.toml").write_text(CONFIG, "utf-8")
    (folder / "tickets.jsonl").write_text(TICKETS, "utf-8")
    (folder / "reviews.csv").write_bytes(b"id,text\n1,B\xe6r\n2," + b"x" * 2_000_000 + b"\n3,ok\n")
    earful("run")
    reviews = earful("rejected", "retry", "--source", "reviews", "--json").rows[0]["sources"][0]
    assert (reviews["new"], reviews["rejected"]) == (0, 2)
    assert [row["text"] for row in earful("mentions", "--json").rows] == ["ok"]
    reasons = sorted(row["reason"] for row in earful("rejected", "list", "--source", "reviews", "--json").rows)
    assert "byte 0xe6" in reasons[0]
    assert "longer than" in reasons[1]


def test_nothing_kept_is_said(earful: Any, folder: Path) -> None:
    (folder / "earful.toml").write_text(CONFIG, "utf-8")
    assert "No record is kept" in earful("rejected", "list").err
    ran = earful("rejected", "retry")
    assert ran.code == 0
    assert "Nothing to parse again" in ran.err

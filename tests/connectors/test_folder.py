"""A watched folder: each file once, whatever the others are like; nothing in it is touched."""

import os
from datetime import UTC, datetime

import pytest

from connectors import export
from earful.clock import now
from earful.errors import SourceRefused
from earful.values import MissedReason


@pytest.fixture
def drop(worlds, tmp_path):
    """A folder to put files into, with `read` to read it on from the last time."""

    class Drop:
        path = tmp_path / "drop"
        world = worlds("folder")
        cursor = None

        def put(self, name, content, age=60):
            self.path.mkdir(exist_ok=True)
            (self.path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
            when = now().timestamp() - age
            os.utime(self.path / name, (when, when))

        def read(self, **settings):
            pages, parsed = self.world.read(self.world.ask(self.cursor, **{"settle": "10s", **settings}))
            self.cursor = pages[-1].cursor
            self.notes = [note for page in pages for note in page.notes]
            return parsed

    return Drop()


def texts(parsed):
    return [found.text for found in parsed.found]


def test_each_file_is_read_once_oldest_first_and_its_outcome_told(drop):
    drop.put("b.csv", "id,text,rating\n1,March,5\n2,Bad row,9\n", age=100)
    drop.put("a.jsonl", '{"id": 3, "text": "April"}\n', age=50)
    parsed = drop.read()
    assert texts(parsed) == ["March", "April"]
    assert drop.notes == ["b.csv: 1 rows read, 1 rejected", "a.jsonl: 1 rows read, 0 rejected"]
    assert parsed.rejected[0].where == "b.csv line 3"
    assert texts(drop.read()) == []
    assert "all read before" in drop.notes[0]
    drop.put("c.csv", "id,text,mood\n4,May,x\n", age=20)
    assert texts(drop.read()) == ["May"]
    assert drop.notes == ['c.csv: columns not read: "mood"', "c.csv: 1 rows read, 0 rejected"]


def test_a_changed_file_is_read_again_and_a_renamed_or_touched_one_is_not(drop):
    drop.put("a.csv", "id,text\n1,March\n")
    drop.read()
    drop.put("a.csv", "id,text\n1,March\n2,More\n", age=30)
    assert texts(drop.read()) == ["March", "More"]
    (drop.path / "a.csv").rename(drop.path / "renamed.csv")
    assert texts(drop.read()) == []
    os.utime(drop.path / "renamed.csv", (1, 1))
    assert texts(drop.read()) == []


def test_a_copy_is_told_and_not_read(drop):
    drop.put("a.csv", "id,text\n1,March\n")
    drop.read()
    drop.put("copy.csv", "id,text\n1,March\n", age=30)
    assert texts(drop.read()) == []
    assert drop.notes == ["copy.csv holds the same as a.csv and is not read again"]


def test_a_file_that_may_still_be_written_is_left_until_it_stands_still(drop):
    drop.put("a.csv", "id,text\n1,half", age=2)
    assert texts(drop.read()) == []
    assert "left until it stands still" in drop.notes[0]
    drop.put("a.csv", "id,text\n1,half and whole\n", age=20)
    assert texts(drop.read()) == ["half and whole"]


def test_a_file_from_a_clock_that_runs_ahead_is_read_when_it_looked_the_same_twice(drop):
    drop.put("a.csv", "id,text\n1,tomorrow\n", age=-86_400)
    assert texts(drop.read()) == []
    assert texts(drop.read()) == ["tomorrow"]


def test_a_file_that_cannot_be_read_is_told_each_time_and_stops_no_other(drop):
    drop.put("a.xlsx", b"PK\x03\x04 broken", age=90)
    drop.put("b.pdf", b"%PDF-1.7", age=80)
    drop.put("c.csv", "colour\nred\n", age=70)
    drop.put("d.csv", "id,text\n1,fine\n", age=60)
    for expected in (["fine"], []):
        parsed = drop.read()
        assert texts(parsed) == expected
        assert [missed.reason for missed in parsed.missed] == [MissedReason.UNREADABLE] * 3
        assert all(name in str(parsed.missed) for name in ("a.xlsx", "b.pdf", "c.csv"))


def test_what_is_nobodys_export_is_left_aside(drop, tmp_path):
    drop.put("a.csv", "id,text\n1,fine\n")
    for name in (".hidden.csv", "~$a.xlsx", "b.csv.part", "c.crdownload"):
        drop.put(name, "id,text\n9,no\n")
    (drop.path / "sub").mkdir()
    (drop.path / "link.csv").symlink_to(tmp_path / "drop" / ".hidden.csv")
    os.mkfifo(drop.path / "pipe.csv")
    parsed = drop.read()
    assert (texts(parsed), parsed.missed) == (["fine"], ())
    assert len(list(drop.path.iterdir())) == 8


def test_equal_words_in_two_files_are_two_mentions_and_stay_the_same_when_a_file_grows(drop):
    drop.put("march.csv", "text\nGood\n", age=90)
    drop.put("april.csv", "text\nGood\nGood\n", age=80)
    first = [found.external_id for found in drop.read().found]
    assert len(set(first)) == 3
    drop.put("april.csv", "text\nGood\nGood\nBad\n", age=70)
    assert [found.external_id for found in drop.read().found][:2] == first[1:]


def test_an_interrupted_file_goes_on_where_it_stopped(drop, monkeypatch):
    monkeypatch.setattr(export, "PAGE_ROWS", 2)
    drop.put("a.csv", "id,text\n" + "".join(f"{n},text {n}\n" for n in range(5)))
    pages = list(drop.world.connector.fetch(drop.world.ask(settle="10s")))
    drop.cursor = pages[0].cursor
    assert texts(drop.read()) == ["text 2", "text 3", "text 4"]
    assert drop.notes == ["a.csv: 5 rows read, 0 rejected"]


def test_a_file_that_changes_while_it_is_read_is_read_again(drop, monkeypatch):
    monkeypatch.setattr(export, "PAGE_ROWS", 2)
    drop.put("a.csv", "id,text\n1,a\n2,b\n3,c\n")
    pages = []
    for page in drop.world.connector.fetch(drop.world.ask(settle="10s")):
        if not pages:
            drop.put("a.csv", "id,text\n1,a\n2,b\n3,c\n4,d\n", age=20)
        pages.append(page)
    drop.cursor = pages[-1].cursor
    assert any("changed while it was read" in note for page in pages for note in page.notes)
    assert texts(drop.read()) == ["a", "b", "c", "d"]


def test_since_reads_all_of_it_again(drop):
    from dataclasses import replace

    drop.put("a.csv", "id,text\n1,March\n")
    drop.read()
    ask = drop.world.ask(drop.cursor, settle="10s")
    assert texts(drop.world.read(replace(ask, since=datetime(2026, 1, 1, tzinfo=UTC)))[1]) == ["March"]


def test_a_folder_that_is_not_there_says_what_to_do(drop):
    with pytest.raises(SourceRefused, match="does not exist; make the folder"):
        drop.read()


def test_an_empty_folder_says_so(drop):
    drop.path.mkdir()
    drop.read()
    assert drop.notes == ["drop is empty"]


def test_a_file_without_rows_is_read(drop):
    drop.put("a.csv", "id,text\n")
    assert texts(drop.read()) == []
    assert drop.notes == ["a.csv: 0 rows read, 0 rejected"]


def test_who_only_shares_an_id_within_a_file_is_rejected_and_an_id_that_most_share_is_told_with_its_file(drop):
    drop.put("a.csv", "id,text,author\n7,Caught fire,Bob\n7,Lovely lamp,Ann\n7,So so,Liv\n", age=90)
    drop.put("b.csv", "id,text,author\n7,Edited elsewhere,Per\n", age=80)
    parsed = drop.read()
    assert texts(parsed) == ["Caught fire", "Edited elsewhere"]
    assert [each.where for each in parsed.rejected] == ["a.csv line 3, id of line 2", "a.csv line 4, id of line 2"]
    assert [missed.detail.split(" rows")[0] for missed in parsed.missed] == ["a.csv: 2 of 3"]

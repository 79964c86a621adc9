import csv
import json
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.files import (
    CsvSink,
    ExportError,
    Format,
    JsonlSink,
    json_line,
    safe_cell,
    whole_file,
    write_files,
)
from earful.text import storable

FORMULA_STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")
BOTH = (Format.CSV, Format.JSONL)
texts = st.text().map(storable)
times = st.datetimes(timezones=st.just(UTC))
values = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), texts)
records = st.lists(st.fixed_dictionaries({"quote": texts, "rating": values, "tags": st.lists(texts, max_size=3)}))


def write(folder: Path, rows: list[dict[str, Any]]) -> tuple[Path, Path]:
    columns = list(rows[0]) if rows else ["quote"]
    (sheet, lines), count = write_files(folder, "out", BOTH, columns, rows)
    assert count == len(rows)
    return sheet, lines


def in_memory(sink: type[CsvSink] | type[JsonlSink], rows: list[dict[str, Any]]) -> str:
    stream = StringIO(newline="")
    open_sink = sink(stream, ["quote", "rating", "tags"])
    for row in rows:
        open_sink.put(row)
    return stream.getvalue()


def read_csv(text: str) -> list[list[str]]:
    return list(csv.reader(StringIO(text.removeprefix("\ufeff"), newline=""), strict=True))


@given(rows=records)
def test_jsonl_read_back_is_what_was_written(rows: list[dict[str, Any]]) -> None:
    written = in_memory(JsonlSink, rows).encode("utf-8")
    assert [json.loads(line) for line in written.decode("utf-8").splitlines()] == rows


@given(moment=times)
def test_a_time_read_back_is_the_same_moment(moment: datetime) -> None:
    assert datetime.fromisoformat(json.loads(json_line({"at": moment}))["at"]) == moment


@given(rows=records)
def test_csv_read_back_differs_by_nothing_but_the_guard(rows: list[dict[str, Any]]) -> None:
    cells = [row[0] for row in read_csv(in_memory(CsvSink, rows))[1:]]
    for cell, row in zip(cells, rows, strict=True):
        assert cell in {row["quote"], "'" + row["quote"]}


@given(start=st.sampled_from(FORMULA_STARTS), rest=texts, space=st.sampled_from(["", " ", "\u00a0", "\n ", "\t "]))
def test_no_cell_is_a_formula(start: str, rest: str, space: str) -> None:
    for risky in {start + rest, space + "=" + rest}:
        assert safe_cell(risky) == "'" + risky
        assert safe_cell([risky, "more"]).startswith("'")


@pytest.mark.parametrize("harmless", ["So good", "'quoted'", "5 = five", "a-b", "me@example.com", ""])
def test_other_cells_stay_as_they_are(harmless: str) -> None:
    assert safe_cell(harmless) == harmless


def test_numbers_stay_numbers_and_gaps_empty() -> None:
    assert [safe_cell(value) for value in (-0.5, 3, None, True)] == [-0.5, 3, "", "true"]


def test_a_sheet_is_what_excel_and_rfc_4180_expect(tmp_path: Path) -> None:
    sheet, _ = write(tmp_path, [{"quote": 'He said "ja", twice\nand left', "rating": 4.5}])
    assert sheet.read_bytes() == b'\xef\xbb\xbfquote,rating\r\n"He said ""ja"", twice\nand left",4.5\r\n'


def test_a_line_is_a_line_to_every_reader() -> None:
    line = json_line({"quote": "a\u2028b\u2029c\x85d\ne"})
    assert len(line.splitlines()) == 1
    assert json.loads(line)["quote"] == "a\u2028b\u2029c\x85d\ne"


def test_no_records_make_an_empty_file_with_a_header(tmp_path: Path) -> None:
    sheet, lines = write(tmp_path / "new" / "folder", [])
    assert (read_csv(sheet.read_text("utf-8")), lines.read_text()) == ([["quote"]], "")


def test_a_failure_half_way_leaves_what_stood_there(tmp_path: Path) -> None:
    write(tmp_path, [{"quote": "old"}])
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def broken() -> Any:
        yield {"quote": "new"}
        raise RuntimeError("half-way")

    with pytest.raises(RuntimeError):
        write_files(tmp_path, "out", BOTH, ["quote"], broken())
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_nothing_is_there_until_it_is_whole(tmp_path: Path) -> None:
    with whole_file(tmp_path / "out.csv") as stream:
        stream.write("x")
        stream.flush()
        assert not (tmp_path / "out.csv").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["out.csv"]


def test_a_folder_that_is_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    with pytest.raises(ExportError, match=r"can't write .*taken.*--out"):
        write_files(tmp_path / "taken", "out", BOTH, ["quote"], [])


def test_a_full_disk_is_told() -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")

    def full() -> Any:
        with Path("/dev/full").open("w") as disk:
            disk.write("x")
        yield {"quote": "never"}

    with pytest.raises(ExportError, match="No space left"):
        write_files(Path("/dev"), "out", (), ["quote"], full())

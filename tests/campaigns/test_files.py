import csv
import json
import re
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from campaigns.cells import safe_cell
from campaigns.files import (
    CsvSink,
    ExportError,
    Format,
    JsonlSink,
    json_line,
    whole_file,
    write_files,
)
from campaigns.workbook import MOST_UNITS, WorkbookSink, written
from earful.text import storable

FORMULA_STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")
BOTH = (Format.CSV, Format.JSONL)
EVERY = pytest.mark.parametrize("form", list(Format))
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


def unescaped(text: str) -> str:
    """A cell's text as Excel shows it (ECMA-376, 22.9.2.19)."""
    return re.sub("_x([0-9A-F]{4})_", lambda found: chr(int(found[1], 16)), text)


def read_xlsx(path: Path) -> list[list[Any]]:
    """Every row of every sheet; a cell that is a text is marked as one, so that no formula is taken for it."""
    book = load_workbook(path)
    kinds = {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row}
    assert kinds <= {"s", "inlineStr", "n", "b"}
    rows = [[cell.value for cell in row] for sheet in book for row in sheet.iter_rows()]
    return [[unescaped(value) if isinstance(value, str) else value for value in row] for row in rows]


def read_back(path: Path) -> list[list[Any]]:
    """The rows of an exported file, its heading first."""
    if path.suffix == ".xlsx":
        return read_xlsx(path)
    if path.suffix == ".csv":
        return read_csv(path.read_bytes().decode("utf-8"))
    lines = [json.loads(line) for line in path.read_bytes().decode("utf-8").splitlines()]
    return [list(lines[0]), *(list(line.values()) for line in lines)] if lines else []


def read_csv(text: str) -> list[list[str]]:
    return list(csv.reader(StringIO(text.removeprefix("\ufeff"), newline=""), strict=True))


@pytest.mark.slow
@given(rows=records)
def test_jsonl_read_back_is_what_was_written(rows: list[dict[str, Any]]) -> None:
    written = in_memory(JsonlSink, rows).encode("utf-8")
    assert [json.loads(line) for line in written.decode("utf-8").splitlines()] == rows


@given(moment=times)
def test_a_time_read_back_is_the_same_moment(moment: datetime) -> None:
    assert datetime.fromisoformat(json.loads(json_line({"at": moment}))["at"]) == moment


@pytest.mark.slow
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


HOSTILE = (
    '=HYPERLINK("https://evil.example","x")', "+1", "-1", "@SUM(A1)", "\t=1", "#N/A", "_x0041_", "2026-03-04", "007",
    "1e5", "a\r\nb\u2028c\n", "\x01\x1b[31m\x7f", "<c t='n'><v>1</v></c>", "\ufffe\uffff", "Ивана 🙂", " x ", "",
)  # fmt: skip


@EVERY
def test_every_format_gives_back_what_it_got(tmp_path: Path, form: Format) -> None:
    rows = [{"quote": storable(text), "rating": 4.5, "id": 7, "seen": True, "none": None} for text in HOSTILE]
    [path], count = write_files(tmp_path, "out", [form], list(rows[0]), rows)
    assert (path.name, count) == (f"out.{form}", len(rows))
    heading, *found = read_back(path)
    assert heading == list(rows[0])
    for text, row in zip(HOSTILE, found, strict=True):
        shown = str(row[0] or "")
        legal = re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", "\ufffd", storable(text))
        assert shown in {storable(text), "'" + storable(text), legal}
        assert [str(value).lower() for value in row[1:]] in (["4.5", "7", "true", "none"], ["4.5", "7", "true", ""])


@EVERY
def test_a_failure_half_way_leaves_what_stood_there(tmp_path: Path, form: Format) -> None:
    write_files(tmp_path, "out", [form], ["quote"], [{"quote": "old"}])
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def broken() -> Any:
        yield {"quote": "new"}
        raise RuntimeError("half-way")

    with pytest.raises(RuntimeError):
        write_files(tmp_path, "out", [form], ["quote"], broken())
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


@EVERY
def test_a_list_is_one_cell_and_a_time_says_its_zone(tmp_path: Path, form: Format) -> None:
    moment = datetime(2026, 3, 4, 12, tzinfo=UTC)
    [path], _count = write_files(tmp_path, "out", [form], ["tags", "at"], [{"tags": ["a", "=b"], "at": moment}])
    _heading, [tags, at] = read_back(path)
    assert at == "2026-03-04T12:00:00+00:00"
    assert tags == (["a", "=b"] if form is Format.JSONL else "a; =b")


@pytest.mark.slow
@settings(max_examples=25)
@given(text=st.text())
def test_a_workbook_takes_any_text(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    [path], _count = write_files(tmp_path_factory.mktemp("x"), "out", [Format.XLSX], ["quote"], [{"quote": text}])
    _heading, [found] = read_back(path)
    illegal = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
    assert (found or "") == illegal.sub("\ufffd", text)


@pytest.mark.parametrize("letter", ["x", "🙂"])
def test_a_text_that_is_too_long_for_a_cell_is_cut_and_says_so(letter: str) -> None:
    cut = written(letter * 100_000)
    assert len(cut.encode("utf-16-le")) <= 2 * MOST_UNITS
    assert cut.endswith(letter + "…")
    assert written(letter * 10_000) == letter * 10_000


def test_a_number_that_a_spreadsheet_would_round_is_a_text(tmp_path: Path) -> None:
    [path], _count = write_files(tmp_path, "out", [Format.XLSX], ["id"], [{"id": 10**15 + 1}, {"id": 10**15 - 1}])
    assert read_back(path)[1:] == [["1000000000000001"], [10**15 - 1]]


def test_what_one_sheet_can_not_hold_goes_on_in_the_next(tmp_path: Path) -> None:
    path = tmp_path / "out.xlsx"
    with whole_file(path, binary=True) as stream, WorkbookSink(stream, ["id"], most_rows=3) as sink:
        for number in range(5):
            sink.put({"id": number})
    sheets = [[cell.value for (cell,) in sheet.iter_rows()] for sheet in load_workbook(path)]
    assert sheets == [["id", 0, 1], ["id", 2, 3], ["id", 4]]


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

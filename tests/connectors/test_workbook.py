"""XLSX: what a sheet holds is read as a person would write it; what is no sheet is refused in bounded memory."""
# ruff: noqa: DTZ001 - the cells of a sheet know no time zone

import io
import tracemalloc
import zipfile
from datetime import UTC, date, datetime

import openpyxl
import pytest

from connectors import export, workbook
from earful.errors import SourceRefused


@pytest.fixture
def sheet(worlds, tmp_path):
    """Writes a workbook (rows, or bytes as they are) and reads it."""

    def read(content, name="export.xlsx", sheets=None, **settings):
        if isinstance(content, bytes):
            (tmp_path / name).write_bytes(content)
        else:
            book = openpyxl.Workbook()
            for title, rows in (sheets or {"Reviews": content}).items():
                book.create_sheet(title)
                for row in rows:
                    book[title].append(row)
            del book["Sheet"]
            book.save(tmp_path / name)
        world = worlds("file")
        return world.read(world.ask(path=name, **settings))

    return read


HEADER = ["id", "text", "date", "rating"]


def test_cells_of_every_kind(sheet):
    _, parsed = sheet([
        HEADER,
        [1, "Æsj", datetime(2026, 3, 1, 12), 4.5],
        ["x2", True, date(2026, 3, 4), 5],
        [],
        [3.0, 12345, None, None],
        ["570306133677760513", "exact", "2026-03-01T12:00:00+01:00", "★★★☆☆"],
    ])  # fmt: skip
    assert parsed.rejected == []
    assert [(found.external_id, found.text, found.published_at, found.rating) for found in parsed.found] == [
        ("1", "Æsj", datetime(2026, 3, 1, 12, tzinfo=UTC), 4.5),
        ("x2", "true", datetime(2026, 3, 4, tzinfo=UTC), 5),
        ("3", "12345", None, None),
        ("570306133677760513", "exact", datetime(2026, 3, 1, 11, tzinfo=UTC), 3),
    ]


@pytest.mark.parametrize("mangled", [5.70306133677761e17, 570306133677761000, 4111111111111110])
def test_an_id_that_the_spreadsheet_rounded_is_refused(sheet, mangled):
    _, parsed = sheet([HEADER, [mangled, "Hi", None, None], ["2", "ok", None, None]])
    assert [found.external_id for found in parsed.found] == ["2"]
    assert "rounded by a spreadsheet" in parsed.rejected[0].reason
    assert parsed.rejected[0].where == "line 2"


def test_a_date_cell_is_a_date_whatever_date_format_says_of_texts(sheet):
    rows = [HEADER, [1, "a", datetime(2026, 3, 1, 12), None], [2, "b", "03/04/2026", None]]
    _, parsed = sheet(rows, date_format="%d/%m/%Y", time_zone="Europe/Oslo")
    assert [found.published_at.isoformat() for found in parsed.found] == [
        "2026-03-01T11:00:00+00:00",
        "2026-04-02T22:00:00+00:00",
    ]


def test_a_formula_gives_the_value_saved_with_it_and_an_error_in_a_cell_rejects_its_row(sheet, tmp_path):
    sheet([HEADER, [1, '=CONCAT("a","b")', None, "=2+2"], [2, "#REF!", None, None], [3, "ok", None, None]])
    path = tmp_path / "export.xlsx"
    saved = {}
    with zipfile.ZipFile(path) as book:
        saved = {name: book.read(name) for name in book.namelist()}
    name = "xl/worksheets/sheet1.xml"
    saved[name] = saved[name].replace(b"<v></v>", b"<v>4</v>").replace(b"<v />", b"<v>4</v>")
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as book:
        for part, content in saved.items():
            book.writestr(part, content)
    _, parsed = sheet(out.getvalue())
    assert [(found.external_id, found.text, found.rating) for found in parsed.found] == [
        ("1", "4", 4),
        ("3", "ok", None),
    ]
    assert "#REF!" in parsed.rejected[0].reason


def test_the_first_sheet_or_the_one_that_is_named(sheet):
    sheets = {"Reviews": [HEADER, [1, "a"]], "More": [HEADER, [2, "b"]]}
    assert sheet(None, sheets=sheets)[1].found[0].text == "a"
    assert sheet(None, sheets=sheets, sheet="More")[1].found[0].text == "b"
    with pytest.raises(SourceRefused, match='no sheet "Moar"; did you mean "More"'):
        sheet(None, sheets=sheets, sheet="Moar")


def test_two_header_rows(sheet):
    rows = [
        ["Respondent ID", "Where?", None, "Why?"],
        [None, "Shop", "Web", "Open-Ended Response"],
        [9, "x", None, "Late"],
    ]
    _, parsed = sheet(rows, header_rows=2, map={"id": "Respondent ID", "text": "Why?", "place": "Where?: Shop"})
    assert [(found.external_id, found.text, found.place) for found in parsed.found] == [("9", "Late", "x")]


def test_an_interrupted_read_goes_on_and_an_unchanged_workbook_is_not_read_again(sheet, worlds, monkeypatch):
    monkeypatch.setattr(export, "PAGE_ROWS", 20)
    pages, parsed = sheet([HEADER, *([n, f"text {n}", None, None] for n in range(45))])
    assert [page.cursor["rows"] for page in pages] == [20, 40, 45]
    world = worlds("file")
    _, rest = world.read(world.ask(pages[0].cursor, path="export.xlsx"))
    assert rest.found == parsed.found[20:]
    again, nothing = world.read(world.ask(pages[-1].cursor, path="export.xlsx"))
    assert nothing.found == []
    assert "unchanged" in again[0].notes[0]


def test_a_cell_without_a_column_name_rejects_its_row(sheet):
    _, parsed = sheet([HEADER, [1, "a", None, 5, "stray"], [2, "b", None, 5]])
    assert [found.text for found in parsed.found] == ["b"]
    assert "beyond the 4 columns" in parsed.rejected[0].reason


def archive(**parts):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as book:
        for name, content in parts.items():
            book.writestr(name, content)
    return out.getvalue()


def workbook_with(sheet_xml):
    out = io.BytesIO()
    book = openpyxl.Workbook()
    book.save(out)
    with zipfile.ZipFile(out) as whole:
        parts = {name: whole.read(name) for name in whole.namelist()}
    return archive(**{**parts, "xl/worksheets/sheet1.xml": sheet_xml})


MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
ENTITIES = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
WRONG = {
    "text": (b"id,text\n1,x\n", "no XLSX workbook"),
    "other archive": (archive(**{"content.xml": "<x/>"}), "another kind of archive"),
    "cut off": (workbook_with("<x/>")[:-200], "cut off or damaged"),
    "broken XML": (workbook_with(f"<worksheet {MAIN}><sheetData><row>"), "broken workbook"),
    "entities": (workbook_with(f"{ENTITIES}<worksheet {MAIN}><sheetData/></worksheet>"), "broken workbook"),
    "no rows": (workbook_with(f"<worksheet {MAIN}><sheetData/></worksheet>"), "empty"),
    "no workbook inside": (archive(**{"xl/workbook.xml": "<x/>"}), "broken workbook"),
    "old": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "old Excel file"),
    "password": (b"\xd0\xcf\x11\xe0" + bytes(5000) + "EncryptedPackage".encode("utf-16-le"), "password"),
    "nothing": (b"", "no XLSX workbook"),
}


@pytest.mark.parametrize("kind", WRONG)
def test_what_is_no_workbook_is_refused_with_what_to_do(sheet, kind):
    content, said = WRONG[kind]
    with pytest.raises(SourceRefused, match=said):
        sheet(content)


def test_an_xls_by_its_name_says_what_to_do(sheet):
    with pytest.raises(SourceRefused, match=r"saved as \.xlsx"):
        sheet(b"\xd0\xcf\x11\xe0", name="export.xls")


@pytest.mark.slow
def test_a_zip_bomb_is_refused_before_it_is_unpacked(sheet):
    bomb = workbook_with(b"<worksheet>" + bytes(60_000_000))
    assert len(bomb) < 100_000
    tracemalloc.start()
    with pytest.raises(SourceRefused, match="would unpack to"):
        sheet(bomb)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20_000_000


def test_a_row_of_an_absurd_number_does_not_count_up_to_it(sheet, monkeypatch):
    monkeypatch.setattr(workbook, "MAX_ROWS", 1000)
    far = f'<worksheet {MAIN}><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>text</t></is></c></row>'
    far += '<row r="99999999999"><c r="A99999999999"><v>1</v></c></row></sheetData></worksheet>'
    _, parsed = sheet(workbook_with(far))
    assert parsed.found == []

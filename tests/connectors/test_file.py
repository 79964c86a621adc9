"""Files: what is mapped, read, rejected and remembered."""

import json
import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.base import RAW_LIMIT
from connectors.columns import mapped
from connectors.dates import parse_when
from connectors.file import FileSettings
from connectors.table import delimiter_of
from earful.errors import SourceRefused
from earful.values import MentionKind, SourceState


@pytest.fixture
def export(worlds, tmp_path):
    """Writes a file and reads it: pages and what is in them."""
    world = worlds("file")

    def read(content, name="export.csv", cursor=None, **settings):
        if content is not None:
            (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        return world.read(world.ask(cursor, path=name, **settings))

    return read


def texts(parsed):
    return [found.text for found in parsed.found]


def reasons(parsed):
    return [rejected.reason for rejected in parsed.rejected]


# ---------------------------------------------------------------------------------------------------------- mapping


def test_usual_names_are_found_by_themselves(export):
    pages, parsed = export(
        "Review ID;Reviewer Name;Review Date;Star Rating;Review Title;Review\n"
        "r-1;Kari;2026-02-03 10:00;4,5;Fine;Good crew\n"
    )
    (found,) = parsed.found
    assert (found.external_id, found.author, found.rating, found.title, found.text) == (
        "r-1",
        "Kari",
        4.5,
        "Fine",
        "Good crew",
    )
    assert found.published_at == datetime(2026, 2, 3, 10, tzinfo=UTC)
    assert found.kind is MentionKind.REVIEW
    assert 'author from "Reviewer Name"' in pages[0].notes[0]


@pytest.mark.parametrize(
    "columns",
    [
        "ID;Anmeldelse;Stjerner;Kunde;Dato",
        "Id;Kommentar;Vurdering;Navn;Publisert",
        "ID;Omtale;Stjerner;Forfattar;Oppretta",
        "Идентификатор;Отзив;Оценка;Автор;Дата",
        "ИД;Коментар;Брой звезди;Потребител;Дата и час",
        "ID Ulasan;Ulasan;Bintang;Nama;Tanggal",
        "ID;Isi Ulasan;Penilaian;Nama Pengguna;Tanggal Ulasan",
        "Azonosító;Vélemény;Értékelés;Szerző;Dátum",
        "azonosito;velemeny;csillagok szama;szerzo;datum",
        "ID;Értékelés;Csillag;Vásárló;Közzétéve",
    ],
)
def test_usual_names_are_found_in_each_language(tmp_path, columns):
    names = columns.split(";")
    assert mapped(names, {}, tmp_path) == dict(
        zip(("id", "text", "rating", "author", "published_at"), names, strict=True)
    )


def test_a_name_of_stars_or_words_is_neither_where_nothing_tells_which(tmp_path):
    assert mapped(["Vurdering", "Emne"], {}, tmp_path) == {"title": "Emne"}
    with pytest.raises(SourceRefused, match='"Értékelés"'):
        mapped(["Értékelés", "Név"], {}, tmp_path)


def test_a_field_that_is_left_out_takes_no_name_of_stars_or_words(tmp_path):
    assert mapped(["Omtale", "Vurdering"], {"rating": ""}, tmp_path) == {"text": "Omtale"}


def test_a_file_tells_once_which_columns_are_not_read(export):
    lines = "".join(f"{number},Hm,4,x\n" for number in range(2001))
    pages, _ = export(f"Id,Review,Stars,Mood\n{lines}")
    assert [note for page in pages for note in page.notes if "not read" in note] == [
        'export.csv: columns not read: "Mood"'
    ]
    mapped_pages, _ = export("Id,Review,Mood\n1,Hm,x\n", map={"text": "Review"})
    assert mapped_pages[0].notes == ('export.csv: columns not read: "Mood"',)
    assert "not read" not in "".join(export("Id,Review,\n1,Hm,\n")[0][0].notes)


def test_a_note_of_columns_holds_no_more_than_fits_a_line(export):
    hostile = ["N\x00L", "two\nlines", "half \ud83d", "x" * 5000, *(f"more{number}" for number in range(20))]
    pages, _ = export(json.dumps({"review": "Hm"} | dict.fromkeys(hostile, 1)), name="e.jsonl")
    (note,) = (note for note in pages[0].notes if "not read" in note)
    assert '"N\ufffdL", "two lines", "half \ufffd", "xxx' in note
    assert note.endswith(', "more7" and 12 more')
    assert len(note) < 300


def test_an_objects_inner_field_reads_its_column(export):
    pages, _ = export('{"text": "Hm", "user": {"name": "Bo"}, "b": 1}\n', name="e.jsonl", map={"author": "user.name"})
    assert pages[0].notes == ('e.jsonl: columns not read: "b"',)


def test_their_columns_under_our_names(export):
    _, parsed = export(
        "Nr,What we heard,When,NPS score,Who\n7,Lost my bag,2026-01-02,3,Bo\n",
        map={"id": "nr", "text": "What we heard", "published_at": "When", "nps": "NPS score", "author": ""},
    )
    (found,) = parsed.found
    assert (found.external_id, found.text, found.nps, found.author) == ("7", "Lost my bag", 3, None)
    assert found.kind is MentionKind.SURVEY


def test_a_column_that_is_not_there_is_named_with_the_nearest_and_all_others(export):
    with pytest.raises(SourceRefused) as raised:
        export("Id,Review\n1,x\n", map={"text": "Reveiw"})
    assert 'no column "Reveiw"; did you mean "Review"? Its columns: "Id", "Review"' in str(raised.value)
    with pytest.raises(SourceRefused) as raised:
        export("Id,Review\n1,x\n", map={"text": "zzz"})
    assert str(raised.value).endswith('no column "zzz". Its columns: "Id", "Review"')


def test_a_file_without_any_text_is_refused(export):
    with pytest.raises(SourceRefused, match="no column is known to hold text"):
        export("a,b\n1,2\n")


def test_one_column_is_not_taken_for_two_fields(tmp_path):
    assert mapped(["comment", "name"], {"title": "comment", "text": "name"}, tmp_path) == {
        "title": "comment",
        "text": "name",
    }


def test_all_our_fields(export):
    columns = (
        "id,text,title,kind,url,author,published_at,edited_at,rating,nps,reach,language,thread_id,parent_id,place,state"
    )
    _, parsed = export(
        f"{columns}\n1,Hi,T,comment,https://a.example/1,Ada,2026-01-01,2026-01-02,,,7,nb_NO,t,p,Oslo,\n"
        "2,Hi,T,,javascript:alert(1),Ada,2026-01-01,,,,,Norwegian,,,,edited\n"
    )
    first, second = parsed.found
    assert (first.kind, first.url, first.reach, first.language) == (
        MentionKind.COMMENT,
        "https://a.example/1",
        7,
        "nb-no",
    )
    assert (first.thread_id, first.parent_id, first.place, first.state) == ("t", "p", "Oslo", SourceState.EDITED)
    assert (second.url, second.language, second.state) == (None, None, SourceState.EDITED)


def test_a_deleted_row_keeps_nothing_of_its_author(export):
    _, parsed = export("id,text,author,url,state\n1,Hi,Ada,https://a.example,deleted\n,Hi,Ada,,removed\n")
    (found,) = parsed.found
    assert (found.text, found.title, found.author, found.url) == ("", "", None, None)
    assert found.state is SourceState.DELETED
    assert "no id" in reasons(parsed)[0]


# ------------------------------------------------------------------------------------------------------- rejected rows


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("1,,,,", "no text, no title and no rating"),
        ("1, ,  ,2026-01-01,", "no text, no title and no rating"),
        ("1,Hi,,2026-02-30,", "date"),
        ("1,Hi,,03/04/2026,", "could mean two days"),
        ("1,Hi,,46023,", "spreadsheet"),
        ("1,Hi,,yesterday,", "date_format"),
        ("1,Hi,,0001-01-01,", "year 1"),
        ("1,Hi,,,6", "between 1 and 5"),
        ("1,Hi,,,0", "between 1 and 5"),
        ("1,Hi,,,five", "no number"),
        ("1,Hi,,,8/10", "not out of 5 stars"),
        ("1,Hi,,,3 of 4", "not out of 5 stars"),
        ("1,Hi,,,6/5", "between 1 and 5"),
        ("1,Hi,,,0/5", "between 1 and 5"),
        ("1,Hi,,,☆☆☆☆☆", "between 1 and 5"),
        ("1,Hi,,,x/5", "no number"),
        ("1,Hi,,,★★★", "not out of 5 stars"),
        ("1,Hi,,,4 av 6", "not out of 5 stars"),
        ("1,Hi,,,8 от 10", "not out of 5 stars"),
        ("1,Hi,,,10-ből 8", "not out of 5 stars"),
        ("1,Hi,,,5/4", "not out of 5 stars"),
        ("1,Hi,,,4/5.5", "no number"),
        ("1,Hi,,,fire av 5", "no number"),
        ("1,Hi,,,6 stjerner", "between 1 and 5"),
        ("1,Hi,,,stars", "no number"),
        ("1,Hi,,,☆★★★★", "no number"),
        ("1,Hi,,,nan", "no number"),
        ("5.70306E+17,Hi,,,", "rounded by a spreadsheet"),
        ('"5,70306E+17",Hi,,,', "rounded by a spreadsheet"),
        ("1,Hi,,,3,more,cells", "7 cells"),
        ("1,Hi,", "ends before the column"),
        ('1,"Hi,,,', "never closed"),
        ('1,"Hi" there,,,', "quotes are wrong"),
    ],
)
def test_a_row_that_cannot_be_used_says_why_and_spoils_no_other(export, row, said):
    _, parsed = export(f"id,text,title,date,rating\n0,before,,,\n{row}\n9,after,,2026-01-01,5\n")
    assert texts(parsed) == ["before", "after"]
    (rejected,) = parsed.rejected
    assert said in rejected.reason
    assert rejected.where == "line 3"
    assert rejected.raw == row


@pytest.mark.parametrize(
    ("written", "stars"),
    [
        ("4", 4), ("4.5", 4.5), ('"4,5"', 4.5), ("4/5", 4), ("4 / 5", 4), ("4 of 5", 4), ("4.5 out of 5 stars", 4.5),
        ('"4,5/5"', 4.5), ("★★★★☆", 4), ("★☆☆☆☆", 1), ("★★★★★", 5), ("⭐️⭐️⭐️⭐️⭐️", 5),
        ("4.0/5.0", 4), ("4 stars", 4), ("1 star", 1), ("4★", 4), ("4 ⭐️", 4),
        ("4 av 5", 4), ("4 av 5 stjerner", 4), ("1 stjerne", 1), ("4 из 5", 4), ("4 от 5 звезди", 4), ("1 звезда", 1),
        ("4 dari 5", 4), ("4 bintang", 4), ("4 az 5-ből", 4), ("4 csillag", 4), ("5-ből 4", 4),
        ('"5-ből 4,5 csillag"', 4.5),
    ],
)  # fmt: skip
def test_stars_in_every_writing_that_can_mean_one_thing_only(export, written, stars):
    (found,) = export(f"id,text,rating\n1,Hi,{written}\n")[1].found
    assert found.rating == stars


def test_bytes_of_another_encoding_reject_their_row_only(export):
    content = "id,text\n1,æøå\n".encode() + "2,caf\xe9\n".encode("latin-1") + b"3,ok\n"
    _, parsed = export(content)
    assert texts(parsed) == ["æøå", "ok"]
    assert 'encoding = "cp1252"' in reasons(parsed)[0]
    assert texts(export(content, encoding="cp1252")[1])[1] == "café"


def test_a_broken_byte_within_a_quoted_text_rejects_the_whole_text(export):
    _, parsed = export(b'id,text\n1,"two\nli\xe9nes, one\ntext"\n2,ok\n')
    assert texts(parsed) == ["ok"]
    assert len(parsed.rejected) == 1


def test_nul_bytes_are_made_storable(export):
    assert texts(export("id,text\n1,a\x00b\n")[1]) == ["a\ufffdb"]


def test_what_is_kept_of_a_rejected_row_is_storable(export):
    _, parsed = export("id,text,rating\n1,a\x00b,5\x00\n")
    assert "\x00" not in parsed.rejected[0].raw + parsed.rejected[0].reason


def test_an_open_quote_swallows_nothing(export):
    rows = "".join(f'{n},"open {n}\n' if n % 10 == 0 else f'{n},"fine, {n}"\n' for n in range(1, 100))
    _, parsed = export("id,text\n" + rows)
    assert len(parsed.found) == 90
    assert len(parsed.rejected) == 9


def test_a_quoted_text_may_go_over_lines(export):
    _, parsed = export('id,text\n1,"one\n\ntwo ""quoted"", three"\n2,ok\n')
    assert texts(parsed) == ['one\n\ntwo "quoted", three', "ok"]


def test_a_line_without_end_is_rejected_in_bounded_memory(export):
    _, parsed = export(b"id,text\n1," + b"x" * 3_000_000 + b"\n2,ok\n")
    assert texts(parsed) == ["ok"]
    assert "longer than" in reasons(parsed)[0]
    assert len(parsed.rejected[0].raw) == RAW_LIMIT


# ----------------------------------------------------------------------------------------------------------------- ids


def test_rows_without_ids_are_told_apart_by_what_they_say_of_themselves(export):
    content = "author,date,text\nAda,2026-01-01 10:00,Good\nBo,2026-01-01 10:00,Good\nAda,2026-01-02 10:00,Good\n"
    ids = [found.external_id for found in export(content)[1].found]
    assert len(set(ids)) == 3
    assert ids == [found.external_id for found in export(content)[1].found]


def test_equal_rows_with_nothing_but_words_are_counted_each(export):
    first = [found.external_id for found in export("text\nGood\nGood\nBad\nGood\n")[1].found]
    assert len(set(first)) == 4
    longer = [found.external_id for found in export("text\nGood\nGood\nBad\nGood\nGood\n")[1].found]
    assert longer[:4] == first


def test_the_same_row_twice_with_author_and_time_is_one(export):
    _, parsed = export("author,date,text\nAda,2026-01-01 10:00,Good\nAda,2026-01-01 10:00,Good\n")
    assert len({found.external_id for found in parsed.found}) == 1


@given(
    st.lists(st.tuples(st.sampled_from(["", "Ada"]), st.sampled_from(["", "2026-01-01"]), st.text("ab", max_size=2)))
)
def test_made_ids_never_depend_on_the_rows_behind(rows):
    from connectors.rows import Row, Rows, _numbered, parse_rows

    def ids(some):
        made = [
            Row(n, {"author": a, "published_at": d, "text": t, "rating": "3"}, "", "")
            for n, (a, d, t) in enumerate(some)
        ]
        return [found.external_id for found in parse_rows(Rows(list(_numbered(iter(made))))).found]

    whole = ids(rows)
    assert ids(rows[: len(rows) // 2]) == whole[: len(rows) // 2]
    assert len(set(whole)) == len({row for row in rows if row[0]}) + len([row for row in rows if not row[0]])


# --------------------------------------------------------------------------------------------------------- the cursor


def test_an_unchanged_file_is_not_read_again_and_says_so(export):
    pages, _ = export("text\nGood\n")
    again, parsed = export(None, cursor=pages[-1].cursor)
    assert parsed.found == []
    assert again[0].requests == 0
    assert "unchanged" in again[0].notes[0]


def test_a_changed_file_is_read_whole(export, tmp_path):
    pages, _ = export("id,text\n1,Good\n")
    _, parsed = export("id,text\n1,Good\n2,Bad\n", cursor=pages[-1].cursor)
    assert texts(parsed) == ["Good", "Bad"]


def test_other_settings_read_it_again(export):
    pages, parsed = export("id,text,date\n1,Good,03/04/2026\n")
    assert len(parsed.rejected) == 1
    _, parsed = export(None, cursor=pages[-1].cursor, date_format="%d/%m/%Y")
    assert parsed.found[0].published_at == datetime(2026, 4, 3, tzinfo=UTC)


def test_an_interrupted_read_goes_on_where_it_stopped(export):
    rows = "".join(f"Good {n % 7}\n" for n in range(5000))
    pages, parsed = export("text\n" + rows)
    assert [len(page.content.rows) for page in pages] == [2000, 2000, 1000]
    assert [page.cursor["done"] for page in pages] == [False, False, True]
    _, rest = export(None, cursor=pages[0].cursor)
    assert rest.found == parsed.found[2000:]


def test_of_an_item_that_a_file_holds_twice_the_last_usable_version_counts(export, monkeypatch):
    from connectors import export as exports

    monkeypatch.setattr(exports, "PAGE_ROWS", 2)
    rows = "1,first,\n2,other,\n3,more,\n1,second,\n4,x,\n1,broken,9\n2,,9\n"
    pages, parsed = export("id,text,rating\n" + rows)
    assert texts(parsed) == ["other", "more", "second", "x"]
    assert len(parsed.rejected) == 2
    _, rest = export(None, cursor=pages[0].cursor)
    assert texts(rest) == ["more", "second", "x"]


IDS = "id,stars,text,author\n"


@pytest.mark.parametrize("rows_a_page", [2000, 2])
def test_who_only_shares_an_id_is_rejected_with_both_lines_and_never_folded(export, monkeypatch, rows_a_page):
    from connectors import export as exports

    monkeypatch.setattr(exports, "PAGE_ROWS", rows_a_page)
    rows = "7,1,Caught fire in my tent,Bob\n8,4,Fine,Liv\n7,5,Lovely lamp thank you,Ann\n7,2,Edited since,bob \n"
    pages, parsed = export(IDS + rows)
    assert texts(parsed) == ["Fine", "Edited since"]
    assert [(each.where, each.raw) for each in parsed.rejected] == [
        ("line 4, id of line 2", "7,5,Lovely lamp thank you,Ann")
    ]
    assert "another author and another text" in parsed.rejected[0].reason
    assert parsed.repeated == 1
    assert not parsed.missed
    _, rest = export(None, cursor=pages[0].cursor) if rows_a_page == 2 else (None, parsed)
    assert reasons(rest) == reasons(parsed)


def test_the_reason_is_the_same_wherever_the_rows_stand(export):
    rows = "7,1,Caught fire,Bob\n7,5,Lovely lamp,Ann\n"
    assert reasons(export(IDS + rows)[1]) == reasons(export(f"{IDS}9,5,New on top,Liv\n{rows}")[1])


@pytest.mark.parametrize(
    "row",
    [
        "7,5,Caught fire,Ann", "7,5,  Caught   fire,Ann", "7,5,Put out now,BOB", "7,5,Put out now,", '7,,,"bob "',
        "7,1,Caught fire,Bob",
    ],
)  # fmt: skip
def test_a_newer_version_is_by_the_same_author_or_of_the_same_words(export, row):
    _, parsed = export(f"{IDS}8,3,x,Liv\n7,1,Caught fire,Bob\n{row}\n9,3,y,Per\n")
    assert parsed.rejected == [] or "no text" in reasons(parsed)[0]
    assert len({found.external_id for found in parsed.found}) == 3
    assert not parsed.missed


def test_stars_without_words_are_told_apart_by_their_stars(export):
    _, parsed = export("id,stars,author\n7,1,Bob\n7,5,Ann\n7,1,Cat\n8,2,Liv\n9,2,Per\n")
    assert [each.where for each in parsed.rejected] == ["line 3, id of line 2"]


def test_a_deleted_row_is_nobody_elses(export):
    _, parsed = export("id,text,author,state\n7,Caught fire,Bob,\n7,,Moderator,deleted\n8,x,Liv,\n")
    assert [found.state for found in parsed.found] == [SourceState.DELETED, SourceState.LIVE]


@pytest.mark.parametrize("rows_a_page", [2000, 2])
@pytest.mark.parametrize("authors", [True, False])
def test_an_id_that_most_rows_share_is_told_once(export, monkeypatch, rows_a_page, authors):
    from connectors import export as exports

    monkeypatch.setattr(exports, "PAGE_ROWS", rows_a_page)
    rows = "".join(f"B07,Text {n},{f'author {n}' if authors else ''}\n" for n in range(9))
    _, parsed = export(f"Product ID,text,author\n{rows}", map={"id": "Product ID"})
    assert len(parsed.found) == 1
    assert len(parsed.rejected) == (8 if authors else 0)
    (missed,) = parsed.missed
    assert "8 of 9 rows have the id of an earlier row" in missed.detail


def test_versions_by_nobody_known_are_counted_in_a_note(export):
    _, parsed = export("id,text\n1,a\n2,b\n3,c\n1,d\n1,a\n")
    assert parsed.notes == ("rows with the id of an earlier row, each taken for its newer version: 1",)
    assert not parsed.missed
    assert export("id,text\n1,a\n1,a\n")[1].notes == ()


@pytest.mark.slow
def test_memory_is_that_of_the_ids_that_occur_again(tmp_path):
    import tracemalloc

    from connectors.rows import Row, Rows, versions_of

    def rows():
        for n in range(60_000):
            yield Row(n, {"id": "one", "text": f"text {n}", "author": f"author {n}"}, "", "")

    tracemalloc.start()
    try:
        found = versions_of(rows, Rows(()))
        held, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(found.origins) == 1
    assert held < 1 << 20
    assert peak < 20 << 20


def test_since_reads_it_again(worlds, tmp_path):
    from dataclasses import replace

    world = worlds("file")
    (tmp_path / "export.csv").write_text("text\nGood\n", "utf-8")
    pages, _ = world.read()
    _, parsed = world.read(replace(world.ask(pages[-1].cursor), since=datetime(2026, 1, 1, tzinfo=UTC)))
    assert texts(parsed) == ["Good"]


def test_a_table_without_rows_says_so(export):
    pages, parsed = export("id,text\n")
    assert parsed.found == []
    assert "no rows" in pages[0].notes[0]


# ---------------------------------------------------------------------------------------------------------- the file


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"<!DOCTYPE html><html>", "web page"),
        (b"PK\x03\x04\x14\x00", "call it .xlsx"),
        (b"%PDF-1.7", "PDF"),
        (b"\x1f\x8b\x08", "compressed"),
        (b"\x00\x01\x02\x03\n", "binary"),
        ("id,text\n1,x\n".encode("utf-16-le"), "utf-16"),
        (b'"id,text\n1,x\n', "column names"),
        (b"id,t\xe9xt\n1,x\n", "column names"),
    ],
)
def test_what_is_no_table_is_refused(export, content, said):
    with pytest.raises(SourceRefused, match=said):
        export(content)


def test_a_missing_file_says_what_to_do(export):
    with pytest.raises(SourceRefused, match="does not exist; put the file there"):
        export(None)


def test_a_folder_in_its_place_is_refused(export, tmp_path):
    (tmp_path / "export.csv").mkdir()
    with pytest.raises(SourceRefused, match="can't be read"):
        export(None)


def test_a_file_we_may_not_read_is_refused(export, tmp_path, monkeypatch):
    def forbidden(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(type(tmp_path), "open", forbidden)
    with pytest.raises(SourceRefused, match="can't be read"):
        export(None)


def test_an_ending_we_do_not_know_asks_for_the_format(export):
    with pytest.raises(SourceRefused, match="format ="):
        export("text\nx\n", name="export.dat")
    assert texts(export(None, name="export.dat", format="csv")[1]) == ["x"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_marks_of_encodings_are_understood(export, encoding):
    assert texts(export("text\næøå\n".encode(encoding))[1]) == ["æøå"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_of_all_systems(export, end):
    assert texts(export(end.join(["id,text", "1,one", "2,two", ""]))[1]) == ["one", "two"]


@pytest.mark.parametrize(
    ("header", "delimiter"), [("a,b", ","), ("a;b;c,d", ";"), ("a\tb", "\t"), ('"a,b,c"|d', "|"), ("a", ",")]
)
def test_delimiters_are_found(header, delimiter):
    assert delimiter_of(header) == delimiter


def test_tab_separated(export):
    assert texts(export("id\ttext\n1\ta, b\n", name="e.tsv")[1]) == ["a, b"]


def test_jsonl(export):
    _, parsed = export(
        '{"id": 570306133677760513, "body": "Hi", "user": {"name": "Ada"}, "stars": 4.5}\n'
        "\n"
        '{"id": 5.70306e17, "body": "mangled"}\n'
        '{"id": 3, "body": ["a", "list"]}\n'
        '{"id": 4, "body": \n'
        "[1, 2]\n"
        '{"id": 6, "body": "half \\ud83d", "user": null}\n',
        name="e.jsonl",
        map={"author": "user.name"},
    )
    assert [(found.external_id, found.text, found.author, found.rating) for found in parsed.found] == [
        ("570306133677760513", "Hi", "Ada", 4.5),
        ("6", "half \ufffd", None, None),
    ]
    assert [rejected.where for rejected in parsed.rejected] == ["line 3", "line 4", "line 5", "line 6"]


@pytest.mark.parametrize("content", ["", "hello\n", "[1]\n"])
def test_what_is_no_jsonl_is_refused(export, content):
    with pytest.raises(SourceRefused):
        export(content, name="e.jsonl")


def test_settings_are_checked():
    base = {"type": "file", "name": "x", "path": "x.csv"}
    assert FileSettings.model_validate(base).match == "all"
    for wrong in ({"encoding": "utf-9"}, {"date_format": "DD/MM"}, {"map": {"txt": "a"}}, {"delimiter": "::"}):
        with pytest.raises(ValueError, match="validation error"):
            FileSettings.model_validate(base | wrong)


# --------------------------------------------------------------------------------------------------------------- dates


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("2026-01-05", "2026-01-05T00:00"),
        ("2026-01-05T10:20:30Z", "2026-01-05T10:20:30"),
        ("2026-01-05 10:20:30.5+02:00", "2026-01-05T08:20:30.500000"),
        ("20260105", "2026-01-05T00:00"),
        ("1767607200", "2026-01-05T10:00"),
        ("1767607200123", "2026-01-05T10:00:00.123000"),
        ("Mon, 05 Jan 2026 10:20:30 +0100", "2026-01-05T09:20:30"),
        ("5 January 2026", "2026-01-05T00:00"),
        ("Jan 5, 2026, 3:04 PM", "2026-01-05T15:04"),
        ("January 5th, 2026 at 15:04", "2026-01-05T15:04"),
        ("05-Jan-2026", "2026-01-05T00:00"),
        ("13/04/2026", "2026-04-13T00:00"),
        ("04/13/2026 9:05 PM", "2026-04-13T21:05"),
        ("05.05.2026 10:00", "2026-05-05T10:00"),
        ("03.04.2026", "2026-04-03T00:00"),
        ("3.4.2026 14:05", "2026-04-03T14:05"),
        ("03.04.2026, 09:05:07", "2026-04-03T09:05:07"),
        ("2026/04/03", "2026-04-03T00:00"),
        ("2026.04.03", "2026-04-03T00:00"),
        ("2026. 04. 03.", "2026-04-03T00:00"),
        ("2026. 4. 3. 9:05", "2026-04-03T09:05"),
        ("2026.04.03. 09:05:07", "2026-04-03T09:05:07"),
        ("3. 4. 2026", "2026-04-03T00:00"),
        ("03.04.2026 г., 14:05", "2026-04-03T14:05"),
        ("03.04.2026 kl. 14.05", "2026-04-03T14:05"),
        ("13/04/2026 14.05.06", "2026-04-13T14:05:06"),
        ("2026-04-03 14.05", "2026-04-03T14:05"),
        ("3. april 2026", "2026-04-03T00:00"),
        ("3. des. 2026 kl. 14.05", "2026-12-03T14:05"),
        ("3 Mei 2026, 14.05", "2026-05-03T14:05"),
        ("3 Agustus 2026", "2026-08-03T00:00"),
        ("2026. május 3.", "2026-05-03T00:00"),
        ("2026. szept. 3., 14:05", "2026-09-03T14:05"),
        ("3 октомври 2026 г.", "2026-10-03T00:00"),
        ("3.\u00a0юни 2026\u202fг., 14:05", "2026-06-03T14:05"),
        ("2026-04-03 14:05:06.5", "2026-04-03T14:05:06.500000"),
    ],
)
def test_dates_that_can_mean_one_day_only(text, iso):
    assert parse_when(text) == datetime.fromisoformat(iso).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "03/04/2026",
        "3.4.26",
        "31.02.2026",
        "26. 04. 03.",
        "2026.04",
        "2026.13.03",
        "3. ma 2026",
        "3. mango 2026",
        "31. april 2026",
        "3. april 26",
        "april 2026",
        "2026. 02. 30.",
        "2026.04.2026",
        "03.04.2026 25.05",
        "03.04-2026",
        "03-04-2026 10:00",
        "10:30",
        "2026",
        "May",
        "13/13/2026",
        "1/2/26",
    ],
)
def test_dates_that_cannot_are_refused(text):
    with pytest.raises(ValueError, match=f'^"{re.escape(text)}" '):
        parse_when(text)


@pytest.mark.parametrize(
    ("text", "day_first", "iso"),
    [
        ("03.04.26", "%d.%m.%y", "2026-04-03T00:00"),
        ("3/4/2026", "%d/%m/%Y", "2026-04-03T00:00"),
        ("03-04-2026", "%d-%m-%Y", "2026-04-03T00:00"),
        ("03-04-2026 10:05", "%d-%m-%Y %H:%M", "2026-04-03T10:05"),
        ("03/04/2026, 9:05:07 PM", "%d/%m/%Y, %I:%M:%S %p", "2026-04-03T21:05:07"),
        ("13.04.26", "%d.%m.%y", "2026-04-13T00:00"),
        ("03/04/2026 10 Uhr", "%d/%m/%Y", None),
    ],
)
def test_a_date_that_could_mean_two_days_names_the_date_format_that_reads_it(text, day_first, iso):
    with pytest.raises(ValueError, match="could mean two days") as raised:
        parse_when(text)
    assert f'date_format = "{day_first}" or "' in str(raised.value)
    if iso:
        assert parse_when(text, day_first) == datetime.fromisoformat(iso).replace(tzinfo=UTC)


def test_the_other_rows_of_a_file_do_not_decide_for_one_that_could_mean_two_days(export):
    _, parsed = export("id,text,date\n1,a,13/04/2026\n2,b,03/04/2026\n")
    assert texts(parsed) == ["a"]
    assert 'date_format = "%d/%m/%Y"' in reasons(parsed)[0]


@given(
    st.datetimes(datetime(1971, 1, 1), datetime(2199, 1, 1)),  # noqa: DTZ001 - bounds are naive
    st.sampled_from(["{0:%d.%m.%Y}", "{0.day}.{0.month}.{0.year}"]),
)
def test_a_date_parted_by_dots_is_day_first(moment, form):
    read = parse_when(f"{form.format(moment)} {moment:%H:%M:%S}")
    assert read == moment.replace(microsecond=0, tzinfo=UTC)


@given(st.datetimes(datetime(1971, 1, 1), datetime(2199, 1, 1), timezones=st.timezones()))  # noqa: DTZ001 - bounds are naive
def test_iso_times_of_any_zone_come_back_the_same(moment):
    read = parse_when(moment.isoformat())
    assert read == moment.astimezone(UTC)
    assert read.tzinfo is UTC


@pytest.mark.slow
@given(st.text(max_size=30))
def test_any_text_is_a_time_in_utc_or_refused(text):
    try:
        moment = parse_when(text)
    except ValueError:
        return
    assert moment.tzinfo is UTC

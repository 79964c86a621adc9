import re
import socket
import time
from collections.abc import Sequence
from datetime import timedelta
from threading import Thread
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select

from earful.configfile import Configuration
from earful.errors import ConfigError
from earful.values import FoundMention, Label, Severity, SourceCount
from inbox import listing
from inbox.serve import listen, server
from models.actor import clean_name, system_user
from models.case import Case, CaseStatus, Correction
from models.caseview import events_of
from models.database import Database
from models.mention import Mention
from models.run import RunKind, RunStatus
from tests.local import LOCAL

pytestmark = pytest.mark.slow  # whole pages: with the other files of pages half a minute

PAGES = (
    "/cases",
    "/cases/1",
    "/cases?view=all&q=bag",
    "/mentions",
    "/runs",
    "/nowhere",
    "/cases/4711",
    "/cases?view=x",
)


def stored(database: Database, case_id: int) -> Case:
    with database.read() as session:
        return session.scalars(select(Case).where(Case.id == case_id)).one()


def post(client: httpx.Client, case_id: int, verb: str, query: str = "", **fields: object) -> httpx.Response:
    version = fields.pop("version", None) or _version(client, case_id)
    data = {"verb": verb, "version": str(version), **{key: str(value) for key, value in fields.items()}}
    return client.post(f"/cases/{case_id}{query}", data=data)


def _version(client: httpx.Client, case_id: int) -> str:
    found = re.search(r'name="version" value="(\d+)"', client.get(f"/cases/{case_id}").text)
    assert found
    return found[1]


def rows(page: httpx.Response) -> list[int]:
    return [int(number) for number in re.findall(r'id="row-(\d+)"', page.text)]


def test_every_page_carries_its_headers(client: httpx.Client, filled: Database) -> None:
    for path in PAGES:
        page = client.get(path)
        policy = page.headers["content-security-policy"]
        assert "script-src 'self'" in policy, path
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert page.headers["x-content-type-options"] == "nosniff"
        assert page.headers["referrer-policy"] == "same-origin"
        assert page.headers["cache-control"] == "no-store"


def test_what_a_page_loads_is_kept_and_what_is_not_there_is_not(client: httpx.Client, filled: Database) -> None:
    style = re.findall(r'href="(/static/style.css\?v=\w+)"', client.get("/cases").text)[0]
    assert "immutable" in client.get(style).headers["cache-control"]
    font = re.findall(r'url\("(vendor/inter-cyrillic[^"]+)"\)', client.get(style).text)[0]
    assert "immutable" in client.get(f"/static/{font}").headers["cache-control"]
    for other in ("/static/style.css", "/static/gone.css?v=1"):
        assert "immutable" not in client.get(other).headers.get("cache-control", "")


def test_no_page_has_script_or_style_of_its_own(client: httpx.Client, filled: Database) -> None:
    for path in (*PAGES, "/cases/13"):
        html = client.get(path).text
        assert not re.search(r"<script(?! src=\"/static/)", html), path
        assert "<style" not in html
        assert not re.search(r"<[^>]*\s(style|on\w+|hx-on[\w:-]*)=", html), path
        assert not re.search(r'(src|href)="(https?:)?//(?!reddit|trustpages|app|shop)', html), path


def test_the_queue_shows_the_worst_and_newest_first(client: httpx.Client, filled: Database) -> None:
    page = client.get("/cases")
    assert page.status_code == 200
    assert rows(page)[:6] == [1, 21, 41, 2, 3, 23]
    below = page.text.partition('id="row-1"')[2].partition('<details class="below">')[2].partition("</details>")[0]
    assert "Show 2 of them here" in below
    assert re.findall(r'id="row-(\d+)"', below) == ["21", "41"]
    assert "Overdue" in page.text
    for said in ("Bulgarian", "trustpages · Fjord Air", '<mark class="bad">terrible</mark>', "Ивана"):
        assert said in page.text, said


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("view=waiting", [8]),
        ("view=snoozed", [9]),
        ("view=mine", [1]),
        ("brand=Nordlys+Coffee&severity=high", [19, 39, 59]),
        ("language=th&view=all", [6, 26, 46]),
        ("view=all&q=insulin", [3, 23, 43]),
        ("view=all&q=ужасно", [4, 24, 44]),
        ("view=all&q=%25%25", []),
        ("assignee=Ивана", [4]),
        ("label=positive&source=shop", []),
    ],
)
def test_filters_stand_in_the_address(client: httpx.Client, filled: Database, query: str, expected: list[int]) -> None:
    assert sorted(rows(client.get(f"/cases?{query}"))) == expected


def test_counts_stand_beside_the_views(client: httpx.Client, filled: Database) -> None:
    html = client.get("/cases?brand=Nordlys+Coffee").text
    assert re.search(r'view=all&amp;brand=Nordlys\+Coffee"[^>]*>All <span class="count">6</span>', html)


def test_pages_of_the_queue_follow_each_other(
    client: httpx.Client, filled: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "PAGE", 25)
    seen: list[int] = []
    address: str | None = "/cases?view=all"
    while address:
        page = client.get(address)
        seen += rows(page)
        following = re.search(r'href="([^"]*after=[^"]*)">Next', page.text)
        address = following[1].replace("&amp;", "&") if following else None
    assert len(seen) == len(set(seen)) == 60


def test_a_case_says_why_it_was_flagged(client: httpx.Client, filled: Database) -> None:
    html = client.get("/cases/2").text
    for said in ("Why it was flagged", "Urgent words", "fraud", "1 of 5 stars", "m.petrov", "Consent to quote"):
        assert said in html, said
    assert 'href="https://trustpages.example/p/2" rel="noopener noreferrer nofollow ugc"' in html
    assert 'lang="en"' in html
    assert 'dir="auto"' in html


def test_a_recommendation_score_is_shown_as_such_and_not_as_stars(client: httpx.Client, filled: Database) -> None:
    with filled.write() as session:
        mention = session.scalars(select(Mention).join(Case).where(Case.id == 1)).one()
        mention.rating, mention.nps = None, 3
    for path in ("/cases?view=all", "/cases/1", "/mentions"):
        assert "NPS 3" in client.get(path).text, path


def test_a_case_that_is_chosen_in_the_list_comes_without_it(client: httpx.Client, filled: Database) -> None:
    chosen = {"HX-Request": "true", "HX-Target": "pane"}
    whole, alone = (client.get("/cases/1?view=all&seen=60", headers=each).text for each in ({}, chosen))
    assert 'id="list"' in whole
    assert 'id="list"' not in alone
    assert re.findall("<title>.*</title>", whole) == re.findall("<title>.*</title>", alone)
    shown = re.compile(r'<section id="pane".*?</form>\n</section>|<section id="pane".*</ol>\n</section>', re.DOTALL)
    assert shown.findall(alone) == shown.findall(whole)
    assert 'id="list"' in client.get("/cases/1?view=all&seen=60&did=2", headers=chosen).text  # it has changed


def test_a_text_that_changed_after_a_decision_is_pointed_out(client: httpx.Client, filled: Database) -> None:
    assert "Text changed since" in client.get("/cases/1").text
    assert "Text changed since" not in client.get("/cases/4").text


def test_the_author_and_the_thread_are_shown(client: httpx.Client, filled: Database) -> None:
    html = client.get("/cases/3").text
    assert "In its thread" in html
    assert 'href="/cases/23' in html
    assert "The source does not say who wrote this" in client.get("/cases/10").text


def test_a_deleted_post_is_shown_as_gone(client: httpx.Client, filled: Database) -> None:
    html = client.get("/cases/16").text
    assert "took this away" in html
    pane = html.split('<section id="pane"')[1]
    assert "Ridiculous" not in pane.split("In its thread")[0]


def test_hostile_text_is_shown_inert_and_whole(client: httpx.Client, filled: Database) -> None:
    for path in ("/cases/13", "/cases", "/mentions?q=owned"):
        html = client.get(path).text
        assert "<script>document" not in html, path
        assert "<img src=x" not in html
        assert "&lt;script&gt;document.title=&#34;owned&#34;" in html
        assert "{{ 7 * 7 }}" in html
        assert "javascript:" not in html
    html = client.get("/cases/13").text
    assert "Its link is no https address" in html
    html = client.get("/cases/14").text
    assert "\u202e" not in html
    assert "\x1b" not in html
    assert "U+202E" in html
    assert "\ufffd" in html
    assert client.get("/cases/15").text.count("nobody answers") >= 2400


def test_assign_note_wait_and_reopen(client: httpx.Client, filled: Database) -> None:
    answer = post(client, 2, "take", "?view=open&severity=urgent")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/cases/2?view=open&severity=urgent&did=2"
    assert stored(filled, 2).assignee == "dana"
    post(client, 2, "note", text="<b>called</b> \x00")
    html = client.get("/cases/2").text
    assert "&lt;b&gt;called&lt;/b&gt; \ufffd" in html
    assert post(client, 2, "assign", to="lee").status_code == 303
    assert post(client, 2, "wait").status_code == 303
    assert stored(filled, 2).status is CaseStatus.WAITING
    post(client, 2, "reopen")
    post(client, 2, "unassign")
    case = stored(filled, 2)
    assert (case.status, case.assignee, case.version) == (CaseStatus.OPEN, None, 7)


def test_a_resolved_case_makes_way_for_the_next_and_can_be_brought_back(client: httpx.Client, filled: Database) -> None:
    answer = post(client, 2, "resolve", text="refunded")
    assert answer.headers["location"] == "/cases/3?view=open&did=2"
    page = client.get(answer.headers["location"])
    assert "resolved this" in page.text
    assert 2 not in rows(page)
    assert stored(filled, 2).status is CaseStatus.RESOLVED
    post(client, 2, "undo")
    assert stored(filled, 2).status is CaseStatus.OPEN


def test_after_the_last_case_comes_the_list(client: httpx.Client, filled: Database) -> None:
    answer = post(client, 8, "resolve", "?view=waiting")
    assert answer.headers["location"] == "/cases?view=waiting&did=8"
    page = client.get(answer.headers["location"])
    assert "No case waits" in page.text
    assert "Undo" in page.text


def test_a_dismissal_that_corrects_is_stored(client: httpx.Client, filled: Database) -> None:
    with filled.read() as session:
        before = len(session.scalars(select(Correction)).all())
    post(client, 3, "dismiss", reason="not_negative:positive")
    with filled.read() as session:
        corrections = session.scalars(select(Correction).order_by(Correction.id)).all()
    assert len(corrections) == before + 1
    assert (corrections[-1].label, corrections[-1].actor) == (Label.POSITIVE, "dana")


@pytest.mark.parametrize(
    ("verb", "says", "told"),
    [("not_negative", Label.NEUTRAL, "not negative"), ("praise", Label.POSITIVE, "praise")],
)
def test_a_button_says_what_the_reader_learns(
    client: httpx.Client, filled: Database, verb: str, says: Label, told: str
) -> None:
    assert post(client, 3, verb).status_code == 303
    shown = client.get("/cases/3?view=all&did=3").text
    assert f"Dismissed: {told}</span>" in shown
    assert shown.count(f"dismissed this as {told}") == 3  # the notice, what a screen reader is told, and the history
    assert stored(filled, 3).status is CaseStatus.DISMISSED
    with filled.read() as session:
        last = session.scalars(select(Correction).order_by(Correction.id.desc()).limit(1)).one()
    assert (last.mention_id, last.label) == (stored(filled, 3).mention_id, says)


@pytest.mark.parametrize(
    ("until", "local"), [("4h", "17:00"), ("tomorrow", "05 09:00"), ("3d", "07 09:00"), ("1w", "11 09:00")]
)
def test_snoozing_ends_in_the_morning_where_the_brand_lives(
    client: httpx.Client, filled: Database, until: str, local: str
) -> None:
    post(client, 3, "snooze", until=until)
    woken = stored(filled, 3).snoozed_until
    assert woken is not None
    assert local in (woken + timedelta(hours=1)).strftime("%d %H:%M")


def test_a_stale_form_is_told_who_was_first_and_keeps_its_words(client: httpx.Client, filled: Database) -> None:
    version = _version(client, 3)
    client.cookies.set("earful_name", "lee")
    post(client, 3, "resolve")
    client.cookies.set("earful_name", "dana")
    answer = post(client, 3, "note", version=version, text="my long & careful note")
    assert answer.status_code == 409
    assert re.search(r"Lee resolved this \d+ s ago; nothing of yours was stored\.", answer.text)
    assert "my long &amp; careful note</textarea>" in answer.text
    with filled.read() as session:
        assert events_of(session, 3)[-1].action == "resolved"


def test_what_makes_no_sense_is_a_page_that_says_so(client: httpx.Client, filled: Database) -> None:
    assert "The note is empty" in post(client, 3, "note", text=" ").text
    refused = post(client, 3, "reopen")
    assert refused.status_code == 422
    assert "as it stands now" in refused.text
    for data in ({}, {"verb": "wake", "version": "1"}, {"verb": "note", "version": "x"}):
        broken = client.post("/cases/3", data=data)
        assert broken.status_code == 422
        assert "Back to the inbox" in broken.text


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/nowhere", 404, "no such page"),
        ("/cases/4711", 404, "no such case"),
        ("/cases/abc", 404, "no such page"),
        ("/cases/99999999999999999999999", 404, "no such page"),
        ("/cases?view=opne", 422, "did you mean &#34;open&#34;"),
        ("/cases?severity=%3Cb%3E", 422, "&lt;b&gt;"),
        ("/cases?after=zzz", 422, "begin at its top"),
        ("/mentions?after=1.9999999999999999999", 422, "begin at its top"),
        ("/mentions?label=bad", 422, "no label"),
    ],
)
def test_errors_are_pages_with_the_way_back(
    client: httpx.Client, filled: Database, path: str, status: int, said: str
) -> None:
    page = client.get(path)
    assert page.status_code == status
    assert said in page.text
    assert 'href="/cases"' in page.text


def test_a_bug_is_a_page_too(app: FastAPI, client: httpx.Client) -> None:
    def broken() -> None:
        raise RuntimeError("a secret detail")

    app.get("/broken")(broken)
    page = client.get("/broken")
    assert page.status_code == 500
    assert "Something went wrong" in page.text
    assert "a secret detail" not in page.text
    assert "script-src 'self'" in page.headers["content-security-policy"]


def test_a_post_of_another_site_changes_nothing(client: httpx.Client, filled: Database) -> None:
    data = {"verb": "resolve", "version": "1"}
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}):
        for path in ("/cases/2", "/you", "/theme"):
            assert client.post(path, data=data, headers=headers).status_code == 403
    assert stored(filled, 2).version == 1
    assert client.get("/cases", headers={"Host": "evil.example"}).status_code == 400


def test_who_sits_here_and_the_theme_are_remembered(client: httpx.Client, filled: Database) -> None:
    answer = client.post("/you", data={"name": " Ивана \n Петрова ", "back": "/cases/2?view=all"})
    assert answer.headers["location"] == "/cases/2?view=all"
    assert "HttpOnly" in answer.headers["set-cookie"]
    client.cookies.delete("earful_name", domain="")
    assert "<bdi>Ивана Петрова</bdi>" in client.get("/cases").text
    post(client, 2, "take")
    assert stored(filled, 2).assignee == "Ивана Петрова"
    client.post("/theme", data={"theme": "dark", "back": "/cases"})
    assert 'data-theme="dark"' in client.get("/cases").text
    assert client.post("/theme", data={"theme": "pink"}).status_code == 422
    assert client.post("/you", data={"name": "Earful"}).status_code == 422


def test_names_are_fit_for_the_log(monkeypatch: pytest.MonkeyPatch) -> None:
    assert clean_name(" a\n\tb\x00 ") == "a b\ufffd"
    assert clean_name("x" * 200) == "x" * 80
    assert clean_name("EARFUL") == ""
    monkeypatch.setenv("EARFUL_USER", "kim")
    assert system_user() == "kim"


def test_mentions_hold_what_was_not_flagged_too(client: httpx.Client, filled: Database) -> None:
    html = client.get("/mentions?label=positive").text
    assert "Best flight in years" in html
    assert "not flagged" in html
    assert "Nothing matches these filters" in client.get("/mentions?q=zzzz").text
    first = client.get("/mentions")
    following = re.search(r'href="(/mentions\?after=[^"]*)"', first.text)
    assert following
    assert client.get(following[1]).text.count("<tr") == 1 + 13


def test_runs_tell_silence_from_failure(client: httpx.Client, filled: Database) -> None:
    html = client.get("/runs").text
    for said in ("Read to the end, nothing new", "Could not read", "not a feed", "Read in part", "read it more often"):
        assert said in html, said
    assert "&lt;b&gt;bad&lt;/b&gt;" in html
    assert "it has no text, no title and no rating" in html


def test_what_was_only_imported_by_hand_stands_apart_and_calm(
    client: httpx.Client, more: Any, filled: Database
) -> None:
    at = more.now - timedelta(hours=1)
    refused = "old.csv: no column is known to hold <i>text</i>"
    more.run(11, at, RunStatus.FAILED, {"import old.csv": (SourceCount(), refused)}, RunKind.IMPORT)
    good = SourceCount(fetched=12, seen=12, new=11, unchanged=1)
    more.run(12, at, RunStatus.OK, {"import new.csv": (good, None), "reddit": (good, None)}, RunKind.IMPORT)
    html = client.get("/runs").text
    now, by_hand, _ledger = re.split('<section aria-labelledby="(?:imported|ledger)"', html.split("Sources now")[1])
    assert "import " not in now
    assert "reddit" in now
    assert re.findall("<bdi>(.*?)</bdi>", by_hand) == ["import new.csv", "import old.csv"]
    assert "12 records, 11 new" in by_hand
    assert "Nothing was read" in by_hand
    assert "&lt;i&gt;text" in by_hand
    for loud in ("Could not read", "Not in the configuration", 'class="bad', 'class="error', "reddit"):
        assert loud not in by_hand, loud

    for number in range(13, 25):  # and so it stays when those runs are no longer among the last
        more.run(number, at, RunStatus.OK, {"reddit": (good, None)})
    later = client.get("/runs").text
    assert "import old.csv" not in later.split("Sources now")[1].split('aria-labelledby="imported"')[0]
    more.run(40, at, RunStatus.OK, {"import old.csv": (good, None)})
    assert "import old.csv" in client.get("/runs").text.split("Sources now")[1].split('aria-labelledby="imported"')[0]


def test_an_empty_house_says_what_to_do(client: httpx.Client) -> None:
    assert "earful run" in client.get("/cases").text
    assert "Nothing was heard yet" in client.get("/mentions").text
    assert "There has been no run yet" in client.get("/runs").text


@pytest.mark.parametrize("view", ["open", "mine", "due-today", "overdue", "waiting", "snoozed", "done", "all"])
def test_an_empty_view_says_what_that_means(client: httpx.Client, filler: Any, view: str) -> None:
    filler.hear(FoundMention("1", "Fine flight", published_at=filler.now), "Fjord Air", "reddit", filler.now, None)
    html = client.get(f"/cases?view={view}").text
    assert '<div class="empty">' in html
    assert "earful run" not in html.split('<div class="empty">')[1].split("</div>")[0]


def test_a_case_of_a_brand_that_is_configured_no_longer_still_opens(client: httpx.Client, filler: Any) -> None:
    filler.brands["Gone"] = filler.brands["Fjord Air"]
    case_id = filler.hear(FoundMention("1", "awful"), "Gone", "reddit", filler.now, Severity.HIGH)
    page = client.get(f"/cases/{case_id}")
    assert page.status_code == 200
    assert "undated" in page.text


def test_health(client: httpx.Client, store: Database, tmp_path: object) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/readyz").json() == {"status": "ok"}
    with store.write() as session:
        session.connection().exec_driver_sql("UPDATE alembic_version SET version_num = '0000'")
    late = client.get("/readyz")
    assert late.status_code == 503
    assert "db upgrade" in late.text


def test_what_the_database_can_not_do_is_said(client: httpx.Client, store: Database) -> None:
    with store.write() as session:
        session.connection().exec_driver_sql("DROP TABLE case_events")
        session.connection().exec_driver_sql("DROP TABLE cases")
    page = client.get("/cases")
    assert page.status_code == 503
    assert "earful db upgrade" in page.text


def test_a_busy_port_is_said(config: Configuration, store: Database) -> None:
    with listen(config, store, 0) as first:
        port = first.getsockname()[1]
        with pytest.raises(ConfigError, match=f"127.0.0.1:{port} .*set another port"):
            listen(config, store, port)


def test_a_body_does_not_wait_for_its_head_to_be_acknowledged(config: Configuration, store: Database) -> None:
    """With Nagle's algorithm on, a reader who clicks at once waits 40 ms more for every page."""
    with listen(config, store, 0) as place, socket.create_connection(place.getsockname()[:2]):
        taken, _address = place.accept()
        with taken:
            assert taken.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_the_server_serves_on_the_socket_it_is_given(config: Configuration, store: Database) -> None:
    serving = server(config, store)
    with listen(config, store, 0) as place:
        thread = Thread(target=serving.run, kwargs={"sockets": [place]})
        thread.start()
        host, port = place.getsockname()
        while not serving.started:
            time.sleep(0.01)
        assert httpx.get(f"http://{host}:{port}/healthz", **LOCAL).json() == {"status": "ok"}
        serving.should_exit = True
        thread.join()


def test_static_files_carry_their_fingerprint(client: httpx.Client) -> None:
    html = client.get("/cases").text
    files: Sequence[str] = re.findall(r'"(/static/[^"#]+)', html)
    assert len({file.split("?")[0] for file in files}) >= 4
    assert all("?v=" in file and client.get(file).status_code == 200 for file in set(files))


def test_who_asks_for_the_head_of_a_page_alone_is_not_sent_in_circles(client: httpx.Client, filled: Database) -> None:
    for path in ("/", "/cases", "/mentions"):
        assert client.head(path, follow_redirects=True).status_code == 405

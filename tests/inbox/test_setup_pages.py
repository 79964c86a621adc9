"""Settings, lexicon and "run now": what the configuration file sets stays its own, and the page says where."""

import json
import re
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from earful.configfile import Configuration, load
from earful.secrets import Secrets
from earful.settings import Settings, SourceSettings
from earful.values import Quota, SourceCount
from flows.plan import FLOWS, Planned
from inbox import schedule
from inbox.schedule import NotScheduling, Prefect, next_reads
from models import lexicon
from models.database import Database
from models.store import add_to_ledger, source_row
from tests.connectors.server import Asked, Fake, Reply

pytestmark = pytest.mark.slow  # whole pages: with the other files of pages half a minute

FILE = """
[[brands]]
name = "Fjord Air"
query = '"Fjord Air" OR FjordAir'
time_zone = "Europe/Oslo"
lead = "kari"
holidays = ["2099-12-24", "2020-01-01"]
promise = { urgent = "90m", normal = "36h" }
working_hours = { monday = ["09:00-12:00", "13:00-17:00"], tuesday = ["09:00-17:00"], sunday = ["10:00-14:00"] }
[brands.lexicon]
turbulent = -1
[[brands.sources]]
type = "listed"
name = "reddit"
[lexicon]
"wobbl*" = -2
[retention]
runs = "90d"
[prefect]
port = 1
[[notifications]]
name = "team chat"
secret = "EARFUL_TEAM_CHAT"
summary = true
"""


@pytest.fixture
def config(tmp_path: Path) -> Configuration:
    path = tmp_path / "earful.toml"
    path.write_text(FILE)
    found = load(path, {"listed": SourceSettings}, {})
    return Configuration(found.settings, tmp_path, Secrets(tmp_path, {}), path)


def test_settings_say_on_which_line_the_file_sets_them(client: httpx.Client, filled: Database) -> None:
    page = client.get("/settings").text
    for said in ("set in earful.toml, line 2", "line 4", "listed · line 12", "set in earful.toml, line 17", "90 days"):
        assert said in page
    assert "not set in earful.toml" in page  # the schedules


def test_settings_say_what_is_promised_when_somebody_works_and_who_is_told(
    client: httpx.Client, filled: Database
) -> None:
    page = " ".join(re.sub(r"<[^>]*>", " ", client.get("/settings").text).split())
    assert "urgent 1 h 30 min high 4 h normal 1 d 12 h low 3 d of working time" in page
    assert "Working hours Monday 09:00–12:00 and 13:00–17:00 Tuesday 09:00–17:00 Sunday 10:00–14:00" in page
    assert "Holidays to come 24 Dec 2099 Lead kari" in page, "those that are over are left out"
    assert "team chat high all brands · a summary each morning" in page


def test_a_query_is_tried_on_what_is_stored(client: httpx.Client, filled: Database) -> None:
    page = client.get("/settings", params={"brand": "Fjord Air", "q": "bag"})
    assert page.status_code == 200
    assert "stored mentions" in page.text
    broken = client.get("/settings", params={"brand": "Fjord Air", "q": "bag AND ("})
    assert (broken.status_code, "column" in broken.text.lower()) == (422, True)
    assert client.get("/settings", params={"brand": "Tazzorin", "q": "bag"}).status_code == 422


@pytest.mark.parametrize("code", ["en", "nb", "bg", "hu", "id"])
@pytest.mark.parametrize("page", ["/lexicon", "/themes"])
def test_a_page_of_words_says_what_reads_again_and_what_only_looks(
    client: httpx.Client, filled: Database, page: str, code: str
) -> None:
    said = client.get(page, headers={"Accept-Language": code}).text
    assert "<code>earful read --again</code>" in said
    assert "<code>earful read --again --yes</code>" in said


def test_words_are_weighed_and_taken_out_and_the_file_wins(client: httpx.Client, filled: Database) -> None:
    for word, weight in (("Sliten", "-1,5"), ("wobbl*", "3")):
        assert client.post("/lexicon", data={"word": word, "weight": weight}).headers["location"] == "/lexicon"
    page = client.get("/lexicon").text
    assert "set in earful.toml, line 16" in page
    assert "overruled by earful.toml" in page
    assert client.post("/lexicon", data={"word": "sick", "weight": "3", "brand": "fjord air"}).is_redirect
    with filled.read() as session:
        assert lexicon.lexicon_of(session, "Fjord Air") == {"sliten": -1.5, "wobbl*": 3.0, "sick": 3.0}
    assert client.post("/lexicon", data={"word": "sliten", "verb": "remove"}).is_redirect
    assert "took out" in client.get("/lexicon").text
    with filled.read() as session:
        assert lexicon.words_of(session, "") == {"wobbl*": 3.0}


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"word": "ok", "weight": "9"}, "from -4"),
        ({"word": "ok", "weight": "very"}, "a number"),
        ({"word": "", "weight": "1"}, "no word"),
        ({"word": "unset", "verb": "remove"}, "not in this lexicon"),
        ({"word": "ok", "weight": "1", "brand": "Tazzorin"}, "there is no brand"),
    ],
)
def test_what_is_no_word_is_refused(client: httpx.Client, filled: Database, said: dict[str, str], why: str) -> None:
    page = client.post("/lexicon", data=said)
    assert page.status_code == 422
    assert why in page.text.lower()


def test_run_now_without_a_scheduler_says_what_to_do(client: httpx.Client, filled: Database) -> None:
    assert "Run now" in client.get("/runs").text
    page = client.post("/runs", data={"brand": "Fjord Air"})
    assert page.status_code == 503
    assert "earful up" in page.text
    assert client.post("/runs", data={"brand": "Tazzorin"}).status_code == 422
    assert client.post("/runs", data={"brand": "Fjord Air", "source": "nowhere"}).status_code == 422


def test_the_runs_page_tells_what_is_left_of_a_quota(client: httpx.Client, filled: Database) -> None:
    with filled.write() as session:
        key = source_row(session, "Fjord Air", "reddit", "rss", "f").id
        until = datetime(2026, 3, 4, 12, 10, tzinfo=UTC)
        add_to_ledger(session, 2, key, SourceCount(quota=Quota(587, 600, until)), until)
    page = client.get("/runs").text
    assert "587 of 600 requests were left; renewed in 9 min" in page
    assert "Not in the configuration any more" in page


def test_the_next_read_is_by_the_brands_own_clock(config: Configuration) -> None:
    found = next_reads(config.settings, datetime(2026, 3, 4, 12, tzinfo=UTC))
    assert found == {"Fjord Air": datetime(2026, 3, 5, 5, 30, tzinfo=UTC)}
    never = Settings.model_validate({**config.settings.model_dump(), "schedules": {"collect": ""}})
    assert next_reads(never, datetime(2026, 3, 4, 12, tzinfo=UTC)) == {}


def test_run_now_asks_for_the_deployment_that_there_is() -> None:
    assert schedule.FLOW in FLOWS
    assert Planned(schedule.FLOW).name == schedule.DEPLOYMENT
    assert Prefect(4210).run_url("a") == "http://127.0.0.1:4210/runs/flow-run/a"


def test_a_busy_scheduler_is_asked_again_for_the_same_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)
    with closing(Fake()) as server:
        server.reply = _Busy(2)
        Prefect(server.port).run_now("Fjord Air", "reddit")
    wishes = [json.loads(asked.body) for asked in server.asked if asked.method == "POST"]
    assert len(wishes) == 3
    assert wishes[0] == wishes[1] == wishes[2]
    assert wishes[0]["parameters"] == {"brand": "Fjord Air", "source": "reddit"}
    assert wishes[0]["idempotency_key"]


def test_a_scheduler_that_stays_busy_is_not_said_to_be_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)
    with closing(Fake()) as server:
        server.reply = _Busy(99)
        with pytest.raises(NotScheduling, match="too busy to answer"):
            Prefect(server.port).run_now("Fjord Air")
    with pytest.raises(NotScheduling, match="runs with `earful up`"):
        Prefect(server.port).run_now("Fjord Air")


class _Busy:
    """A scheduler whose database is held by another writer for the first wishes."""

    def __init__(self, wishes: int) -> None:
        self.wishes = wishes

    def __call__(self, asked: Asked) -> Reply:
        if asked.method == "GET":
            return Reply(b'{"id": "d"}')
        self.wishes -= 1
        return Reply(status=503) if self.wishes >= 0 else Reply(b'{"id": "r"}')

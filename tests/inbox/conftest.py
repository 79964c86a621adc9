"""An inbox to test on: a configuration, a database with some sixty varied cases, the app, and a client beside it."""

import itertools
import json
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread
from types import MappingProxyType
from typing import Any

import httpx
import pytest
import uvicorn
from argon2 import PasswordHasher
from fastapi import FastAPI
from sqlalchemy import select

from earful.configfile import Configuration
from earful.secrets import Secrets
from earful.settings import Brand, Flagging, InboxSettings, Settings
from earful.text import whole
from earful.values import (
    FoundMention,
    Label,
    MentionKind,
    Missed,
    MissedReason,
    Passage,
    Reason,
    Rejected,
    Severity,
    SourceCount,
    SourceState,
    Verdict,
)
from flows.steps.themedesk import ThemeDesk
from inbox.app import create_app
from inbox.person import SESSION_COOKIE
from models import passwords
from models.account import Right, Role
from models.accounts import add_user, set_password, user_named
from models.acts import Act, Verb
from models.case import Case, Dismissal
from models.casework import act
from models.changes import Insert, Update, Vanished, content_digest
from models.database import Database
from models.doors import begin_session
from models.mention import Mention
from models.pipeline import save_readings, save_verdicts
from models.run import Run, RunKind, RunStatus
from models.store import (
    Intake,
    add_to_ledger,
    apply_changes,
    close_ledger,
    keep_rejected,
    mark_read,
    open_ledger,
    source_row,
)
from models.tokens import add_token
from sentiment.reader import reader_named
from tests.local import LOCAL
from triage.judge import Heard, judge

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
BRAND = Brand(name="Fjord Air", query='"Fjord Air" OR FjordAir', time_zone="Europe/Oslo", languages=("en", "no", "bg"))
SECOND = Brand(name="Nordlys Coffee", query='"Nordlys Coffee" OR Nordlys', time_zone="Europe/Oslo")
SCRIPT = '<script>document.title="owned"</script><img src=x onerror=alert(1)> {{ 7 * 7 }} {% raise %} ${7*7}'
LONG = "Fjord Air lost my bag and nobody answers. " * 2400  # a little more than 100,000 characters

POSTS = [json.loads(line) for line in (Path(__file__).parent / "posts.jsonl").read_text("utf-8").splitlines()]
SIGN_IN = (
    "https://a.example/ is a web page, not a feed: the address is wrong, or the page asks for a login or a captcha"
)
NO_DATE = '"yesterday-ish" is no date we know; say how dates are written with date_format'
PROMISED = {Severity.URGENT: 2, Severity.HIGH: 6, Severity.NORMAL: 30, Severity.LOW: 80}  # hours
CALM = (
    "Fjord Air now flies to Tromsø twice a day.",
    "Lovely crew on Fjord Air today, thank you! Best flight in years.",
    "Does anybody know whether Fjord Air allows skis?",
)


def settings() -> Settings:
    return Settings(brands=(BRAND, SECOND), data_dir=Path("unused"))


@pytest.fixture
def config(tmp_path: Path) -> Configuration:
    own = settings().model_copy(update={"themes": tmp_path / "themes.txt"})
    return Configuration(own, tmp_path, Secrets(tmp_path, {}), tmp_path / "earful.toml")


@pytest.fixture(scope="session")
def full_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with some sixty cases, filled once: each test works on a copy."""
    path = tmp_path_factory.mktemp("full") / "earful.db"
    with Database(f"sqlite:///{path}") as database:
        database.upgrade()
        fill(database)
    return path


@pytest.fixture
def store(request: pytest.FixtureRequest, sqlite_url: str) -> Iterator[Database]:
    """A database on a real SQLite file, empty unless the test asks for `filled` too."""
    begun = request.getfixturevalue("full_file" if "filled" in request.fixturenames else "empty_file")
    shutil.copy(begun, sqlite_url.removeprefix("sqlite:///"))
    with Database(sqlite_url) as database:
        yield database


@pytest.fixture
def clock() -> Callable[[], datetime]:
    """A clock that goes on by a second whenever it is looked at."""
    ticks = itertools.count()
    return lambda: NOW + timedelta(seconds=next(ticks))


@pytest.fixture
def app(config: Configuration, store: Database, clock: Callable[[], datetime]) -> FastAPI:
    return create_app(config, store, clock, ThemeDesk(store, config))


@pytest.fixture
def served(app: FastAPI) -> Iterator[str]:
    """The app behind a real server on loopback; its address."""
    with serving(app) as address:
        yield address


@contextmanager
def serving(app: FastAPI) -> Iterator[str]:
    """A real server on loopback; its address."""
    server = uvicorn.Server(
        uvicorn.Config(app, host="127.0.0.1", port=0, log_level="critical", proxy_headers=False, lifespan="off")
    )
    thread = Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.005)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join()


@pytest.fixture
def serve(config: Configuration, store: Database, clock: Callable[[], datetime]) -> Iterator[Callable[..., str]]:
    """Serves the store with settings of the inbox of one's own; returns the address."""
    with ExitStack() as running:

        def serve(inbox: InboxSettings, environ: Mapping[str, str] = MappingProxyType({})) -> str:
            wanted = config.settings.model_copy(update={"inbox": inbox})
            secrets = Secrets(config.folder, environ)
            app = create_app(Configuration(wanted, config.folder, secrets, config.path), store, clock)
            return running.enter_context(serving(app))

        yield serve


PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def quick_passwords(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Passwords that cost nothing to compare; what they cost in earnest is tested with the accounts."""
    monkeypatch.setattr(passwords, "HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    passwords.nobodys.cache_clear()
    yield
    passwords.nobodys.cache_clear()


@pytest.fixture
def team(store: Database) -> Database:
    """A house with accounts: one user a role, named for it, and `fresh`, who has not chosen a password yet."""
    with store.write() as session:
        for role in reversed(Role):  # an admin first
            name = role.value
            user = add_user(session, NOW, name, role, f"{name}@example.com", f"{name.capitalize()} Smid")
            set_password(session, user, PASSWORD)
        add_user(session, NOW, "fresh", Role.AGENT)
    return store


@pytest.fixture
def signed_in(served: str, team: Database, clock: Callable[[], datetime]) -> Iterator[Callable[..., httpx.Client]]:
    """Browsers without JavaScript: of the user of this role, or (None) of somebody who is not signed in."""
    with ExitStack() as browsers:

        def signed_in(role: Role | None) -> httpx.Client:
            browser = browsers.enter_context(httpx.Client(base_url=served, **LOCAL))
            if role:
                with team.write() as session:
                    browser.cookies.set(SESSION_COOKIE, begin_session(session, user_named(session, role), clock()))
            return browser

        yield signed_in


@pytest.fixture
def token(store: Database, clock: Callable[[], datetime]) -> Callable[..., str]:
    """Makes tokens for the API with these scopes."""
    count = itertools.count()

    def token(*scopes: Right, lasts: timedelta = timedelta(days=1)) -> str:
        with store.write() as session:
            return add_token(session, clock(), f"crm{next(count) or ''}", scopes, "dana", lasts)

    return token


@pytest.fixture
def client(served: str) -> Iterator[httpx.Client]:
    """A browser without JavaScript on this machine, signed in as dana."""
    with httpx.Client(base_url=served, cookies={"earful_name": "dana"}, **LOCAL) as client:
        yield client


@pytest.fixture
def filled(store: Database) -> Database:
    """The database with its sixty cases."""
    return store


Ledger = dict[str, tuple[SourceCount, str | None]]
"""What a run saw of each source, and the error that ended it."""


class Filler:
    """Lets posts walk through the house as the pipeline does."""

    def __init__(self, database: Database, now: datetime = NOW) -> None:
        self.database, self.now = database, now
        self.reader = reader_named("vader")
        self.brands = {brand.name: brand for brand in (BRAND, SECOND)}
        self.count = itertools.count(1)

    def run(
        self,
        number: int,
        started: datetime,
        status: RunStatus,
        sources: dict[str, tuple[SourceCount, str | None]],
        kind: RunKind = RunKind.COLLECT,
    ) -> None:
        over = None if status is RunStatus.RUNNING else started + timedelta(seconds=48)
        run = Run(id=number, kind=kind, status=status, started_at=started, beat_at=started, finished_at=over)
        with self.database.write() as session:
            session.add(run)
            session.flush()
            for name, (count, error) in sources.items():
                brand = SECOND.name if name == "shop" else BRAND.name
                key = source_row(session, brand, name, "rss", "f").id
                open_ledger(session, number, key, started)
                add_to_ledger(session, number, key, count, started)
                result = RunStatus.FAILED if error else RunStatus.PARTIAL if count.missed else RunStatus.OK
                if status is not RunStatus.RUNNING:
                    close_ledger(session, number, key, result, started + timedelta(seconds=40), error)
                if result is RunStatus.OK:
                    mark_read(session, key, started + timedelta(seconds=40))

    def hear(self, found: FoundMention, brand: str, source: str, seen: datetime, severity: Severity | None,
             language: str | None = None) -> int | None:  # fmt: skip
        """Store, read and judge one post; returns the id of its case, None when it is not to be flagged."""
        with self.database.write() as session:
            intake = Intake(source_row(session, brand, source, "rss", "f").id, brand, 1, seen)
            digest = content_digest(found)
            apply_changes(session, intake, [Insert(found, digest)], {})
            key = session.scalars(select(Mention.id).where(Mention.external_id == found.external_id)).one()
            text = whole(found.title, found.text)
            (reading,) = self.reader.read([Passage(text, language, found.rating, None)])
            if language:
                reading = replace(reading, language=language)
            save_readings(session, {key: reading}, {key: digest}, seen)
            heard = Heard(text, True, found.rating, None, found.reach, found.author)
            verdict = judge(heard, reading, self.brands[brand], Flagging(), seen)
            reasons = verdict.reasons or (Reason("rating", f"{found.rating or 1:g} of 5 stars"),)
            promised = PROMISED[severity or Severity.LOW]
            forced = Verdict(
                severity is not None, severity or Severity.LOW, reasons, seen + timedelta(hours=promised), False
            )
            opened = save_verdicts(session, {key: forced}, {key: digest}, seen)
            return opened[0] if opened else None

    def post(self, post: dict[str, Any], older: float = 0) -> int | None:
        key, seen, source = str(next(self.count)), self.now - timedelta(hours=post["hours_ago"] + older), post["source"]
        threaded = source == "reddit"
        found = FoundMention(
            external_id=key,
            text=post.get("text", "").replace("LONG", LONG).replace("SCRIPT", SCRIPT),
            title=post.get("title", "").replace("SCRIPT", SCRIPT),
            kind=MentionKind.POST if threaded else MentionKind.REVIEW,
            url="javascript:alert(1)" if "SCRIPT" in post["text"] else f"https://{source.split()[0]}.example/p/{key}",
            author=post.get("author", "").replace("SCRIPT", SCRIPT) or None,
            published_at=seen,
            rating=post.get("rating"),
            reach=post.get("reach"),
            place="r/travel" if threaded else None,
            thread_id="1" if threaded else None,
            parent_id="1" if threaded and key != "1" else None,
        )
        brand = SECOND.name if source == "shop" else BRAND.name
        return self.hear(found, brand, source, seen, Severity(post["severity"]), post.get("language"))

    def do(self, case_id: int, what: Act, actor: str, minutes_ago: float) -> None:
        with self.database.write() as session:
            version = session.get_one(Case, case_id).version
            act(session, case_id, version, actor, what, self.now - timedelta(minutes=minutes_ago))

    def change(self, external_id: str, source: str, text: str | None, seen: datetime) -> None:
        """Edit a post at its source, or take it away."""
        state = SourceState.DELETED if text is None else SourceState.EDITED
        found = FoundMention(external_id=external_id, text=text or "", state=state, author="kari_o")
        with self.database.write() as session:
            intake = Intake(source_row(session, BRAND.name, source, "rss", "f").id, BRAND.name, 2, seen)
            digest = content_digest(found)
            change = Vanished(found) if text is None else Update(found, digest)
            apply_changes(session, intake, [change], {})
            if text is not None:
                key = session.scalars(select(Mention.id).where(Mention.external_id == external_id)).one()
                (reading,) = self.reader.read([Passage(text, "en")])
                save_readings(session, {key: reading}, {key: digest}, seen)


def fill(database: Database, now: datetime = NOW) -> list[int]:
    """Some sixty cases in every state, and runs of every outcome. Returns the ids of the cases, in order of arrival."""
    filler = Filler(database, now)
    _runs(filler, now)
    cases = [filler.post(post, older) for older in (0, 80, 200) for post in POSTS]
    for number, text in enumerate(CALM):
        found = FoundMention(f"calm{number}", text, author="plain", published_at=now - timedelta(hours=number))
        filler.hear(found, BRAND.name, "reddit", now, None)
    flagged = [case for case in cases if case is not None]
    _work(filler, flagged)
    return flagged


def _runs(filler: Filler, now: datetime) -> None:
    missed = Missed(MissedReason.CAP, "r/travel shows its newest 1000 items only; read it more often")
    nothing = SourceCount(requests=2, fetched=40, seen=40, unchanged=40)
    filler.run(1, now - timedelta(days=2), RunStatus.OK, {
        "reddit": (SourceCount(requests=12, fetched=310, seen=250, new=250, off_query=55, repeated=5), None),
        "trustpages": (SourceCount(requests=3, fetched=61, seen=61, new=58, rejected=3), None),
        "app reviews": (SourceCount(requests=1, fetched=20, seen=20, new=20), None),
        "shop": (SourceCount(requests=1, fetched=40, seen=40, new=40), None)})  # fmt: skip
    filler.run(2, now - timedelta(hours=6), RunStatus.PARTIAL, {
        "reddit": (SourceCount(requests=10, fetched=1000, seen=900, new=21, edited=1, unchanged=877, vanished=1,
                               off_query=100, missed=(missed,)), None),
        "trustpages": (nothing, None),
        "app reviews": (SourceCount(requests=1), SIGN_IN),
        "shop": (SourceCount(requests=1, fetched=42, seen=42, new=2, unchanged=40), None)})  # fmt: skip
    with filler.database.write() as session:
        intake = Intake(source_row(session, BRAND.name, "trustpages", "rss", "f").id, BRAND.name, 1, now)
        broken = [
            Rejected(
                "row 17",
                f"the date can't be read: {NO_DATE}",
                "id,text\n17,<b>bad</b>,yesterday-ish",
            ),
            Rejected("row 31", "it has no text, no title and no rating", "31,,,,"),
        ]
        keep_rejected(session, intake, broken)


def _work(filler: Filler, cases: list[int]) -> None:
    filler.do(cases[0], Act(Verb.ASSIGN, to="dana"), "lee", 50)
    filler.do(
        cases[0],
        Act(Verb.NOTE, text="Called her, line busy. Trying again at 13:00.\nHotel bill is on its way."),
        "dana",
        40,
    )
    edited = f"{POSTS[0]['text']}\n\nEdit: a Fjord Air person called. Still angry, but thank you for calling."
    filler.change("1", "reddit", edited, filler.now - timedelta(minutes=20))
    filler.do(cases[3], Act(Verb.ASSIGN, to="Ивана"), "Ивана", 30)
    filler.do(cases[7], Act(Verb.WAIT), "lee", 90)
    filler.do(cases[8], Act(Verb.SNOOZE, until=filler.now + timedelta(hours=20)), "dana", 60)
    filler.change("16", "reddit", None, filler.now - timedelta(minutes=5))
    for number in range(20, 40):
        if number % 3 == 0:
            filler.do(cases[number], Act(Verb.RESOLVE, text="Refunded, and told them so."), "lee", 600 - number)
    for number in range(40, 60):
        reason = list(Dismissal)[number % 4]
        if number % 2:
            filler.do(cases[number], Act(Verb.DISMISS, reason=reason, says=Label.NEUTRAL), "dana", 600 - number)


@pytest.fixture
def filler(store: Database) -> Filler:
    made = Filler(store)
    _runs(made, NOW)
    return made


@pytest.fixture
def more(filled: Database) -> Filler:
    """Lets more posts come beside the sixty."""
    made = Filler(filled)
    made.count = itertools.count(1000)
    return made

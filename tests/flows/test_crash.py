"""Killed at any point and run again, nothing is lost and nothing doubled."""

import csv
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import func, select

from models.case import Case, CaseEvent
from models.database import Database
from models.mention import Mention, RejectedRecord, Stage, StoredReading

ROWS = 14_000
BROKEN = 140
KILLS = 20

RUN = """
import sys
from pathlib import Path
from connectors.file import FileSettings
from earful.configfile import Configuration
from earful.secrets import Secrets
from earful.settings import Brand, Settings
from flows.steps.jobs import Job
from flows.steps.whole import run_here
from models.database import Database
from models.run import RunKind

folder, url = Path(sys.argv[1]), sys.argv[2]
source = FileSettings(type="file", name="reviews", path=folder / "reviews.csv")
brand = Brand(name="Fjellkopp", languages=("en",), sources=(source,))
settings = Settings(brands=(brand,), data_dir=folder, database_url=url)
config = Configuration(settings, folder, Secrets(folder, {}), folder / "earful.toml")

class Tell:
    def source(self, job): pass
    def page(self, count): print("page", flush=True)
    def step(self, name): pass
    def read(self, count): print("read", flush=True)
    def judged(self, opened): print("judged", flush=True)

with Database(settings.store_url) as database:
    database.upgrade()
    run_here(database, config, [Job(brand, source)], watcher=Tell())
"""


def write_reviews(file: Path) -> None:
    with file.open("w", newline="", encoding="utf-8") as out:
        rows = csv.writer(out)
        rows.writerow(["id", "text", "author", "rating"])
        for number in range(ROWS):
            text = "awful, still waiting" if number % 2 else "a lovely mug, thank you all"
            rows.writerow([f"r{number}", text, f"author {number}", 9 if number % 100 == 0 else ""])


def start(folder: Path, url: str) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", RUN, str(folder), url], stdout=subprocess.PIPE, text=True)


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_killed_again_and_again_nothing_is_lost_and_nothing_doubled(tmp_path: Path, database_url: str) -> None:
    write_reviews(tmp_path / "reviews.csv")
    killed = 0
    for attempt in range(KILLS):
        with start(tmp_path, database_url) as child:
            assert child.stdout is not None
            child.stdout.readline()  # one page, or one batch, is stored …
            time.sleep(attempt * 0.004)  # … and the next is somewhere on its way
            os.kill(child.pid, signal.SIGKILL)
            killed += child.wait() == -signal.SIGKILL
    assert killed >= KILLS - 2
    with start(tmp_path, database_url) as last:
        last.communicate()
        assert last.returncode == 0
    with Database(database_url) as database, database.read() as session:
        good = ROWS - BROKEN
        count = {table: session.scalar(select(func.count()).select_from(table)) for table in (Mention, StoredReading)}
        assert count == {Mention: good, StoredReading: good}
        assert session.scalar(select(func.count()).where(Mention.stage != Stage.JUDGED)) == 0
        assert session.scalar(select(func.count()).select_from(RejectedRecord)) == BROKEN
        cases = session.scalar(select(func.count()).select_from(Case))
        assert cases == ROWS // 2
        assert session.scalar(select(func.count()).select_from(CaseEvent)) == cases

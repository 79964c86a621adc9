"""Rows a second and memory of the whole line, beside vaderSentiment alone and a naive row-by-row script, in one run.

`make bench` runs it. Ratios matter, not seconds: all three read the same texts on the same machine, one after another.
"""

import csv
import random
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROWS = (20_000, 100_000)
SAID = (
    "I love this kettle, it pours so well",
    "Still waiting for my parcel, nobody answers the phone",
    "The lid broke after a week. I want a refund",
    "It is a mug. It holds coffee.",
    "Great, the app crashed again and logged me out!",
    "Best gift I have ever bought, my mother is over the moon :)",
)


def write(file: Path, rows: int) -> None:
    """A file of invented reviews, the same at each run."""
    chance = random.Random(7)  # noqa: S311 - texts for a benchmark, nobody's secret
    with file.open("w", newline="", encoding="utf-8") as out:
        table = csv.writer(out)
        table.writerow(["id", "text", "author", "rating", "published_at"])
        for number in range(rows):
            text = f"{chance.choice(SAID)} {chance.choice(SAID)} ({number})"
            when = f"2026-03-{1 + number % 28:02d}T12:00:00Z"
            table.writerow([f"r{number}", text, f"author {number % 900}", chance.choice(["", "1", "3", "5"]), when])


def earful(file: Path) -> None:
    """The whole line: parse, store, read, flag."""
    from earful.cli import ended

    (file.parent / "earful.toml").write_text('reader = "vader"\n[[brands]]\nname = "Fjellkopp"\nlanguages = ["en"]\n')
    code = ended(["import", str(file), "--brand", "Fjellkopp", "--json"])
    if code:
        raise SystemExit(code)


def vader(file: Path) -> None:
    """The library alone: read the texts from the file and score them; nothing is stored or judged."""
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    reads = SentimentIntensityAnalyzer()
    with file.open(newline="", encoding="utf-8") as rows:
        for row in csv.DictReader(rows):
            reads.polarity_scores(row["text"])


def naive(file: Path) -> None:
    """What a first script does: one row, one look-up, one score, one insert, one commit."""
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    reads = SentimentIntensityAnalyzer()
    store = sqlite3.connect(file.parent / "naive.db")
    store.execute("CREATE TABLE mention (id TEXT PRIMARY KEY, text TEXT, author TEXT, score REAL, flagged INT)")
    with file.open(newline="", encoding="utf-8") as rows:
        for row in csv.DictReader(rows):
            if store.execute("SELECT 1 FROM mention WHERE id = ?", (row["id"],)).fetchone():
                continue
            score = reads.polarity_scores(row["text"])["compound"]
            values = (row["id"], row["text"], row["author"], score, score < -0.05)
            store.execute("INSERT INTO mention VALUES (?, ?, ?, ?, ?)", values)
            store.commit()


WAYS = {"earful": earful, "vader": vader, "naive": naive}


def measured(way: str, file: Path) -> tuple[float, float]:
    """Seconds and peak memory (MB) of one way in a process of its own."""
    begun = time.perf_counter()
    ran = subprocess.run(
        [sys.executable, __file__, way, str(file)], check=True, capture_output=True, text=True, cwd=file.parent
    )
    return time.perf_counter() - begun, float(ran.stdout.splitlines()[-1])


def main() -> None:
    """Print a table: each way on each size, with its ratio to vaderSentiment alone."""
    print(f"{'way':<8}{'rows':>8}{'rows/s':>9}{'x vader':>9}{'peak MB':>9}")
    for rows in ROWS:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "reviews.csv"
            write(file, rows)
            found = {way: measured(way, file) for way in WAYS}
        for way, (seconds, memory) in found.items():
            ratio = found["vader"][0] / seconds
            print(f"{way:<8}{rows:>8}{rows / seconds:>9.0f}{ratio:>9.2f}{memory:>9.0f}")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        WAYS[sys.argv[1]](Path(sys.argv[2]))
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    else:
        main()

"""A file of one's own with one broken row in a hundred, through `earful run`: what is kept, rows a second, memory.

`make bench` runs it. The counts must be exact; the memory must not grow with the file.
"""

import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

SAID = (
    "I love this kettle, it pours so well",
    "Still waiting for my parcel, nobody answers the phone",
    'The lid broke after a week. "Sorry" is all they say',
    "It is a mug. It holds coffee.",
    '=HYPERLINK("http://tazzorin.example","a formula for a text is kept, as text")',
)
CONFIG = """
[[brands]]
name = "Brygvell"
languages = ["en"]
[[brands.sources]]
type = "file"
name = "reviews"
path = "{path}"
"""
RUN = """
import resource, sys
from earful.cli import ended
code = ended(["run", "--json"])
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
sys.exit(code)
"""
EVERY = 100  # one row in so many is broken


@dataclass(frozen=True, slots=True)
class Told:
    """What a run said of the file, and what it took."""

    new: int
    rejected: int
    fetched: int
    seconds: float
    peak: float  #: megabytes


def rows(count: int) -> Iterator[list[str]]:
    """Rows of id, text, author, date and rating, the same at each run."""
    chance = random.Random(7)  # noqa: S311 - texts for a benchmark, nobody's secret
    for number in range(count):
        text = f"{chance.choice(SAID)} ({number})"
        yield [f"r{number}", text, f"author {number % 900}", f"2026-03-{1 + number % 28:02d}T12:00:00Z", "3"]


def broken(row: list[str], number: int) -> list[str]:
    """The row with something wrong that a table of any kind may hold."""
    key, text, author, _, _ = row
    return [
        [key, text, author, f"2026-02-{30 + number % 60}", ""],
        [key, "", author, "", ""],
        [key, text, author, "", "=1+1"],
        [key, text, author, "", "11"],
        ["5.70306E+17", text, author, "", ""],
    ][number % 5]


def write_csv(file: Path, count: int) -> None:
    """Besides such rows, every other broken one is no proper line: bytes in Latin-1, or a quote that never closes."""
    with file.open("wb") as out:
        out.write(b"id,text,author,date,rating\r\n")
        for number, row in enumerate(rows(count)):
            turn = number // EVERY
            if number % EVERY or turn % 2:
                out.write(_line(row if number % EVERY else broken(row, turn // 2)).encode())
            elif turn % 4:
                out.write(_line([row[0], "caf\xe9", *row[2:]]).encode("latin-1"))
            else:
                out.write(f'{row[0]},"open {number},{row[2]},,\r\n'.encode())


def _line(cells: list[str]) -> str:
    return ",".join('"' + cell.replace('"', '""') + '"' if {'"', ","} & set(cell) else cell for cell in cells) + "\r\n"


def write_xlsx(file: Path, count: int) -> None:
    """The same rows as a workbook."""
    import openpyxl

    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Reviews")
    sheet.append(["id", "text", "author", "date", "rating"])
    for number, row in enumerate(rows(count)):
        cells = broken(row, number // EVERY) if number % EVERY == 0 else row
        sheet.append(
            [cell.removeprefix("=") if place == 1 else cell.replace("=", "#") for place, cell in enumerate(cells)]
        )
    book.save(file)


WAYS: dict[str, Callable[[Path, int], None]] = {"csv": write_csv, "xlsx": write_xlsx}


def measured(folder: Path, kind: str, count: int) -> Told:
    """One run on a new file in a process of its own."""
    (folder / "earful.toml").write_text(CONFIG.format(path=f"reviews.{kind}"), "utf-8")
    WAYS[kind](folder / f"reviews.{kind}", count)
    begun = time.perf_counter()
    ran = subprocess.run([sys.executable, "-c", RUN], check=True, capture_output=True, text=True, cwd=folder)
    report, peak = ran.stdout.splitlines()
    source = json.loads(report)["sources"][0]
    new, rejected, fetched = (source[name] for name in ("new", "rejected", "fetched"))
    return Told(new, rejected, fetched, time.perf_counter() - begun, float(peak))


def told(kind: str, count: int) -> Told:
    """The same in a folder that is taken away afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        return measured(Path(folder), kind, count)


def main() -> None:
    """Print a table: each kind in two sizes."""
    print(f"{'file':<6}{'rows':>8}{'kept':>9}{'rejected':>10}{'rows/s':>9}{'peak MB':>9}")
    for kind, counts in {"csv": (50_000, 200_000), "xlsx": (10_000, 40_000)}.items():
        for count in counts:
            run = told(kind, count)
            print(f"{kind:<6}{count:>8}{run.new:>9}{run.rejected:>10}{count / run.seconds:>9.0f}{run.peak:>9.0f}")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(asdict(told(sys.argv[1], int(sys.argv[2])))))
    else:
        main()

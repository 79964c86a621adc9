"""How fast `earful score` is beside vaderSentiment itself, on one core, in one run.

`python bench/reader.py [TEXTS.jsonl ...]` reads the texts of files ({"text": ...} a line; each counts once), or made-up
brand posts. Each reader is a process of its own that reads JSON lines and writes JSON lines; it is given some texts to
warm up with, and the rest is timed, by processor time: what else the machine does changes that least. To measure on one
core, run it under `taskset -c 0`.
"""

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import NamedTuple

WARM = 0.3  # of the texts: reading these, weights and everyday words get known
LONG = 10_000  # characters
MOST_LONG = 200
VADER = """
import json, sys
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer
reader = SentimentIntensityAnalyzer()
for line in sys.stdin:
    row = json.loads(line)
    print(json.dumps(row | reader.polarity_scores(row["text"]), ensure_ascii=False))
"""
SCORE = [str(Path(sys.executable).with_name("earful")), "score", "--json", "--reader"]
COMMANDS = {
    "vaderSentiment": [sys.executable, "-c", VADER],
    "vader": [*SCORE, "vader"],
    "default": [*SCORE, "default"],
    "default, explained": [*SCORE, "default", "--explain"],
}


class Cost(NamedTuple):
    """What a process cost."""

    seconds: float  # of the processor
    wall: float
    memory: float  # MB at most


def main() -> None:
    """Print a table: texts and characters a second, also of long texts, seconds to the first result, memory at most."""
    texts = _texts(sys.argv[1:])
    joined = " ".join(texts)
    long = [joined[start : start + LONG] for start in range(0, len(joined), LONG)][:MOST_LONG]
    print(f"{len(texts)} texts, {len(joined) // len(texts)} characters each; {len(long)} of {LONG} characters")
    print(f"{'':<20}{'texts/s':>9}{'chars/s':>11}{'chars/s, long':>15}{'first, s':>10}{'MB':>6}{'MB, long':>10}")
    for name, command in COMMANDS.items():
        few = 4 if name == "vaderSentiment" else len(long)  # its time grows with the square of the length
        _row(name, command, texts, long[:few])


def _row(name: str, command: Sequence[str], texts: Sequence[str], long: Sequence[str]) -> None:
    first = min(_cost(command, texts[:1]).wall for _ in range(3))
    seconds, memory = _warm(command, texts)
    slow, more = _warm(command, long)
    rest = texts[int(len(texts) * WARM) :]
    characters = sum(map(len, rest)) / seconds
    longer = sum(map(len, long[int(len(long) * WARM) :])) / slow
    said = f"{name:<20}{len(rest) / seconds:>9.0f}{characters:>11.0f}{longer:>15.0f}"
    print(f"{said}{first:>10.2f}{memory:>6.0f}{more:>10.0f}")


def _warm(command: Sequence[str], texts: Sequence[str]) -> tuple[float, float]:
    """Seconds for the texts after those to warm up with, and megabytes at most."""
    some, whole = _cost(command, texts[: int(len(texts) * WARM)]), _cost(command, texts)
    return whole.seconds - some.seconds, whole.memory


def _cost(command: Sequence[str], texts: Sequence[str]) -> Cost:
    with tempfile.TemporaryFile() as given:
        given.write("".join(json.dumps({"text": text}, ensure_ascii=False) + "\n" for text in texts).encode())
        given.seek(0)
        begun = time.perf_counter()
        process = subprocess.Popen(command, stdin=given, stdout=subprocess.DEVNULL)
        _, status, used = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"{' '.join(command[:4])} … failed")
    return Cost(used.ru_utime + used.ru_stime, time.perf_counter() - begun, used.ru_maxrss / 1024)


def _texts(arguments: Sequence[str]) -> list[str]:
    if not arguments:
        return _made()
    lines = chain.from_iterable(Path(one).read_text(encoding="utf-8").rstrip("\n").split("\n") for one in arguments)
    return list(dict.fromkeys(json.loads(line)["text"] for line in lines))


def _made() -> list[str]:
    """Posts of everyday words, names and numbers that hardly come twice."""
    chance = random.Random(1)  # noqa: S311 - the same posts each time
    starts = ("my parcel", "the new app", "your driver", "pakken min", "why is my refund", "appen deres")
    middles = (
        "still has not arrived",
        "crashes all the time",
        "was so friendly and quick",
        "kom aldri fram",
        "so late??",
    )
    ends = (
        "and nobody answers my emails 😡",
        "- thanks a lot!",
        "https://t.example/x1",
        "#fail",
        "love it <3",
        "takk!",
    )
    return [
        f"@{_name(chance)} {chance.choice(starts)} {chance.choice(middles)} in {_name(chance)} {chance.choice(ends)}"
        for _ in range(20_000)
    ]


def _name(chance: random.Random) -> str:
    return "".join(chance.choice(("ba", "lu", "mer", "zor", "tin", "ka", "fel", "o", "ris")) for _ in range(4))


if __name__ == "__main__":
    main()

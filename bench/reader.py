"""How fast the readers are beside vaderSentiment itself, on one core, in one run.

`python bench/reader.py [TEXTS.jsonl]` reads the texts of a file ({"text": ...} a line), or made-up brand posts.
"""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from itertools import islice, product
from pathlib import Path

from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from earful.values import Passage
from sentiment.reader import reader_named

ROUNDS = 5
LONG = 10_000  #: characters
FIRST = (
    "from earful.values import Passage; from sentiment.reader import reader_named;"
    "reader_named({name!r}).read([Passage('Refund please. Waiting 3 weeks')])"
)


def main() -> None:
    """Print a table: texts a second, characters a second on tweets and on long texts, seconds to the first result."""
    texts = _texts(sys.argv[1:])
    joined = " ".join(texts)
    long = [joined[start : start + LONG] for start in range(0, min(len(joined), 20 * LONG), LONG)]
    print(
        f"{len(texts)} texts, {len(joined) // len(texts)} characters each; {len(long)} long ones of {LONG} characters"
    )
    print(f"{'reader':<16}{'texts/s':>10}{'chars/s':>12}{'chars/s, long':>16}{'first result, s':>18}")
    reference = SentimentIntensityAnalyzer()
    _row("vaderSentiment", lambda some: [reference.polarity_scores(text) for text in some], texts, long[:2], None)
    for name in ("vader", "default"):
        reader = reader_named(name)
        _row(name, lambda some, reader=reader: reader.read([Passage(text) for text in some]), texts, long, _start(name))
    print(f"memory at most {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


def _row(
    name: str,
    read: Callable[[Sequence[str]], object],
    texts: Sequence[str],
    long: Sequence[str],
    start: float | None,
) -> None:
    read(texts)
    seconds, slow = _best(read, texts), _best(read, long)
    characters = sum(map(len, texts)) / seconds
    first = f"{start:.2f}" if start else "-"
    print(f"{name:<16}{len(texts) / seconds:>10.0f}{characters:>12.0f}{sum(map(len, long)) / slow:>16.0f}{first:>18}")


def _best(read: Callable[[Sequence[str]], object], texts: Sequence[str]) -> float:
    """The least processor time of some rounds: what else the machine does only ever adds."""
    times = []
    for _ in range(ROUNDS):
        begun = time.process_time()
        read(texts)
        times.append(time.process_time() - begun)
    return min(times)


def _start(name: str) -> float:
    """Seconds from nothing to the first reading, in a process of its own."""
    begun = time.perf_counter()
    subprocess.run([sys.executable, "-c", FIRST.format(name=name)], check=True)
    return time.perf_counter() - begun


def _texts(arguments: Sequence[str]) -> list[str]:
    if arguments:
        lines = Path(arguments[0]).read_text(encoding="utf-8").rstrip("\n").split("\n")
        return [json.loads(line)["text"] for line in lines]
    starts = ("@brand my parcel", "The new app", "@brand your driver", "Hei @brand, pakken min", "Why is my refund")
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
        f"{' '.join(parts)} ({number})" for number, parts in enumerate(islice(_forever(starts, middles, ends), 4000))
    ]


def _forever(*parts: Sequence[str]) -> "islice[tuple[str, ...]]":
    return islice((one for _ in range(100) for one in product(*parts)), None)


if __name__ == "__main__":
    main()

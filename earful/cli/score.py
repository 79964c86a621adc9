"""`earful score`: reads texts from standard input and streams out what they say, in order."""

import gc
import json as json_format
import math
import os
import re
import sys
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Annotated, Any, NamedTuple

from cyclopts import Parameter

from earful.cli.context import say
from earful.cli.jsonlines import NAMED, and_more, place, record_of, said_by
from earful.values import Passage, Reader, Reading

BATCH = 1_000  # texts: enough for a reader to work in bulk, little enough to answer at once
_HALF = re.compile("[\ud800-\udfff]")
CHUNK = 1 << 18  # bytes asked for at once; a terminal or a slow pipe gives fewer, and those are answered first


class Line(NamedTuple):
    """One line of input: what to print beside its reading, and what to read."""

    written: str  #: as a JSON object
    passage: Passage
    taken: bool  #: whether it has a key of a reading already
    error: str = ""  #: why it is no text, and comes out unscored; or what beside it can't be used


def score(
    *,
    json: Annotated[bool, Parameter(negative="", help="JSON lines on stdout, the input's other keys kept")] = False,
    explain: Annotated[
        bool, Parameter(negative="", help="also tell themes and evidence: which words moved it, and where")
    ] = False,
    lang: Annotated[
        str | None,
        Parameter(help="the language of all texts; when left out, what a JSON line states, or else detected"),
    ] = None,
    brand: Annotated[str | None, Parameter(help="read with this brand's languages, words and calibration")] = None,
    reader: Annotated[str | None, Parameter(help="another reader than the one that is set")] = None,
) -> int:
    """Read texts from standard input, one a line or as JSON lines with a "text", and print what each says.

    Example: `echo "The app crashes again" | earful score --json`
    """
    reads = _reader(brand, reader)
    told = _as_json if json else _as_text
    gc.freeze()
    gc.disable()  # what is read makes no circles, and looking for them takes a fifth of the time
    wrong = 0
    for batch in batches(lines()):
        readings = reads.read([_spoken(line.passage, lang) for line in batch], explain=explain)
        sys.stdout.write("".join([told(*each, explain=explain) for each in zip(batch, readings, strict=True)]))
        sys.stdout.flush()
        wrong = _complained(batch, wrong)
    if wrong > NAMED:
        say(and_more(wrong, "lines"))
    return 2 if wrong else 0


def _complained(batch: Sequence[Line], wrong: int) -> int:
    """Name on stderr the first lines that can't be used, `wrong` of them before this batch; returns how many now."""
    errors = [line.error for line in batch if line.error]
    for error in errors[: max(NAMED - wrong, 0)]:
        say(f"earful: {error}")
    return wrong + len(errors)


def _reader(brand: str | None, name: str | None) -> Reader:
    """The reader; for a brand one that tells what is said of it."""
    from sentiment.reader import reader_named
    from sentiment.secondlook import Budget

    budget = Budget(math.inf)  # whoever pipes texts in waits for all of them
    if brand is None:
        return reader_named(name or _chosen(), budget=budget)
    from earful.cli.context import configuration, stored
    from flows.steps.readers import brand_reader

    config = configuration()
    known = config.settings.brand(brand)
    with stored(config) as database, database.read() as session:
        return brand_reader(session, config.settings, known, name, budget)


def _chosen() -> str:
    """The reader that the configuration chooses; without one of your own nothing is loaded to find out."""
    from earful.configplace import SAMPLE_CONFIG, find

    if find() == SAMPLE_CONFIG:
        return "default"
    from connectors.registry import source_types
    from earful.configfile import load

    return load(find(), source_types()).settings.reader


def _spoken(passage: Passage, language: str | None) -> Passage:
    # Made plainly: `replace` would take a twentieth of the whole time.
    return Passage(passage.text, language, passage.rating, passage.nps) if language else passage


def lines() -> Iterator[list[str]]:
    """The lines of standard input, in runs: as many as came together. The last one need not end in a newline.

    Bytes that are no UTF-8 are shown as U+FFFD.
    """
    rest = b""
    while chunk := os.read(sys.stdin.fileno(), CHUNK):
        *whole, rest = (rest + chunk).split(b"\n")
        if whole:
            yield [line.decode("utf-8", "replace").removesuffix("\r") for line in whole]
    if rest:
        yield [rest.decode("utf-8", "replace").removesuffix("\r")]


def batches(runs: Iterator[list[str]]) -> Iterator[list[Line]]:
    """The lines parsed, in batches that never wait for more input."""
    number = 0
    for run in runs:
        for start in range(0, len(run), BATCH):
            texts = run[start : start + BATCH]
            yield [parse(text, number + start + index + 1) for index, text in enumerate(texts)]
        number += len(run)


def parse(text: str, number: int) -> Line:
    """One line: what begins with "{" is a JSON object with a "text", anything else is a text as it stands.

    What begins so and can't be used is a line with an error that names it; one whose stars can't is read without them.
    """
    if number == 1:
        text = text.removeprefix("\ufeff")
    bare = text.strip()
    if bare[:1] != "{":
        return Line(f'{{"text": {_ENCODER.encode(text)}}}', Passage(text), taken=False)
    record, passage = {"text": text}, Passage("")
    try:
        record = record_of(bare)
        passage, error = said_by(record)
    except ValueError as why:
        error = str(why)
    taken = not _SAID.isdisjoint(record)
    if not error:
        return Line(bare, passage, taken)
    error = f"{place('', number)}: {error}"
    return Line(_written({**record, "error": error}), passage, taken, error)


_ENCODER = json_format.JSONEncoder(ensure_ascii=False)
_SAID = frozenset({"language", "label", "polarity", "confidence", "negative", "reader", "themes", "evidence"})


def _as_json(line: Line, reading: Reading, *, explain: bool) -> str:
    """The line as it came, with its reading at the end; a key of a reading that it has already is written over."""
    said = _said(reading, explain=explain)
    if line.taken:
        return _written({**json_format.loads(line.written), **json_format.loads(f"{{{said}}}")}) + "\n"
    return f"{line.written[:-1]}, {said}}}\n"


def _said(reading: Reading, *, explain: bool) -> str:
    """What a reading says, as the inside of a JSON object."""
    said = (
        f'"language": {_quoted(reading.language)}, "label": "{reading.label.value}", '
        f'"polarity": {reading.polarity}, "confidence": {reading.confidence}, "negative": {reading.negative}, '
        f'"reader": {_quoted(reading.reader)}'
    )
    if not explain:
        return said
    evidence = [{"code": e.code, "text": e.text, "start": e.start, "weight": e.weight} for e in reading.evidence]
    return f'{said}, "themes": {_ENCODER.encode(reading.themes)}, "evidence": {_ENCODER.encode(evidence)}'


@cache
def _quoted(name: str) -> str:
    return _ENCODER.encode(name)


def _written(record: dict[str, Any]) -> str:
    """A record as it can be written: where it holds half an emoji, with all beyond ASCII escaped."""
    line = _ENCODER.encode(record)
    return json_format.dumps(record) if not line.isascii() and _HALF.search(line) else line


def _as_text(line: Line, reading: Reading, *, explain: bool) -> str:
    from earful.cli.plain import plain

    shown = f"{reading.label.value:<9}{reading.polarity:+.2f}  {reading.language:<4}{plain(line.passage.text)}\n"
    if not explain:
        return shown
    moved = "".join(f"           {e.weight:+.2f}  {e.code}: {plain(e.text)}\n" for e in reading.evidence)
    return shown + moved

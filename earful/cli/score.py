"""`earful score`: reads texts and streams out what they say, in order."""

import gc
import json as json_format
import math
import os
import re
import sys
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO, NamedTuple

from cyclopts import Parameter

from earful.cli.context import configuration, handed_in, say, stored
from earful.cli.jsonlines import NAMED, and_more, place, record_of, said_by
from earful.errors import ConfigError
from earful.values import THEME, Evidence, Passage, Reader, Reading

if TYPE_CHECKING:
    from earful.configfile import Configuration

BATCH = 4_000  # texts: enough for a reader to work in bulk, little enough to answer at once
_HALF = re.compile("[\ud800-\udfff]")
_TABLES = {".csv", ".tsv", ".xlsx"}
CHUNK = 1 << 18  # bytes asked for at once; a terminal or a slow pipe gives fewer, and those are answered first

Stages = Mapping[str, str]  #: the stage of a customer's journey that each theme belongs to


class Line(NamedTuple):
    """One line of input: what to print beside its reading, and what to read."""

    written: str  #: as a JSON object
    passage: Passage
    taken: bool  #: whether it has a key of a reading already
    error: str = ""  #: why it is no text, and comes out unscored; or what beside it can't be used


def score(
    file: Annotated[
        str, Parameter(help="a file of texts; standard input when left out, or -", allow_leading_hyphen=True)
    ] = "-",
    /,
    *,
    json: Annotated[bool, Parameter(negative="", help="JSON lines on stdout, the input's other keys kept")] = False,
    explain: Annotated[
        bool, Parameter(negative="", help="also tell themes and evidence: which words moved it, and where")
    ] = False,
    lang: Annotated[
        str | None,
        Parameter(help="the language of all texts; when left out, what a JSON line states, or else detected"),
    ] = None,
    brand: Annotated[str | None, Parameter(help="read as this brand's daily run reads")] = None,
    reader: Annotated[str | None, Parameter(help="another reader than the one that is set")] = None,
) -> int:
    """Read texts, one a line or as JSON lines with a "text", and print what each says.

    Example: `echo "The app crashes again" | earful score --json`
    """
    language = _known(lang) if lang else None
    if Path(file).suffix.casefold() in _TABLES:
        say(f"{file} is read line by line, names of columns and all; `earful import` reads tables.")
    config = _configured(brand)
    reads = _reader(config, brand, reader)
    stages = _stages(config) if explain else None
    told = _as_json if json else _as_text
    gc.freeze()
    gc.disable()  # what is read makes no circles, and looking for them takes a fifth of the time
    wrong = 0
    hint = "; a text itself is piped in, as in `echo … | earful score`" if " " in file else ""
    with handed_in(file, hint) as given:
        for batch in batches(lines(given), file):
            readings = reads.read([_spoken(line.passage, language) for line in batch], explain=explain)
            sys.stdout.write("".join([told(*each, stages) for each in zip(batch, readings, strict=True)]))
            sys.stdout.flush()
            wrong = _complained(batch, wrong)
    gc.freeze()  # or Python would look for them once more as it ends: a third of a second with all words known
    if wrong > NAMED:
        say(and_more(wrong, "lines"))
    return 2 if wrong else 0


def _complained(batch: Sequence[Line], wrong: int) -> int:
    """Name on stderr the first lines that can't be used, `wrong` of them before this batch; returns how many now."""
    errors = [line.error for line in batch if line.error]
    for error in errors[: max(NAMED - wrong, 0)]:
        say(f"earful: {error}")
    return wrong + len(errors)


def _configured(brand: str | None) -> "Configuration | None":
    """What is configured; None without a file of your own: unless a brand is asked for, nothing is loaded then."""
    from earful.configplace import SAMPLE_CONFIG, find

    return None if brand is None and find() == SAMPLE_CONFIG else configuration()


def _reader(config: "Configuration | None", brand: str | None, name: str | None) -> Reader:
    """The reader; for a brand one that tells what is said of it."""
    from sentiment.reader import reader_named
    from sentiment.secondlook import Budget

    budget = Budget(math.inf)  # whoever pipes texts in waits for all of them
    if config is None:
        return reader_named(name or "default", budget=budget)
    settings = config.settings
    if brand is None:
        from flows.steps.taught import taught_of_all

        return reader_named(name or settings.reader, taught=taught_of_all(settings), budget=budget)
    from flows.steps.readers import brand_reader

    known = settings.brand(brand)
    with stored(config) as database, database.read() as session:
        return brand_reader(session, settings, known, name, budget)


def _stages(config: "Configuration | None") -> Stages:
    """The stage of the journey that each theme belongs to."""
    from flows.steps.themes import own_themes
    from sentiment.themes import overlaid

    return {one.name: one.stage for one in overlaid(own_themes(config.settings).themes if config else ())}


def _known(language: str) -> str:
    """The language of all texts.

    Raises:
        ConfigError: no language has this code.
    """
    from sentiment.languages import known_code

    code = known_code(language)
    if code is None:
        raise ConfigError(f'--lang is the code of a language, as in "en" or "nb"; there is none "{language}"')
    return code


def _spoken(passage: Passage, language: str | None) -> Passage:
    # Made plainly: `replace` would take a twentieth of the whole time.
    return Passage(passage.text, language, passage.rating, passage.nps) if language else passage


def lines(given: BinaryIO) -> Iterator[list[str]]:
    """The lines of a file, in runs: as many as came together. The last one need not end in a newline.

    Bytes that are no UTF-8 are shown as U+FFFD.

    Raises:
        ConfigError: it is UTF-16, of which nothing could be read.
    """
    rest = None
    while chunk := os.read(given.fileno(), CHUNK):
        if rest is None and chunk.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
            raise ConfigError("the input is UTF-16; save it as UTF-8, or pipe it through `iconv -f UTF-16 -t UTF-8`")
        *whole, rest = ((rest or b"") + chunk).split(b"\n")
        if whole:
            yield [line.decode("utf-8", "replace").removesuffix("\r") for line in whole]
    if rest:
        yield [rest.decode("utf-8", "replace").removesuffix("\r")]


def batches(runs: Iterator[list[str]], file: str) -> Iterator[list[Line]]:
    """The lines parsed, in batches that never wait for more input."""
    number = 0
    for run in runs:
        for start in range(0, len(run), BATCH):
            texts = run[start : start + BATCH]
            yield [parse(text, number + start + index + 1, file) for index, text in enumerate(texts)]
        number += len(run)


def parse(text: str, number: int, file: str) -> Line:
    """One line: what begins with "{" is a JSON object with a "text", anything else is a text as it stands.

    What begins so and can't be used is a line with an error that names it; one whose stars can't is read without them.
    """
    if number == 1:
        text = text.removeprefix("\ufeff")
    bare = text.strip()
    if bare[:1] != "{":
        return Line(f'{{"text": {_ENCODER.encode(text)}}}', Passage(text), taken=False)
    try:
        record = record_of(bare)
    except ValueError as why:
        return _wrong({"text": text}, Passage(""), f"{place(file, number)}: {why}")
    try:
        passage, error = said_by(record)
    except ValueError as why:
        passage, error = Passage(""), str(why)
    if error:
        return _wrong(record, passage, f"{place(file, number)}: {error}")
    return Line(bare, passage, not _SAID.isdisjoint(record))


def _wrong(record: dict[str, Any], passage: Passage, error: str) -> Line:
    return Line(_written({**record, "error": error}), passage, not _SAID.isdisjoint(record), error)


_ENCODER = json_format.JSONEncoder(ensure_ascii=False)
_SAID = frozenset({"language", "label", "polarity", "confidence", "negative", "reader", "themes", "stages", "evidence"})


def _as_json(line: Line, reading: Reading, stages: Stages | None) -> str:
    """The line as it came, with its reading at the end; a key of a reading that it has already is written over."""
    said = _said(reading, stages)
    if line.taken:
        return _written({**json_format.loads(line.written), **json_format.loads(f"{{{said}}}")}) + "\n"
    return f"{line.written[:-1]}, {said}}}\n"


def _said(reading: Reading, stages: Stages | None) -> str:
    """What a reading says, as the inside of a JSON object; explained, where stages are given."""
    said = (
        f'"language": {_quoted(reading.language)}, "label": "{reading.label.value}", '
        f'"polarity": {reading.polarity}, "confidence": {reading.confidence}, "negative": {reading.negative}, '
        f'"reader": {_quoted(reading.reader)}'
    )
    if stages is None:
        return said
    explained = {
        "themes": reading.themes,
        "stages": {theme: stages[theme] for theme in reading.themes},
        "evidence": [{"code": e.code, "text": e.text, "start": e.start, "weight": e.weight} for e in reading.evidence],
    }
    return f"{said}, {_ENCODER.encode(explained)[1:-1]}"


@cache
def _quoted(name: str) -> str:
    return _ENCODER.encode(name)


def _written(record: dict[str, Any]) -> str:
    """A record as it can be written: where it holds half an emoji, with all beyond ASCII escaped."""
    line = _ENCODER.encode(record)
    return json_format.dumps(record) if not line.isascii() and _HALF.search(line) else line


def _as_text(line: Line, reading: Reading, stages: Stages | None) -> str:
    from earful.cli.plain import plain

    shown = f"{reading.label.value:<9}{reading.polarity:+.2f}  {reading.language:<4}{plain(line.passage.text)}\n"
    if stages is None:
        return shown
    return shown + "".join(f"{'':11}{plain(_moved(one, stages))}\n" for one in reading.evidence)


def _moved(one: Evidence, stages: Stages) -> str:
    """One thing in a text and how it moved the reading; a theme moves nothing, and has its stage beside it."""
    theme = one.code.removeprefix(THEME)
    code = f"{one.code} ({stages[theme]})" if theme != one.code else one.code
    return f"{f'{one.weight:+.2f}' if one.weight else '':<5}  {code}: {one.text}"

"""`earful evaluate`: how good the reader is, on what the team decided or on a labelled file."""

import json as json_format
import shutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter
from rich.console import Console
from rich.table import Table

from earful.cli.context import configuration, emit, opened, say
from earful.cli.plain import plain
from earful.errors import ConfigError
from earful.text import language_code, storable
from earful.values import Label, Passage
from flows.steps.evaluate import Calibrated, Evaluation, Labelled, Measured, evaluate_rows, evaluate_team, reader_for
from flows.steps.names import Names
from models.gold import FlagCounts
from sentiment.evaluation import TRUTHS, Interval, Recall, estimated_recall, interval, macro_f1_interval

FEW = 100  # texts below which a number is shown with its interval
SHOWN = 12  # groups of a sort in the table; JSON has all
PIPED_WIDTH = 120
COLUMNS = (
    "texts",
    "accuracy",
    "macro-F1",
    "negative: precision",
    "recall",
    "precision at 90 % recall",
    "calibration error",
)


def evaluate(
    gold: Annotated[
        Path | None, Parameter(help='a JSONL file of {"text", "label"}; what your team decided when left out')
    ] = None,
    /,
    *,
    brand: Annotated[str | None, Parameter(help="only this brand; a file is read with its languages and words")] = None,
    reader: Annotated[str | None, Parameter(help="another reader than the one that is set")] = None,
    json: Annotated[bool, Parameter(negative="", help="one JSON object on stdout")] = False,
) -> int:
    """Measure the reader on what people decided in the inbox, or on a labelled file.

    Numbers of fewer than 100 texts are shown with the interval that the truth lies in nineteen times of twenty.

    Example: `earful evaluate --brand Brygvell`
    """
    config = configuration()
    with opened(config) as database:
        if gold is None:
            done = evaluate_team(database, config, brand, reader)
        else:
            reads, names = reader_for(database, config, brand, reader)
            done = evaluate_rows(rows_of(gold, names), reads)
    if json:
        emit(as_json(done))
    elif done.whole.report.texts:
        show(done)
    if not done.whole.report.texts:
        say("Nothing is labelled yet. Resolve and dismiss cases in the inbox, judge the sample, or name a file.")
    return 0


def rows_of(file: Path, names: Names | None) -> Iterator[Labelled]:
    """The labelled texts of a file, one JSON object a line.

    Raises:
        ConfigError: the file can't be read or is empty, or a line is none; the message names it.
    """
    empty = True
    try:
        with file.open(encoding="utf-8-sig") as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    yield _row(line, f"{file}:{number}", names)
                    empty = False
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file} can't be read: {error}") from error
    if empty:
        raise ConfigError(f'{file} is empty: it needs an object with a "text" and a "label" a line')


def _row(line: str, place: str, names: Names | None) -> Labelled:
    try:
        record = json_format.loads(line)
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{place}: this is no JSON: {error}") from error
    if not isinstance(record, dict) or not isinstance(record.get("text"), str):
        raise ConfigError(f'{place}: a line is an object with a "text" and a "label"')
    if record.get("label") not in [label.value for label in TRUTHS]:
        raise ConfigError(f'{place}: "label" is negative, neutral or positive; it says {record.get("label")!r}')
    text = storable(record["text"])
    brand, source = (str(record.get(key) or "") for key in ("brand", "source"))
    language = str(record.get("language") or record.get("lang") or "")
    ours = names.ours(text).text if names else text
    said = Passage(ours, language_code(language), _number(record, "rating", 1, 5), _whole(record))
    return Labelled(said, Label(record["label"]), brand, source, language)


def _number(record: Mapping[str, Any], key: str, least: float, most: float) -> float | None:
    value = record.get(key)
    fits = isinstance(value, int | float) and not isinstance(value, bool) and least <= value <= most
    return float(value) if fits and value is not None else None


def _whole(record: Mapping[str, Any]) -> int | None:
    value = _number(record, "nps", 0, 10)
    return None if value is None else int(value)


# ------------------------------------------------------------------------------------------------------------- as JSON


def as_json(done: Evaluation) -> dict[str, Any]:
    """The documented shape: docs/json.md."""
    return {
        "readers": list(done.readers),
        **_numbers(done.whole),
        "not_about_us": done.not_about_us,
        "confusion": _confusion(done.whole),
        **{f"by_{name}": {key: _numbers(one) for key, one in groups.items()} for name, groups in done.groups.items()},
        "flag": {brand: _flag(counts) for brand, counts in done.flags.items()},
        "calibrated": [
            {"brand": one.brand, "learned_upto": one.learned_upto, "later": _numbers(one.later)}
            for one in done.calibrated
        ],
    }


def _numbers(one: Measured) -> dict[str, Any]:
    report = one.report
    shares = {
        "accuracy": report.accuracy,
        "macro_f1": report.macro_f1,
        "negative_precision": report.negative_precision,
        "negative_recall": report.negative_recall,
        "negative_f1": report.negative_f1,
        "precision_at_90_recall": one.precision_at_recall,
        "calibration_error": report.calibration_error,
    }
    return {
        "texts": report.texts,
        "unscored": report.unscored,
        **{name: round(share, 4) for name, share in shares.items()},
        "intervals": {name: [round(end, 4) for end in ends] for name, ends in intervals(one).items()},
    }


def _confusion(one: Measured) -> dict[str, dict[str, int]]:
    count = one.report.confusion
    return {truth.value: {label.value: count.get((truth, label), 0) for label in Label} for truth in TRUTHS}


def _flag(counts: FlagCounts) -> dict[str, Any]:
    recall = estimated_recall(*counts)
    return {**counts._asdict(), "recall": None if recall is None else [round(end, 4) for end in recall]}


def intervals(one: Measured) -> dict[str, Interval]:
    """Between which bounds the shares of a set of texts lie, most likely."""
    count = one.report.confusion
    right = sum(how_often for (truth, label), how_often in count.items() if truth is label)
    said = sum(how_often for (_, label), how_often in count.items() if label is Label.NEGATIVE)
    true = sum(how_often for (truth, _), how_often in count.items() if truth is Label.NEGATIVE)
    hits = count.get((Label.NEGATIVE, Label.NEGATIVE), 0)
    return {
        "accuracy": interval(right, one.report.texts),
        "macro_f1": macro_f1_interval(count),
        "negative_precision": interval(hits, said),
        "negative_recall": interval(hits, true),
    }


# ------------------------------------------------------------------------------------------------------------ as tables


def show(done: Evaluation) -> None:
    """Print what was measured: all together, by group, what was taken for what, and what flagging misses."""
    width = shutil.get_terminal_size((PIPED_WIDTH, 24)).columns
    console = Console(
        file=sys.stdout, highlight=False, width=max(width, PIPED_WIDTH) if not sys.stdout.isatty() else width
    )
    console.print(f"Read by {', '.join(done.readers)}\n", markup=False)
    console.print(_table(done))
    console.print()
    console.print(_confused(done.whole))
    for line in _notes(done):
        console.print(f"\n{line}", markup=False)


def _table(done: Evaluation) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("")
    for name in COLUMNS:
        table.add_column(name, justify="right")
    table.add_row("all", *_cells(done.whole))
    for name, groups in done.groups.items():
        if len(groups) > 1:
            table.add_section()
        for key, one in list(groups.items())[:SHOWN] if len(groups) > 1 else ():
            table.add_row(plain(f"{name} {key}"), *_cells(one))
    return table


def _cells(one: Measured) -> Iterator[str]:
    report = one.report
    ends = intervals(one) if report.texts < FEW else {}
    yield f"{report.texts:,}" + (f" ({report.unscored} unscored)" if report.unscored else "")
    for name in ("accuracy", "macro_f1", "negative_precision", "negative_recall"):
        yield _share(getattr(report, name), ends.get(name))
    yield f"{one.precision_at_recall:.2f}"
    yield f"{report.calibration_error:.3f}"


def _share(share: float, ends: Interval | None) -> str:
    return f"{share:.2f} ({ends.low:.2f}-{ends.high:.2f})" if ends else f"{share:.2f}"


def _confused(one: Measured) -> Table:
    table = Table("people say \\ read as", box=None, pad_edge=False, header_style="bold")
    said = [label for label in Label if label is not Label.UNSCORED or one.report.unscored]
    for label in said:
        table.add_column(label.value, justify="right")
    for truth in TRUTHS:
        table.add_row(truth.value, *(str(one.report.confusion.get((truth, label), 0)) for label in said))
    return table


def _notes(done: Evaluation) -> Iterator[str]:
    for brand, counts in done.flags.items():
        yield f"{plain(brand)}: {_recall_said(counts, estimated_recall(*counts))}"
    if done.not_about_us:
        yield f"{done.not_about_us} more were judged not to be about us; they have no label to measure."
    for one in done.calibrated:
        yield f"{plain(one.brand)}: {_learned(one)}"


def _learned(one: Calibrated) -> str:
    """That numbers flatter a calibration which learned from the same labels, and what the others say."""
    later = one.later.report
    said = (
        f"its calibration learned from the labels up to {one.learned_upto:%Y-%m-%d %H:%M} UTC, and the numbers above "
    )
    said += f"flatter it. Later labels: {later.texts}"
    return said + (f", macro-F1 {_share(later.macro_f1, intervals(one.later)['macro_f1'])}." if later.texts else ".")


def _recall_said(counts: FlagCounts, recall: Recall | None) -> str:
    if recall is None:
        return (
            f"what flagging misses is not known yet: {counts.judged} of the daily sample and "
            f"{counts.right + counts.wrong} of {counts.flagged} cases are judged; both are needed."
        )
    return (
        f"flagging finds {recall.share:.0%} ({recall.low:.0%} to {recall.high:.0%}) of what needs a person: "
        f"{counts.missed} of {counts.judged} in the sample of {counts.unflagged:,} unflagged posts needed a reply, "
        f"{counts.right} of {counts.right + counts.wrong} judged cases were right, of {counts.flagged:,}."
    )

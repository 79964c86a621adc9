"""What customers say in turns of speech: complaints, praise that is none, and what only sounds like a complaint.

`sayings/` holds them, one file a language and one saying a line, below what each must be read as.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from earful.values import Label, Passage
from sentiment.default import DefaultReader

FILES = sorted((Path(__file__).parent / "sayings").glob("*.txt"))


def sayings(file: Path) -> Iterator[tuple[str, str]]:
    """Each saying of a file, after what is said of it: a label, or "not" and a label."""
    said = ""
    for line in filter(None, file.read_text(encoding="utf-8").split("\n")):
        if line.startswith("# "):
            said = line[2:]
            assert said.removeprefix("not ") in set(Label), f"{file.name}: {line}"
        else:
            yield said, line


@pytest.mark.parametrize("file", FILES, ids=[file.stem for file in FILES])
def test_sayings_are_read_as_they_are_meant(file):
    said = list(sayings(file))
    readings = DefaultReader().read([Passage(text, file.stem) for _, text in said])
    wrong = [
        f"{text!r} is {said}, was read as {one.label}"
        for (said, text), one in zip(said, readings, strict=True)
        if (one.label == said.removeprefix("not ")) is said.startswith("not ")
    ]
    assert said
    assert wrong == []


@pytest.mark.parametrize("rating", [None, 1.0])
def test_thanks_for_nothing_is_negative_with_a_star_and_without(rating):
    [one] = DefaultReader().read([Passage("Great, thanks for nothing", rating=rating)])
    assert one.label == Label.NEGATIVE


def test_praise_before_a_complaint_with_again_is_shown_as_what_it_is():
    [ironic, plain] = DefaultReader().read(
        [Passage("Super, the payment failed again", "en"), Passage("Super, the payment worked again", "en")]
    )
    assert ironic.evidence[0].text == plain.evidence[0].text == "Super"
    assert ironic.evidence[0].weight < 0 < plain.evidence[0].weight


@pytest.mark.parametrize(
    "text", ["Super! But the payment failed again", "The super payment failed again", "Super payment failed once"]
)
def test_praise_that_is_not_an_exclamation_or_is_followed_by_but_stays_praise(text):
    [one] = DefaultReader().read([Passage(text, "en")])
    [praise] = [found for found in one.evidence if found.text.lower() == "super"]
    assert praise.weight > 0


def test_a_brand_s_own_word_of_several_signs_counts_and_is_shown_whole():
    [one] = DefaultReader(lexicon={"给力": 3}).read([Passage("这个店 真给力", "zh")])
    [shown] = [found for found in one.evidence if found.code == "phrase"]
    assert (one.label, shown.text, shown.start) == (Label.POSITIVE, "给力", 5)

"""What the taxonomy leaves over suggests themes, with the words and texts that tell them."""

import re
from importlib.util import find_spec

import pytest

from sentiment.proposals import FEWEST, function_words, proposals

pytestmark = pytest.mark.skipif(find_spec("sklearn") is None, reason="needs scikit-learn")

BATTERI = [
    "Batteriet er flatt etter en time, ladingen tar evigheter {}",
    "Lading av batteriet går tregt, strømmen dør {}",
]
SMAK = ["Den nye smaken av bringebær er rar {}", "Bringebær smaken minner om såpe {}"]
TEXTS = [text.format(f"nr{i}") for i in range(12) for text in (*BATTERI, *SMAK)]


@pytest.mark.slow
def test_words_that_come_together_make_a_theme():
    found = proposals(TEXTS, [True] * len(TEXTS), "no")
    told = {word for one in found for word in one.words}
    assert {"ladingen", "bringebær"} & told
    for one in found:
        about = {place % 4 // 2 for place in one.places}
        assert len(about) == 1  # no theme mixes batteries with tastes
    assert found == proposals(TEXTS, [True] * len(TEXTS), "no")


@pytest.mark.slow
def test_what_was_refused_is_not_proposed_again():
    first = proposals(TEXTS, [False] * len(TEXTS), "no")
    refused = [word for one in first for word in one.words]
    assert first
    assert proposals(TEXTS, [False] * len(TEXTS), "no", refused) == []


@pytest.mark.parametrize(
    ("language", "said", "tells"),
    [
        ("no", "Hei, jeg kan aldri finne nøkkelen når jeg skal bruke den", "finne nøkkelen bruke"),
        ("bg", "Здравейте, защо винаги няма ключалка когато искам да тръгна", "ключалка тръгна"),
        ("id", "Halo kak, saya gak pernah nemu gembok kalau mau pakai", "nemu gembok pakai"),
        ("hu", "Sziasztok, sajnos nekem soha nincs meg a kulcstartó amikor kellene", "kulcstartó kellene"),
        ("en", "Hey folks, honestly the keyring", "the keyring"),  # "the" is for scikit-learn's own list
    ],
)
def test_words_that_hold_sentences_together_tell_no_theme(language, said, tells):
    words = [word for word in re.findall(r"\w{3,}", said.lower()) if word not in function_words()[language]]
    assert words == tells.split()


@pytest.mark.slow
@pytest.mark.parametrize(
    "texts", [[], TEXTS[: FEWEST - 1], [""] * 30, ["12 34 !!"] * 30, ["same words here again"] * 30]
)
def test_too_little_proposes_nothing(texts):
    assert proposals(texts, [False] * len(texts), "no") == []

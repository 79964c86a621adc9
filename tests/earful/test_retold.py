"""What the ledger holds in English, said again in the reader's language."""

import re

import pytest

from earful.errors import SourceError
from earful.retold import retold
from earful.speech import speaking
from earful.tongues import SHIPPED, messages, speech_for
from earful.values import MissedReason


@pytest.mark.parametrize(
    ("stored", "said"),
    [
        ("nothing was delivered since", "ingenting er levert siden sist"),
        ("x.example is ill (HTTP 503)", "x.example er nede (HTTP 503)"),
        ("r/travel: x.example is ill (HTTP 503)", "r/travel: x.example er nede (HTTP 503)"),
        (
            "reading ended early: nothing answers at x.example; check the address, or try later",
            "lesingen stoppet for tidlig: ingenting svarer på x.example; sjekk adressen, eller prøv senere",
        ),
        (
            'the rating "5/7" is not out of 10 stars; write it as 1 to 10, or set rating_of',
            "vurderingen «5/7» er ikke av 10 stjerner; skriv den som 1 til 10, eller sett rating_of",
        ),
        (
            'r.csv has no column "Txt"; did you mean "Text"? Its columns: "A", "Text"',
            'r.csv har ingen kolonne «Txt»; mente du «Text»? Kolonnene: "A", "Text"',
        ),
        ("shop.csv: as no Earful ever said it", "shop.csv: as no Earful ever said it"),
        ("100% (of it) is %(name)s, {so} it \\g<0> stays", "100% (of it) is %(name)s, {so} it \\g<0> stays"),
        ("", ""),
    ],
)
def test_a_stored_sentence_is_told_again(stored: str, said: str) -> None:
    with speaking(speech_for("nb")):
        assert retold(stored) == said
    assert retold(stored) == stored, "English stays as it stands"


@pytest.mark.parametrize("value", ["%(name)s", "%s: why", "\n", "a; b", "<b>", "100%"])
def test_what_was_filled_in_comes_back_as_it_was(value: str) -> None:
    error = SourceError(f'"{value}" is no address', reason=MissedReason.BLOCKED)
    with speaking(speech_for("bg")):
        assert retold(str(error)) == f"„{value}“ не е адрес"


@pytest.mark.parametrize(
    "quoted", [": ", "reading ended early: ", "x is ill (HTTP 5", " has no column for ", "%(why)s"]
)
def test_what_a_source_answered_is_no_riddle(quoted: str) -> None:
    with speaking(speech_for("nb")):
        for often in (3, 80):
            assert retold(f'"{quoted * often}" is no address').endswith("» er ingen adresse")
            assert retold(quoted * often)
        assert retold(quoted * 9000) == quoted * 9000, "that is no sentence of ours"


@pytest.mark.slow
@pytest.mark.parametrize("code", [code for code in SHIPPED if code != "en"])
def test_every_sentence_that_is_stored_is_known_again(code: str) -> None:
    stored = [each for each in messages(code) if isinstance(each.id, str) and each.locations]
    ours = [each for each in stored if any(place.startswith("connectors/") for place, _line in each.locations)]
    assert len(ours) > 150
    with speaking(speech_for(code)):
        for message in ours:
            values = {name: f"<{name}>" for name in re.findall(r"%\((\w+)\)s", str(message.id))}
            filled, told = str(message.id), str(message.string)
            assert retold(filled % values if values else filled) == (told % values if values else told)

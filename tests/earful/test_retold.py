"""What the ledger holds in English, said again in the reader's language."""

import ast
import re
from pathlib import Path

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
        (
            's.xlsx has no sheet "Revews"; did you mean "Reviews"?',
            "s.xlsx har ikke noe ark «Revews»; mente du «Reviews»?",
        ),
        ('the rating "7" is not between 1 and 5 stars', "vurderingen «7» er ikke mellom 1 og 5 stjerner"),
        ('the rating "70" is not between 1 and 10', "vurderingen «70» er ikke mellom 1 og 10"),
        (
            (
                "x.example refuses the login (HTTP 401, invalid_grant): see A_ID, A_SECRET and A_TOKEN: "
                "docs/connectors/mailbox.md"
            ),
            (
                "x.example avviser innloggingen (HTTP 401, invalid_grant): se A_ID, A_SECRET og A_TOKEN: "
                "docs/connectors/mailbox.md"
            ),
        ),
        (
            (
                'A_TOKEN is not set: the webhook "shop" takes nothing without it. '
                "Put it in the environment, .env, or a file secrets/A_TOKEN"
            ),
            (
                "A_TOKEN er ikke satt: webhooken «shop» tar ikke imot noe uten den. "
                "Legg den i miljøet, .env eller en fil secrets/A_TOKEN"
            ),
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


WRITERS = ("connectors/", "flows/collect.py", "earful/clock.py", "earful/secrets.py")


@pytest.mark.slow
@pytest.mark.parametrize("code", [code for code in SHIPPED if code != "en"])
def test_every_sentence_that_is_stored_is_known_again(code: str) -> None:
    stored = [each for each in messages(code) if isinstance(each.id, str) and each.locations]
    ours = [each for each in stored if any(place.startswith(WRITERS) for place, _line in each.locations)]
    assert len(ours) > 150
    with speaking(speech_for(code)):
        for message in ours:
            values = {name: f"<{name}>" for name in re.findall(r"%\((\w+)\)s", str(message.id))}
            filled, told = str(message.id), str(message.string)
            assert retold(filled % values if values else filled) == (told % values if values else told)


ROOT = Path(__file__).parents[2]
STORED = {"SkipRecord", "SourceError", "SourceRefused", "SourceIll", "Closed", "Missed"}
"""What is made with a sentence that ends in the ledger."""


def in_one_language(node: ast.expr) -> bool:
    """Whether words stand here outside `_`: in a string, or in one put together."""
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str) and " " in node.value.strip()
    if isinstance(node, ast.JoinedStr):
        return any(isinstance(part, ast.Constant) and re.search("[A-Za-z]{2}", part.value) for part in node.values)
    parts = (node.body, node.orelse) if isinstance(node, ast.IfExp) else ()
    parts = (node.left, node.right) if isinstance(node, ast.BinOp) else parts
    return any(map(in_one_language, parts))


@pytest.mark.parametrize("room", ["connectors", "flows"])
def test_what_is_stored_is_said_by_a_message(room: str) -> None:
    calls = [
        (path.relative_to(ROOT), call)
        for path in sorted((ROOT / room).rglob("*.py"))
        for call in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in STORED
    ]
    assert len(calls) > 5
    bare = [f"{path}:{call.lineno}" for path, call in calls if any(map(in_one_language, call.args))]
    assert bare == [], "say it with _"

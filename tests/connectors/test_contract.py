"""What every source must keep to, over the registry: a new source is held to it by being registered."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connectors import http
from connectors.http import tallied
from connectors.registry import CONNECTORS, connector, source_types
from earful.errors import ConfigError, SkipRecord, SourceError, SourceIll
from earful.values import MissedReason, SourceState
from models.changes import content_digest
from tests.connectors.world import is_login

DOCS = Path(__file__).parents[2] / "docs" / "connectors"
FAULTS = [
    "html", "empty", "null", "wrong shape", "a list", "text", "bomb", "broken gzip", "redirect loop",
    "redirect to nowhere", "429 in seconds", "429 with a date", "429 with garbage", "429", "500", "503", "401", "403",
    "404", "204", "304 unasked", "reset", "short", "endless",
]  # fmt: skip
ON_THE_WEB = sorted(set(CONNECTORS) - {"file", "folder", "mailbox", "webhook"})
BY_ID = sorted(name for name, each in CONNECTORS.items() if each.recheck)


@pytest.fixture(params=ON_THE_WEB)
def web(request, worlds):
    return worlds(request.param)


@pytest.fixture(params=BY_ID)
def by_id(request, worlds):
    """Each source that can be asked again by id."""
    return worlds(request.param)


def three(make_item):
    return [make_item("a1", "FjordAir lost my bag"), make_item("a2", "FjordAir æøå 😡", at=None), make_item("a3", "ok")]


def test_what_is_served_is_found(world, make_item):
    world.serve(world.page(three(make_item)))
    _, parsed = world.read()
    assert [found.title or found.text for found in parsed.found] == ["FjordAir lost my bag", "FjordAir æøå 😡", "ok"]
    assert parsed.rejected == []
    assert parsed.missed == ()
    assert {found.author for found in parsed.found} == {"ada"}


def test_the_same_pages_twice_give_the_same_mentions(world, make_item):
    world.serve(world.page(three(make_item)))
    assert world.read()[1].found == world.read()[1].found


def test_ids_are_unique_and_text(world, make_item):
    world.serve(world.page(three(make_item)))
    ids = [found.external_id for found in world.read()[1].found]
    assert len(set(ids)) == len(ids)
    assert all(isinstance(each, str) and each for each in ids)


def test_times_are_the_sources_own_in_utc_and_never_invented(world, make_item):
    world.serve(world.page(three(make_item)))
    first, second, _ = world.read()[1].found
    assert first.published_at == datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert first.published_at.utcoffset() == timedelta(0)
    assert second.published_at is None


def test_one_bad_item_is_rejected_with_its_reason_and_the_others_are_kept(world, make_item):
    items = three(make_item)
    items[1].broken = True
    world.serve(world.page(items))
    _, parsed = world.read()
    assert [found.title or found.text for found in parsed.found] == ["FjordAir lost my bag", "ok"]
    assert len(parsed.rejected) == 1
    assert parsed.rejected[0].reason
    assert parsed.rejected[0].where
    assert parsed.rejected[0].raw


def test_the_last_page_carries_the_cursor_and_it_is_plain_json(world, make_item):
    import json

    world.serve(world.page(three(make_item)))
    cursor = world.read()[0][-1].cursor
    assert cursor
    assert json.loads(json.dumps(cursor)) == dict(cursor)


def test_reading_on_from_the_cursor_finds_what_came_since(world, make_item):
    items = three(make_item)
    world.serve(world.page(items))
    cursor = world.read()[0][-1].cursor
    world.serve(world.page([make_item("a4", "FjordAir again", at=items[0].at + 60), *items]))
    _, parsed = world.read(world.ask(cursor))
    assert "FjordAir again" in {found.title or found.text for found in parsed.found}


def test_text_from_outside_is_storable(world, make_item):
    world.serve(world.page([make_item("a1", "bell \x07 and half \\ud83d an emoji".replace("\x07", ""))]))
    found = world.read()[1].found
    found[0].text.encode()
    found[0].title.encode()


REASONS = {
    "html": MissedReason.BLOCKED,
    "403": MissedReason.BLOCKED,
    "empty": MissedReason.EMPTY,
    "text": MissedReason.UNREADABLE,
    "broken gzip": MissedReason.UNREADABLE,
    "503": MissedReason.ILL,
    "reset": MissedReason.ILL,
}


@pytest.mark.parametrize("fault", FAULTS)
def test_no_fault_of_a_server_looks_like_nothing_new(web, faults, fault):
    web.serve(faults[fault])
    try:
        _, parsed = web.read()
    except SourceError as error:
        said, reason = str(error), error.reason
    else:
        said, reason = parsed.rejected[0].reason, None  # a list is the right shape for some, but not what is in it
    assert len(said) > 20
    assert reason is REASONS.get(fault, reason)


@pytest.mark.parametrize("fault", ["html", "null", "a list", "endless", "429", "503", "401", "404", "redirect loop"])
def test_no_fault_of_a_login_looks_like_nothing_new(web, make_item, faults, fault):
    web.serve(web.page(three(make_item)), login=faults[fault])
    found = []
    with suppress(SourceError):
        found = web.read()[1].found
    logs_in = any(is_login(asked) for asked in web.fake.asked)
    assert len(found) == (0 if logs_in else 3)


def test_an_edited_item_keeps_its_id(world, make_item):
    items = three(make_item)
    world.serve(world.page(items))
    before = world.read()[1].found
    items[0].text = "FjordAir found my bag"
    world.serve(world.page(items))
    after = world.read()[1].found
    assert [found.external_id for found in after] == [found.external_id for found in before]
    assert (after[0].title or after[0].text) == "FjordAir found my bag"


# --------------------------------------------------------------------------------------------------------- re-checking


def test_a_second_look_finds_edits_and_deletions_and_changes_nothing_else(by_id, make_item):
    items = three(make_item)
    by_id.serve(by_id.page(items))
    before = by_id.read()[1].found
    by_id.hold([items[0], make_item("a3", "on second thought, no")])
    pages, parsed = by_id.look_again([found.external_id for found in before])
    after = {found.external_id: found for found in parsed.found}
    same, gone, edited = (after[found.external_id] for found in before)
    assert content_digest(same) == content_digest(before[0])
    assert (gone.state, gone.text, gone.title, gone.author) == (SourceState.DELETED, "", "", None)
    assert (edited.title or edited.text) == "on second thought, no"
    assert parsed.missed == ()
    assert len({id(page) for page in pages}) <= 3


def test_no_fault_of_a_server_looks_like_a_deletion(by_id, make_item, faults):
    by_id.serve(by_id.page(three(make_item)))
    ids = [found.external_id for found in by_id.read()[1].found]
    for fault, reply in faults.items():
        by_id.serve(reply)
        with suppress(SourceError):
            assert by_id.look_again(ids)[1].found == [], fault


@pytest.mark.parametrize("fault", ["html", "redirect loop", "503", "short"])
def test_every_request_is_counted_also_when_no_page_comes_of_it(web, faults, fault):
    web.serve(faults[fault])
    with tallied() as made, pytest.raises(SourceError):
        web.read()
    assert made.requests == len(web.fake.asked) > 0


@pytest.mark.parametrize("fault", ["cut", "bytes"])
def test_a_damaged_page_is_never_read_as_complete(web, make_item, fault):
    whole = web.page(three(make_item))
    web.serve(whole[: len(whole) // 2] if fault == "cut" else whole.replace(b"FjordAir", b"Fjord\xff\xfe\x00Air"))
    try:
        _, parsed = web.read()
    except SourceError:
        return
    assert parsed.missed or parsed.found


@pytest.mark.slow
def test_a_dripping_page_is_given_up_in_time(web, make_item, make_reply, monkeypatch):
    monkeypatch.setattr(http, "PATIENCE", http.Limits(seconds=1.5, silence=1, size=2_000_000))
    web.serve(make_reply(web.page(three(make_item)), drip=0.2))
    started = datetime.now(UTC)
    with pytest.raises(SourceIll):
        web.read()
    assert datetime.now(UTC) - started < timedelta(seconds=8)


@pytest.mark.parametrize(
    ("fault", "least", "most"), [("429 in seconds", 7, 7), ("429 with a date", 0, 1), ("429 with garbage", None, None)]
)
def test_what_retry_after_says_is_passed_on(web, faults, fault, least, most):
    web.serve(faults[fault])
    with pytest.raises(SourceIll) as raised:
        web.read()
    wait = raised.value.retry_after
    assert wait is None if least is None else timedelta(seconds=least) <= wait <= timedelta(seconds=most)


def test_we_say_who_we_are(web, make_item):
    web.serve(web.page(three(make_item)))
    web.read()
    assert all("earful" in asked.headers["user-agent"].lower() for asked in web.fake.asked)


def test_every_source_has_facts_and_a_page_of_documentation(world):
    facts = world.connector.facts
    assert all([facts.reads, facts.credentials, facts.terms, facts.completeness])
    page = (DOCS / f"{world.connector.name}.md").read_text("utf-8")
    for name in world.connector.settings.model_fields:
        assert f"`{name}`" in page, f"the setting {name} is not documented"
    for secret in world.connector.secrets:
        assert secret in page


def test_every_setting_says_what_it_is(world):
    for name, field in world.connector.settings.model_fields.items():
        assert field.description, name


def test_no_page_of_documentation_is_left_without_its_source():
    assert {page.stem for page in DOCS.glob("*.md")} == set(CONNECTORS)


def test_the_registry_knows_its_names():
    assert source_types().keys() == CONNECTORS.keys()
    assert connector("rss").name == "rss"
    with pytest.raises(ConfigError, match='did you mean "rss"'):
        connector("rrs")


def test_a_rejected_record_is_parsed_again_from_what_was_kept_of_it(world, make_item):
    items = three(make_item)
    items[1].broken = True
    world.serve(world.page(items))
    ask = world.ask()
    (first,) = world.read(ask)[1].rejected
    if world.connector.name == "folder":  # whose rows can't be read without their file, and say so
        with pytest.raises(SkipRecord, match="read anew"):
            world.connector.again(ask, first.raw)
        return
    again = world.connector.parse(world.connector.again(ask, first.raw))
    assert [each.reason for each in again.rejected] == [first.reason]
    assert again.found == []


def test_what_was_not_kept_whole_is_not_parsed_again(web, make_item):
    items = three(make_item)
    items[1].broken = True
    web.serve(web.page(items))
    ask = web.ask()
    (first,) = web.read(ask)[1].rejected
    for raw in ("", "not { whole", first.raw[: len(first.raw) // 2]):
        with pytest.raises(SkipRecord, match="not whole"):
            web.connector.again(ask, raw)

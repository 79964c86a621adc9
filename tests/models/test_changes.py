from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from earful.values import FoundMention, SourceState
from models.changes import Change, Insert, Known, Repeat, Same, Update, Vanished, content_digest, plan

ITEMS = st.builds(
    FoundMention,
    external_id=st.sampled_from("abcd"),
    text=st.sampled_from(["late", "late again", ""]),
    rating=st.none() | st.just(1.0),
    state=st.sampled_from([SourceState.LIVE, SourceState.DELETED]),
)


def store(known: dict[str, Known], page: list[FoundMention], changes: list[Change], run: int) -> dict[str, Known]:
    """What the store holds after the changes, by the simplest means."""
    held = dict(known)
    for found, change in zip(page, changes, strict=True):
        if not isinstance(change, Repeat):
            held[found.external_id] = Known(1, content_digest(found), run, found.state is SourceState.DELETED)
    return held


@given(st.lists(st.lists(ITEMS, max_size=6), max_size=4))
def test_the_store_ends_as_the_source_said_last_and_each_item_is_new_once(pages: list[list[FoundMention]]) -> None:
    known: dict[str, Known] = {}
    inserted: list[str] = []
    for page in pages:
        changes = plan(page, known, 1)
        inserted += [change.found.external_id for change in changes if isinstance(change, Insert)]
        known = store(known, page, changes, 1)
    last = {found.external_id: content_digest(found) for page in pages for found in page}
    assert {key: held.digest for key, held in known.items()} == last
    assert sorted(inserted) == sorted(last)


@given(st.lists(ITEMS, max_size=6, unique_by=lambda found: found.external_id))
def test_the_same_page_in_a_later_run_changes_nothing(page: list[FoundMention]) -> None:
    known = store({}, page, plan(page, {}, 1), 1)
    assert all(isinstance(change, Same) for change in plan(page, known, 2))
    assert all(isinstance(change, Repeat) for change in plan(page, known, 1))


def test_each_moment_has_its_change() -> None:
    found = FoundMention("a", "late")
    known = {"a": Known(1, content_digest(found), 1, deleted=False)}
    gone = replace(found, text="", state=SourceState.DELETED)
    edited = replace(found, text="late, but they called")
    kinds = [type(plan([item], known, 2)[0]) for item in (found, edited, gone, replace(found, external_id="b"))]
    assert kinds == [Same, Update, Vanished, Insert]


def test_what_only_moves_a_counter_is_no_edit() -> None:
    found = FoundMention("a", "late", reach=1)
    known = {"a": Known(1, content_digest(found), 1, deleted=False)}
    assert isinstance(plan([replace(found, reach=900)], known, 2)[0], Same)

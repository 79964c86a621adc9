"""Drives the inbox in a real Chromium, as a person would."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import select

from earful.values import Label
from inbox.person import SESSION_COOKIE
from models.account import Role
from models.case import Case, CaseEvent, CaseStatus, Correction
from models.casework import wake_snoozed
from models.database import Database

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PASSWORD = "correct horse battery"
Open = Callable[..., Page]


def as_signed_in(client: httpx.Client, served: str) -> Any:
    """The cookie that signs a browser in as this one is."""
    return {"name": SESSION_COOKIE, "value": client.cookies[SESSION_COOKIE], "url": served}


def stored(database: Database, case_id: int) -> Case:
    with database.read() as session:
        return session.scalars(select(Case).where(Case.id == case_id)).one()


def test_open_read_why_note_and_resolve(opened: Open, filled: Database) -> None:
    page = opened()
    page.locator("#row-2 > .to-case").click()
    pane = page.locator("#pane")
    expect(pane.locator("h2")).to_contain_text("Case 2")
    expect(pane.locator("h2")).to_be_focused()
    expect(pane).to_contain_text("Why it was flagged")
    expect(pane.locator(".text mark.bad").first).to_be_visible()
    assert "/cases/2?view=open" in page.url
    page.locator("#pane").get_by_label("Note, or what was done").fill(
        "Called. Refund is on its way. <script>1</script>"
    )
    page.get_by_role("button", name="Add note").click()
    expect(pane.locator(".events .note")).to_contain_text("<script>1</script>")
    page.get_by_role("button", name="Resolve", exact=True).click()
    expect(pane.locator("h2")).to_contain_text("Case 3")
    expect(pane.locator(".notice")).to_contain_text("dana resolved this")
    expect(page.locator("#row-2")).to_have_count(0)
    expect(page.locator("#row-3 > .to-case")).to_have_attribute("aria-current", "true")
    expect(page.locator("#views")).to_contain_text("Open 40")
    expect(page.locator("#status")).to_contain_text("Case 2: dana resolved this")
    assert stored(filled, 2).status is CaseStatus.RESOLVED
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(pane.locator("h2")).to_contain_text("Case 2")
    expect(page.locator("#row-2")).to_have_count(1)
    assert stored(filled, 2).status is CaseStatus.OPEN


def test_dismiss_as_praise_stores_a_correction(opened: Open, filled: Database) -> None:
    page = opened("/cases/5")
    page.get_by_label("Needs nobody because").select_option("Not negative: praise")
    page.get_by_role("button", name="Dismiss").click()
    expect(page.locator(".notice")).to_contain_text("dismissed this as praise")
    with filled.read() as session:
        correction = session.scalars(select(Correction).order_by(Correction.id.desc()).limit(1)).one()
    assert (correction.label, correction.actor) == (Label.POSITIVE, "dana")


def test_praise_by_one_key_and_a_miss_put_right_among_the_mentions(opened: Open, filled: Database) -> None:
    page = opened("/cases/5")
    page.keyboard.press("p")
    expect(page.locator(".notice")).to_contain_text("dismissed this as praise")
    page = opened("/mentions?label=neutral")
    row = page.locator("tr", has=page.locator(".correct")).first
    row.locator("summary").click()
    row.get_by_label("Misread? It is").select_option("negative")
    row.get_by_role("button", name="Correct").click()
    expect(row).to_contain_text("dana: negative")
    with filled.read() as session:
        last = session.scalars(select(Correction).order_by(Correction.id.desc()).limit(2)).all()
    assert [one.label for one in last] == [Label.NEGATIVE, Label.POSITIVE]
    expect(row.locator(".notice")).to_contain_text("Negative: kept.")
    expect(row.locator(".notice")).to_be_in_viewport()
    page.keyboard.press("z")
    expect(row.locator(".notice")).to_contain_text("Taken back")
    expect(row).not_to_contain_text("dana: negative")


def test_of_two_people_the_second_is_told(opened: Open, filled: Database) -> None:
    first, second = opened("/cases/4", "dana"), opened("/cases/4", "lee")
    first.get_by_role("button", name="Resolve", exact=True).click()
    expect(first.locator(".notice")).to_be_visible()
    second.locator("#pane").get_by_label("Note, or what was done").fill("a note that took me ten minutes")
    second.get_by_role("button", name="Add note").click()
    alert = second.get_by_role("alert")
    expect(alert).to_contain_text("Dana resolved this")
    expect(alert).to_contain_text("nothing of yours was stored")
    expect(second.get_by_role("textbox", name="Note")).to_have_value("a note that took me ten minutes")
    second.get_by_role("button", name="Add note").click()
    expect(second.locator(".events .note")).to_contain_text("ten minutes")


def test_by_keyboard_alone(opened: Open, filled: Database) -> None:
    page = opened()
    page.keyboard.press("j")
    expect(page.locator("#row-1 > .to-case")).to_be_focused()
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    expect(page.locator("#row-2 > .to-case")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#pane h2")).to_contain_text("Case 2")
    page.keyboard.press("n")
    page.keyboard.type("just do it")
    expect(page.locator("#pane").get_by_label("Note, or what was done")).to_have_value("just do it")
    page.keyboard.press("Escape")
    page.keyboard.press("e")
    expect(page.locator("#pane h2")).to_contain_text("Case 3")
    expect(page.locator("#row-3 > .to-case")).to_be_focused()
    assert stored(filled, 2).status is CaseStatus.RESOLVED
    page.keyboard.press("z")
    expect(page.locator("#pane h2")).to_contain_text("Case 2")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    page.keyboard.type("insulin")
    page.keyboard.press("Enter")
    expect(page.locator(".row")).to_have_count(3)


PRESSED_AT_ONCE = """key => {
    const press = () => document.body.dispatchEvent(new KeyboardEvent("keydown", {key, bubbles: true}));
    document.addEventListener("htmx:afterSwap", function told(event) {
        if (event.detail.target.id !== "pane") return;
        document.removeEventListener("htmx:afterSwap", told);
        queueMicrotask(press);
    });
}"""


def test_a_key_in_the_same_breath_as_the_next_case_works_on_it(opened: Open, filled: Database) -> None:
    page = opened("/cases/1")
    page.evaluate("window.still = true")
    page.evaluate(PRESSED_AT_ONCE, "e")
    page.keyboard.press("e")
    expect(page.locator("#pane h2")).to_contain_text("Case 3")
    expect(page.locator("#row-3 > .to-case")).to_be_focused()
    expect(page.locator("#views")).to_contain_text("Open 39")
    assert page.evaluate("window.still"), "the page was left, and with it the focus"


def test_a_key_that_is_held_down_clears_one_case(opened: Open, filled: Database) -> None:
    page = opened("/cases/1")
    for _ in range(5):
        page.keyboard.down("e")
    expect(page.locator("#pane h2")).to_contain_text("Case 2")
    page.keyboard.up("e")
    page.keyboard.press("j")
    expect(page.locator("#row-3 > .to-case")).to_be_focused()
    expect(page.locator("#views")).to_contain_text("Open 40")


def test_an_act_sent_without_htmx_leads_to_the_row_too(opened: Open, filled: Database) -> None:
    page = opened("/cases/2?view=open&did=1")
    expect(page.locator("#row-2 > .to-case")).to_be_focused()


def test_what_was_typed_outlives_the_session(
    opened: Open, filled: Database, served: str, signed_in: Callable[..., httpx.Client]
) -> None:
    page = opened("/sign-in")
    page.context.add_cookies([as_signed_in(signed_in(Role.AGENT), served)])
    page.goto("/cases/2")
    page.context.clear_cookies()
    note = page.locator("#pane").get_by_label("Note, or what was done")
    note.fill("ten minutes of work")
    page.get_by_role("button", name="Add note").click()
    expect(page.get_by_role("alert")).to_contain_text("You are signed out, so nothing was stored.")
    expect(note).to_have_value("ten minutes of work")
    with page.context.expect_page() as other:
        page.get_by_role("link", name="Sign in").click()
    other.value.get_by_label("Name or mail address").fill("agent")
    other.value.get_by_label("Password").fill(PASSWORD)
    other.value.get_by_role("button", name="Sign in").click()
    expect(other.value.locator("#views")).to_be_visible()
    page.get_by_role("button", name="Add note").click()
    expect(page.locator(".events .note")).to_contain_text("ten minutes of work")
    expect(page.get_by_role("alert")).to_have_count(0)


def test_a_case_is_judged_tagged_and_called_out_by_single_keys(opened: Open, filled: Database) -> None:
    page = opened("/cases/2")
    page.keyboard.press("1")
    expect(page.locator(".badges")).to_contain_text("Needs a reply")
    page.keyboard.press("t")
    expect(page.locator("#tag")).to_be_focused()
    page.keyboard.type("double charge")
    page.keyboard.press("Enter")
    expect(page.locator(".chip")).to_contain_text("double charge")
    expect(page.locator("#row-2 .tag.own")).to_contain_text("double charge")
    page.keyboard.press("a")
    page.keyboard.type("lee")
    page.keyboard.press("Enter")
    expect(page.locator(".badges")).to_contain_text("lee")
    page.keyboard.press("z")
    expect(page.locator(".badges")).to_contain_text("dana")
    page.keyboard.press("4")
    expect(page.locator(".badges")).to_contain_text("Escalated")
    page.keyboard.press("2")
    expect(page.locator(".notice")).to_contain_text("dismissed this as not negative")
    assert stored(filled, 2).status is CaseStatus.DISMISSED
    with filled.read() as session:
        said = session.scalars(select(Correction.label).where(Correction.mention_id == stored(filled, 2).mention_id))
        assert list(said)[-1] is Label.NEUTRAL


def test_the_reply_is_copied_the_source_opens_and_a_person_posts_it(
    person: Callable[..., BrowserContext], filled: Database
) -> None:
    context = person()
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    context.route("https://*.example/**", lambda route: route.fulfill(body="the forum"))
    page = context.new_page()
    page.goto("/cases/4")
    field = page.get_by_label("Reply to the customer")
    expect(field).to_have_attribute("lang", "bg")
    field.fill("Здравейте! Пишем Ви лично.")
    page.keyboard.press("Escape")
    with context.expect_page() as source:
        page.keyboard.press("r")
    assert source.value.url == "https://trustpages.example/p/4"
    assert source.value.evaluate("opener") is None
    expect(page.locator(".notice")).to_contain_text("took a reply along")
    page.bring_to_front()
    assert page.evaluate("navigator.clipboard.readText()") == "Здравейте! Пишем Ви лично."
    assert stored(filled, 4).first_response_at is not None


def test_a_snoozed_case_sleeps_and_comes_back(opened: Open, filled: Database) -> None:
    page = opened("/cases/3")
    page.get_by_label("Look again").select_option("in 4 hours")
    page.get_by_role("button", name="Snooze").click()
    expect(page.locator("#row-3")).to_have_count(0)
    with filled.write() as session:
        until = stored(filled, 3).snoozed_until
        assert until is not None
        assert 3 in wake_snoozed(session, until)
    page.goto("/cases/3")
    expect(page.locator(".badges")).to_contain_text("Open")
    expect(page.locator(".events")).to_contain_text("brought this back from its snooze")


def test_keys_can_be_changed_and_switched_off(opened: Open, filled: Database) -> None:
    page = opened("/keys")
    page.get_by_label("next case").fill("w")
    page.get_by_role("button", name="Save").click()
    page.goto("/cases")
    page.keyboard.press("j")
    page.keyboard.press("w")
    expect(page.locator("#row-1 > .to-case")).to_be_focused()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_contain_text("w")
    page.goto("/keys")
    page.get_by_label("Single keys are on").uncheck()
    page.get_by_role("button", name="Save").click()
    page.goto("/cases/2")
    page.keyboard.press("e")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert stored(filled, 2).status is CaseStatus.OPEN


def test_hostile_posts_do_nothing(opened: Open, filled: Database) -> None:
    page = opened("/cases/13")
    expect(page.locator("#pane .text")).to_contain_text("<svg onload=alert(2)>")
    assert page.title().startswith("Case 13")
    page.goto("/cases/15")
    assert len(page.locator("#pane .text").inner_text()) > 100_000
    page.goto("/mentions?q=owned")
    expect(page.locator(".row-title").first).to_contain_text("<script>")


def test_back_and_forward_show_what_was_there(opened: Open, filled: Database) -> None:
    page = opened()
    page.locator("#row-2 > .to-case").click()
    expect(page.locator("#pane h2")).to_contain_text("Case 2")
    page.locator("#row-3 > .to-case").click()
    expect(page.locator("#pane h2")).to_contain_text("Case 3")
    page.go_back()
    expect(page.locator("#pane h2")).to_contain_text("Case 2")
    page.go_forward()
    expect(page.locator("#pane h2")).to_contain_text("Case 3")


def test_twenty_cases_are_cleared_by_keyboard_alone(opened: Open, filled: Database) -> None:
    page = opened("/cases")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator("#case-title")).to_be_visible()
    for _ in range(20):
        shown = page.locator("#pane").get_attribute("data-case")
        page.keyboard.press("e")
        expect(page.locator("#pane")).not_to_have_attribute("data-case", shown or "")
        expect(page.locator(".notice")).to_contain_text(f"Case {shown}")
    with filled.read() as session:
        mine = select(CaseEvent.case_id).where(CaseEvent.actor == "dana", CaseEvent.action == "resolved")
        assert len(set(session.scalars(mine))) == 20


def test_many_are_selected_worked_and_taken_back_by_key(opened: Open, filled: Database) -> None:
    page = opened("/cases")
    for _ in range(3):
        page.keyboard.press("j")
        page.keyboard.press("x")
    expect(page.locator("#picked")).to_have_text("Selected: 7")
    page.keyboard.press("e")
    expect(page.locator(".notice")).to_contain_text("7 cases resolved.")
    expect(page.locator("#views")).to_contain_text("Open 34")
    page.keyboard.press("z")
    expect(page.locator("#views")).to_contain_text("Open 41")


def test_a_key_never_works_on_a_case_that_is_not_read(opened: Open, filled: Database) -> None:
    page = opened("/cases/2")
    page.locator("#row-2 > .to-case").focus()
    page.keyboard.press("j")
    expect(page.locator("#row-3 > .to-case")).to_be_focused()
    page.keyboard.press("e")
    expect(page.locator("#case-title")).to_contain_text("Case 3")
    assert {stored(filled, case_id).status for case_id in (2, 3)} == {CaseStatus.OPEN}
    page.keyboard.press("e")
    expect(page.locator(".notice")).to_contain_text("Case 3")
    assert stored(filled, 2).status is CaseStatus.OPEN


def test_many_are_picked_at_once(opened: Open, filled: Database) -> None:
    page = opened("/cases")
    boxes = page.locator("#list > .rows > .row > .row-head .pick input")
    boxes.nth(1).click()
    boxes.nth(4).click(modifiers=["Shift"])
    for each in range(1, 5):
        expect(boxes.nth(each)).to_be_checked()
    page.get_by_role("button", name="All of this page, or none").click()
    expect(page.locator(".pick input:not(:checked)")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(page.locator(".pick input:checked")).to_have_count(0)


def test_what_says_almost_the_same_is_folded_away_and_worked_as_one(opened: Open, filled: Database) -> None:
    page = opened("/cases")
    expect(page.locator("#row-21 > .to-case")).to_be_hidden()
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(page.locator("#row-2 > .to-case")).to_be_focused()
    page.keyboard.press("k")
    page.keyboard.press("x")
    expect(page.locator("#picked")).to_have_text("Selected: 3")
    page.keyboard.press("3")
    expect(page.locator(".notice")).to_contain_text("3 cases dismissed")
    assert {stored(filled, case_id).status for case_id in (1, 21, 41)} == {CaseStatus.DISMISSED}
    page.keyboard.press("z")
    expect(page.locator("#views")).to_contain_text("Open 41")
    page.goto("/cases/21")
    expect(page.locator("#row-21 > .to-case")).to_be_visible()


def test_what_was_searched_for_is_marked_in_row_and_pane(opened: Open, filled: Database) -> None:
    page = opened("/cases?q=insulin")
    expect(page.locator("#row-3 > .to-case mark.hit")).to_have_text("insulin")
    page.locator("#row-3 > .to-case").click()
    expect(page.locator("#pane .text mark.hit")).to_have_text("insulin")
    expect(page.locator("#pane .legend")).to_contain_text("searched for")


WORDS = {
    "en": ("The kettle leaks and nobody answers the phone", "leaks"),
    "no": ("Flyet til Tromsø ble forsinket igjen", "tromso"),
    "bg": ("Отмениха полета ни без обяснение", "ПОЛЕТА"),
    "id": ("Bagasi saya hilang dan pelayanannya buruk", "pelayanan*"),
    "hu": ("Elveszett a bőröndöm és senki sem szól", "borondom"),
}


@pytest.mark.parametrize("language", WORDS)
def test_a_search_finds_words_of_the_language(opened: Open, filled: Database, more: Any, language: str) -> None:
    said, typed = WORDS[language]
    post = {"text": said, "source": "reddit", "severity": "low", "hours_ago": 0, "language": language}
    case_id = more.post(post)
    page = opened("/cases")
    page.keyboard.press("/")
    page.keyboard.type(typed)
    page.keyboard.press("Enter")
    expect(page.locator(f"#row-{case_id} mark.hit")).to_be_visible()
    expect(page.locator("#q")).to_have_value(typed)


def test_new_cases_wait_and_nothing_moves(opened: Open, filled: Database, more: Any) -> None:
    page = opened("/cases")
    first = page.locator(".row").first.get_attribute("id")
    post = {"text": "They lost my bag", "source": "reddit", "severity": "urgent", "hours_ago": 0}
    new = [more.post(post) for _ in range(2)]
    page.evaluate("htmx.ajax('GET', document.querySelector('#new').getAttribute('hx-get'), "
                  "{target: '#new', select: '#new', swap: 'outerHTML'})")  # fmt: skip
    expect(page.get_by_role("link", name="2 new")).to_be_visible()
    page.locator(".to-case").first.click()
    expect(page.locator("#case-title")).to_be_visible()
    page.keyboard.press("e")
    expect(page.locator(".notice")).to_be_visible()
    assert page.locator(f"#{first}, #row-{new[0]}").count() == 0
    page.get_by_role("link", name="2 new").click()
    expect(page.locator(f"#row-{new[0]}")).to_be_visible()


def test_two_people_see_each_other(person: Callable[..., BrowserContext], filled: Database) -> None:
    lee = person("lee roy").new_page()
    with lee.expect_response("**/cases/2/here"):
        lee.goto("/cases/2")
    dana = person().new_page()
    dana.goto("/cases/2")
    expect(dana.locator("#here")).to_contain_text("lee roy looks at this too")
    expect(dana.locator("#at-2")).to_contain_text("LR")


def test_a_rule_is_tried_before_it_is_saved(opened: Open, filled: Database) -> None:
    page = opened("/rules/new")
    page.get_by_label("Name").fill("Calm ones")
    page.get_by_label("Title and text match this query").fill("flies OR skis")
    page.get_by_label("Look back").select_option("365")
    page.get_by_role("button", name="Try it on history").click()
    expect(page.locator("#trial .tiles li").first).to_contain_text("2more flagged")
    expect(page.locator("#trial .examples")).to_contain_text("allows skis")
    expect(page.locator("#status")).to_contain_text("2 more flagged, 0 fewer")
    expect(page.get_by_label("Name")).to_have_value("Calm ones")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".rule-list")).to_contain_text("Calm ones")
    expect(page.locator(".rule-list")).to_contain_text("flies OR skis")

"""Drives the inbox in a real Chromium, as a person would."""

import os
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from sqlalchemy import select

from earful.values import Label
from inbox.person import SESSION_COOKIE
from models.accounts import begin_session, user_named
from models.case import Case, CaseEvent, CaseStatus, Correction
from models.casework import wake_snoozed
from models.database import Database
from tests.browser import find

pytestmark = [pytest.mark.browser, pytest.mark.slow]

QUIET = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]  # fmt: skip
PASSWORD = "correct horse battery"
PHONE = {"width": 360, "height": 740}

Open = Callable[..., Page]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The Chromium that is here: see tests/browser.py."""
    path = find()
    if path is None:
        why = "no Chromium here: `python tests/browser.py` brings one, or set EARFUL_TEST_CHROMIUM to one"
        pytest.fail(why) if os.environ.get("CI") else pytest.skip(why)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=path, args=QUIET)
        yield launched
        launched.close()


@pytest.fixture
def person(browser: Browser, served: str) -> Iterator[Callable[..., BrowserContext]]:
    """Opens a browser of somebody's own: their name, and how their browser is."""
    contexts: list[BrowserContext] = []

    def person(name: str = "dana", **how: Any) -> BrowserContext:
        context = browser.new_context(base_url=served, **{"viewport": {"width": 1280, "height": 900}, **how})
        context.add_cookies([{"name": "earful_name", "value": name, "url": served}])
        context.set_default_timeout(10_000)
        contexts.append(context)
        return context

    yield person
    for context in contexts:
        context.close()


@pytest.fixture
def opened(person: Callable[..., BrowserContext]) -> Iterator[Open]:
    """Opens a page, and fails the test when that page complains."""
    complaints: list[str] = []

    def opened(path: str = "/cases", name: str = "dana", **how: Any) -> Page:
        page = person(name, **how).new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if _is_complaint(said) else None)
        page.on("dialog", lambda dialog: complaints.append(dialog.message))
        page.goto(path)
        return page

    yield opened
    assert complaints == []


def _is_complaint(said: Any) -> bool:
    expected = "the server responded with a status of 4"  # a refusal that the test provokes
    return said.type in {"error", "warning"} and expected not in said.text and "Response Status Error" not in said.text


def stored(database: Database, case_id: int) -> Case:
    with database.read() as session:
        return session.scalars(select(Case).where(Case.id == case_id)).one()


def test_open_read_why_note_and_resolve(opened: Open, filled: Database) -> None:
    page = opened()
    page.locator("#row-2 .to-case").click()
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
    expect(page.locator("#row-3 .to-case")).to_have_attribute("aria-current", "true")
    expect(page.locator("#views")).to_contain_text("Open 40")
    expect(page.locator("#status")).to_contain_text("Case 2: dana resolved this")
    assert stored(filled, 2).status is CaseStatus.RESOLVED
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(pane.locator("h2")).to_contain_text("Case 2")
    expect(page.locator("#row-2")).to_have_count(1)
    assert stored(filled, 2).status is CaseStatus.OPEN


def test_dismiss_as_not_negative_stores_a_correction(opened: Open, filled: Database) -> None:
    page = opened("/cases/5")
    page.get_by_label("Needs nobody because").select_option("Not negative: praise")
    page.get_by_role("button", name="Dismiss").click()
    expect(page.locator(".notice")).to_contain_text("dismissed this as not negative")
    with filled.read() as session:
        correction = session.scalars(select(Correction).order_by(Correction.id.desc()).limit(1)).one()
    assert (correction.label, correction.actor) == (Label.POSITIVE, "dana")


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


def test_all_of_it_without_javascript(opened: Open, filled: Database) -> None:
    page = opened(java_script_enabled=False)
    page.locator("#row-2 .to-case").click()
    page.locator("#pane").get_by_label("Note, or what was done").fill("by hand")
    page.get_by_role("button", name="Add note").click()
    expect(page.locator(".events .note")).to_contain_text("by hand")
    page.get_by_role("button", name="Resolve", exact=True).click()
    expect(page.locator(".notice")).to_contain_text("Case 2")
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(page.locator("#pane h2")).to_contain_text("Case 2")
    page.locator("summary", has_text="Filters").click()
    page.get_by_label("Severity").select_option("urgent")
    page.get_by_role("button", name="Apply").click()
    expect(page.locator(".row .severity.high")).to_have_count(0)
    page.get_by_role("button", name="Theme").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
    page.locator("details.who summary").click()
    page.get_by_label("Who are you?").fill("Ивана")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".banner")).to_contain_text("Ивана")


def test_on_a_phone_list_and_case_are_a_screen_each(opened: Open, filled: Database) -> None:
    page = opened(viewport=PHONE, has_touch=True)
    for path in ("/mentions", "/runs", "/cases/13", "/cases/15", "/cases"):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], path
    page.locator("#row-3 .to-case").tap()
    expect(page.locator("#pane h2")).to_be_visible()
    expect(page.locator(".side")).to_be_hidden()
    page.locator(".back a").tap()
    expect(page.locator("#row-3")).to_be_visible()
    page.go_back()
    expect(page.locator("#pane h2")).to_contain_text("Case 3")


def test_by_keyboard_alone(opened: Open, filled: Database) -> None:
    page = opened()
    page.keyboard.press("j")
    expect(page.locator("#row-1 .to-case")).to_be_focused()
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    expect(page.locator("#row-2 .to-case")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#pane h2")).to_contain_text("Case 2")
    page.keyboard.press("n")
    page.keyboard.type("just do it")
    expect(page.locator("#pane").get_by_label("Note, or what was done")).to_have_value("just do it")
    page.keyboard.press("Escape")
    page.keyboard.press("e")
    expect(page.locator("#pane h2")).to_contain_text("Case 3")
    expect(page.locator("#row-3 .to-case")).to_be_focused()
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
    const told = (event) => event.detail.target.id === "pane" && queueMicrotask(press);
    document.addEventListener("htmx:afterSwap", told, {once: true});
}"""


def test_a_key_in_the_same_breath_as_the_next_case_works_on_it(opened: Open, filled: Database) -> None:
    page = opened("/cases/1")
    page.evaluate("window.still = true")
    page.evaluate(PRESSED_AT_ONCE, "e")
    page.keyboard.press("e")
    expect(page.locator("#pane h2")).to_contain_text("Case 3")
    expect(page.locator("#row-3 .to-case")).to_be_focused()
    expect(page.locator("#views")).to_contain_text("Open 39")
    assert page.evaluate("window.still"), "the page was left, and with it the focus"


def test_a_key_that_is_held_down_clears_one_case(opened: Open, filled: Database) -> None:
    page = opened("/cases/1")
    for _ in range(5):
        page.keyboard.down("e")
    expect(page.locator("#pane h2")).to_contain_text("Case 2")
    page.keyboard.up("e")
    page.keyboard.press("j")
    expect(page.locator("#row-3 .to-case")).to_be_focused()
    expect(page.locator("#views")).to_contain_text("Open 40")


def test_an_act_sent_without_htmx_leads_to_the_row_too(opened: Open, filled: Database) -> None:
    page = opened("/cases/2?view=open&did=1")
    expect(page.locator("#row-2 .to-case")).to_be_focused()


@pytest.fixture
def session_of(team: Database, clock: Callable[[], Any]) -> Callable[[str], dict[str, str]]:
    """The cookie of somebody who has just signed in."""

    def session_of(name: str) -> dict[str, str]:
        with team.write() as session:
            word = begin_session(session, user_named(session, name), clock())
        return {"name": SESSION_COOKIE, "value": word}

    return session_of


def test_what_was_typed_outlives_the_session(
    opened: Open, filled: Database, served: str, session_of: Callable[[str], Any]
) -> None:
    page = opened("/sign-in")
    page.context.add_cookies([{**session_of("agent"), "url": served}])
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


def test_without_javascript_it_is_shown_once_more(
    opened: Open, filled: Database, served: str, session_of: Callable[[str], Any]
) -> None:
    page = opened("/sign-in", java_script_enabled=False)
    page.context.add_cookies([{**session_of("agent"), "url": served}])
    page.goto("/cases/2")
    page.context.clear_cookies()
    page.locator("#pane").get_by_label("Note, or what was done").fill("ten minutes <b>of work")
    page.get_by_role("button", name="Add note").click()
    expect(page.get_by_label("What you had written")).to_have_value("ten minutes <b>of work")


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
    expect(page.locator("#row-1 .to-case")).to_be_focused()
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


def test_a_remedy_is_kept_and_the_loop_closed_without_javascript(opened: Open, filled: Database) -> None:
    page = opened("/cases/2", java_script_enabled=False)
    page.locator(".remedy summary").click()
    page.get_by_label("Offered").select_option("Refund")
    page.get_by_label("Amount").fill("12,50")
    page.get_by_label("Currency").fill("eur")
    page.get_by_role("button", name="Keep the offer").click()
    expect(page.locator(".badges")).to_contain_text("Refund 12.50 EUR, offered")
    page.get_by_label("What became of it").select_option("Accepted")
    page.get_by_role("button", name="Keep the outcome").click()
    page.get_by_label("What we changed").fill("Cards are charged once now.")
    page.get_by_role("button", name="The customer was told").click()
    expect(page.locator(".badges")).to_contain_text("Customer told")
    page.get_by_label("Begin with").select_option(label="What we changed (English, closing the loop)")
    page.get_by_role("button", name="Use").click()
    expect(page.get_by_label("Reply to the customer")).to_contain_text("we changed it")


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
    page.locator("#row-2 .to-case").click()
    expect(page.locator("#pane h2")).to_contain_text("Case 2")
    page.locator("#row-3 .to-case").click()
    expect(page.locator("#pane h2")).to_contain_text("Case 3")
    page.go_back()
    expect(page.locator("#pane h2")).to_contain_text("Case 2")
    page.go_forward()
    expect(page.locator("#pane h2")).to_contain_text("Case 3")


def test_the_dark_theme_is_dark(opened: Open, filled: Database) -> None:
    page = opened(color_scheme="dark")
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == "rgb(15, 19, 23)"
    page.get_by_role("button", name="Theme").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(244, 245, 247)"


@pytest.fixture(scope="session")
def axe() -> str:
    """The accessibility checker's script, from the package that carries it."""
    found = find_spec("axe_playwright_python")
    if found is None or found.origin is None:
        why = "axe-playwright-python is not installed, so nothing here looked for accessibility mistakes"
        pytest.fail(why) if os.environ.get("CI") else pytest.skip(why)
    return (Path(found.origin).parent / "axe.min.js").read_text("utf-8")


LOOKED_AT = (
    "/cases", "/cases?brand=Fjord+Air&q=bag", "/cases?view=all&like=1", "/cases/1", "/cases/13", "/cases/16",
    "/cases?view=mine&q=zzz", "/samples", "/mentions", "/runs", "/nowhere", "/replies", "/replies?copy=s1", "/keys",
    "/rules", "/rules/new", "/settings", "/lexicon",
    "/day",
)  # fmt: skip
CHECKED = "axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']})"


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1440])
def test_nobody_is_shut_out(opened: Open, filled: Database, axe: str, theme: str, width: int) -> None:
    page = opened(color_scheme=theme, viewport={"width": width, "height": 900})
    for path in LOOKED_AT:
        page.goto(path)
        page.evaluate(axe)
        found = page.evaluate(CHECKED)["violations"]
        assert [(rule["id"], rule["nodes"][0]["html"]) for rule in found] == [], path


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
    expect(page.locator("#picked")).to_have_text("Selected: 3")
    page.keyboard.press("e")
    expect(page.locator(".notice")).to_contain_text("3 cases resolved.")
    expect(page.locator("#views")).to_contain_text("Open 38")
    page.keyboard.press("z")
    expect(page.locator("#views")).to_contain_text("Open 41")


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
    expect(page.locator(f"#row-{case_id}")).to_be_visible()
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


def test_many_are_worked_without_javascript(opened: Open, filled: Database) -> None:
    page = opened("/cases", java_script_enabled=False)
    for row in (1, 2, 3):
        page.locator(f"#row-{row} .pick input").check()
    page.get_by_role("button", name="To me").click()
    expect(page.locator(".notice")).to_contain_text("3 cases assigned.")
    page.locator(".notice").get_by_role("button", name="Undo").click()
    expect(page.locator(".notice")).to_contain_text("3 cases undone.")


def test_many_are_worked_on_a_phone(opened: Open, filled: Database) -> None:
    page = opened("/cases", viewport=PHONE)
    page.locator("#row-2 .pick").click()
    page.get_by_role("button", name="Done").click()
    expect(page.locator(".notice")).to_contain_text("1 case resolved.")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


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

"""Everybody can use it: every page under axe in both themes, a phone, no JavaScript."""

from collections.abc import Callable, Iterator

import httpx
import pytest
from fastapi import FastAPI
from playwright.sync_api import Page, expect
from sqlalchemy import select

from campaigns.consent import Act, of_mention, record_grant
from models.account import Role
from models.accounts import make_link, user_named
from models.case import DONE, Case
from models.consent import Testimonial as Candidate  # pytest takes what begins with "Test" for a test
from models.database import Database
from models.mention import Mention
from tests.inbox.browsing.test_working import as_signed_in
from tests.inbox.conftest import NOW
from tests.inbox.test_rights import routes

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PHONE = {"width": 360, "height": 740}
Open = Callable[..., Page]

#: What a GET answers with that is no page of its own: another page, a piece of one, what programs read.
NO_PAGES = {"/", "/cases/new", "/sign-in/provider", "/sign-in/return", "/webhooks/{token}",
            "/healthz", "/readyz", "/metrics", "/static", "/testimonials/file.{form}"}  # fmt: skip
#: Where to look at a page that stands under several addresses, or whose address holds something.
ADDRESSES = {
    "/cases": ("/cases", "/cases?brand=Fjord+Air&q=bag", "/cases?view=all&like=1", "/cases?view=mine&q=zzz"),
    "/cases/{case_id}": ("/cases/1", "/cases/13", "/cases/16?did=2"),
    "/replies": ("/replies", "/replies?copy=s1"),
    "/replies/{reply_id}": ("/replies/1",),
    "/rules/{rule_id}": ("/rules/1",),
    "/settings": ("/settings", "/settings?brand=Fjord+Air&q=bag", "/settings?brand=Fjord+Air&q=%28"),
    "/testimonials": ("/testimonials?brand=Fjord+Air", "/testimonials?brand=Fjord+Air&answered=yes"),
    "/welcome/{word}": ("/welcome/WORD",),
}
CHECKED = "axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']})"


def addresses(app: FastAPI) -> Iterator[str]:
    """Every page there is, found from the routes: one that is new is looked at too."""
    for method, path, _ in routes(app):
        if method == "GET" and path not in NO_PAGES and not path.startswith("/api/"):
            assert "{" not in path or path in ADDRESSES, f"say in ADDRESSES where a page of {path} stands"
            yield from ADDRESSES.get(path, (path,))


def furnish(admin: httpx.Client) -> None:
    """Let there be something on the pages that a team fills itself."""
    rule = {"name": "Bags", "does": "flag", "query": "bag OR bagasje", "verb": "save", "version": "0"}
    for path, data in {
        "/replies": {"name": "Ours", "language": "en", "text": "Dear {author}, from {agent}."},
        "/rules": rule,
        "/lexicon": {"word": "kundetilfredshetsundersøkelsesskjemautfyllingsveiledning", "weight": "-2"},
        "/tokens": {"name": "crm", "scope": "read", "days": "30"},
        "/views?view=all&q=bag": {"name": "Bags"},
    }.items():
        assert admin.post(path, data=data).status_code < 400, path


def praise(database: Database) -> None:
    """Let one author be still to be asked, and one have said yes."""
    calm = select(Mention.id).where(Mention.external_id == "calm1")
    solved = select(Case.mention_id).join(Mention).where(Case.status.in_(DONE), Mention.author.is_not(None)).limit(1)
    with database.write() as session:
        keys = [session.scalars(which).one() for which in (calm, solved)]
        session.add_all([Candidate(mention_id=key, brand="Fjord Air", found_at=NOW) for key in keys])
    record_grant(database, of_mention(keys[1]), Act("kim", NOW, "their mail of 3 March"))


def violations(page: Page, axe: str) -> list[tuple[str, str]]:
    page.evaluate(axe)
    return [(rule["id"], rule["nodes"][0]["html"]) for rule in page.evaluate(CHECKED)["violations"]]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1440])
def test_no_page_shuts_anybody_out(
    opened: Open, filled: Database, app: FastAPI, signed_in: Callable[..., httpx.Client], axe: str, theme: str,
    width: int, served: str,
) -> None:  # fmt: skip
    furnish(admin := signed_in(Role.ADMIN))
    praise(filled)
    with filled.write() as session:
        word = make_link(session, user_named(session, "fresh"), app.state.house.clock())
    page = opened("/sign-in", color_scheme=theme, viewport={"width": width, "height": 900})
    found = {"/sign-in": violations(page, axe)}
    page.context.add_cookies([as_signed_in(admin, served)])
    for address in [*addresses(app), "/nowhere"]:
        answer = page.goto(address.replace("WORD", word))
        assert answer
        assert answer.ok or address in {"/nowhere", "/settings?brand=Fjord+Air&q=%28"}, (address, answer.status)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address
        found[address] = violations(page, axe)
    assert {address: some for address, some in found.items() if some} == {}
    assert len(found) > 20


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_that_a_page_answers_shuts_anybody_out(opened: Open, filled: Database, axe: str, theme: str) -> None:
    page, other = opened("/cases/2", color_scheme=theme), opened("/cases/4", "lee", color_scheme=theme)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    assert violations(page, axe) == [], "keys"
    page.keyboard.press("Escape")
    page.keyboard.press("e")
    expect(page.locator(".notice")).to_be_visible()
    page.keyboard.press("x")
    page.locator("details.who summary").click()
    page.locator("#bulk summary").click()
    assert violations(page, axe) == [], "done, one picked, menus open"
    for box in page.locator(".row .pick input").all()[:30]:
        box.check()
    page.locator("#bulk").get_by_role("button", name="To me").click()
    expect(page.locator("#pane h1")).to_contain_text("Assign to me")
    assert violations(page, axe) == [], "a look at many before they are done"
    page.goto("/cases/4")
    page.get_by_role("button", name="Resolve", exact=True).click()
    expect(page.locator(".notice")).to_be_visible()
    other.get_by_role("button", name="Resolve", exact=True).click()
    expect(other.get_by_role("alert")).to_be_visible()
    assert violations(other, axe) == [], "a colleague was faster"
    page.goto("/rules/new")
    page.get_by_label("Name").fill("Bags")
    page.get_by_label("Title and text match this query").fill("bag")
    page.get_by_role("button", name="Try it on history").click()
    expect(page.locator("#trial .tiles")).to_be_visible()
    assert violations(page, axe) == [], "a rule that was tried"
    page.get_by_label("Title and text match this query").fill("(bag")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert violations(page, axe) == [], "a rule that can't be"


def test_all_of_it_without_javascript(opened: Open, filled: Database) -> None:
    page = opened(java_script_enabled=False)
    page.locator("#row-2 > .to-case").click()
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
    page.locator("#row-3 > .to-case").tap()
    expect(page.locator("#pane h2")).to_be_visible()
    expect(page.locator(".side")).to_be_hidden()
    page.locator(".back a").tap()
    expect(page.locator("#row-3")).to_be_visible()
    page.go_back()
    expect(page.locator("#pane h2")).to_contain_text("Case 3")


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


def test_the_dark_theme_is_dark(opened: Open, filled: Database) -> None:
    page = opened(color_scheme="dark")
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == "rgb(15, 19, 23)"
    page.get_by_role("button", name="Theme").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(244, 245, 247)"


def test_many_are_worked_without_javascript(opened: Open, filled: Database) -> None:
    page = opened("/cases", java_script_enabled=False)
    for row in (1, 2, 3):
        page.locator(f"#row-{row} > .row-head .pick input").check()
    page.get_by_role("button", name="To me").click()
    expect(page.locator(".notice")).to_contain_text("3 cases assigned.")
    page.locator(".notice").get_by_role("button", name="Undo").click()
    expect(page.locator(".notice")).to_contain_text("3 cases undone.")


def test_many_are_worked_on_a_phone(opened: Open, filled: Database) -> None:
    page = opened("/cases", viewport=PHONE)
    page.locator("#row-2 > .row-head .pick").click()
    page.get_by_role("button", name="Done").click()
    expect(page.locator(".notice")).to_contain_text("1 case resolved.")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_without_javascript_it_is_shown_once_more(
    opened: Open, filled: Database, served: str, signed_in: Callable[..., httpx.Client]
) -> None:
    page = opened("/sign-in", java_script_enabled=False)
    page.context.add_cookies([as_signed_in(signed_in(Role.AGENT), served)])
    page.goto("/cases/2")
    page.context.clear_cookies()
    page.locator("#pane").get_by_label("Note, or what was done").fill("ten minutes <b>of work")
    page.get_by_role("button", name="Add note").click()
    expect(page.get_by_label("What you had written")).to_have_value("ten minutes <b>of work")

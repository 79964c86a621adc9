"""What somebody types stays theirs until it is sent."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from models.database import Database

pytestmark = [pytest.mark.browser, pytest.mark.slow]

Open = Callable[..., Page]


def test_a_note_and_a_reply_outlive_other_acts_and_a_look_elsewhere(opened: Open, filled: Database) -> None:
    page = opened("/cases/2")
    note, reply = page.locator("#note"), page.locator("#reply-text")
    note.fill("called twice")
    reply.fill("Dear Mr Petrov")
    page.keyboard.press("Escape")
    page.keyboard.press("i")
    expect(page.locator(".badges")).to_contain_text("dana")
    expect(note).to_have_value("called twice")
    page.locator("#row-3 > .to-case").click()
    expect(page.locator("#case-title")).to_contain_text("Case 3")
    expect(note).to_have_value("")
    page.goto("/cases?view=mine")
    page.locator("#row-2 > .to-case").click()
    expect(note).to_have_value("called twice")
    expect(reply).to_have_value("Dear Mr Petrov")
    note.press("Control+Enter")
    expect(page.locator(".events .note")).to_contain_text("called twice")
    expect(note).to_have_value("")
    page.get_by_label("Begin with").select_option(index=1)
    page.get_by_role("button", name="Use").click()
    expect(reply).not_to_have_value("Dear Mr Petrov")


def test_after_an_act_on_many_the_next_key_works_on_a_row(opened: Open, filled: Database) -> None:
    page = opened("/cases")
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("e")
    expect(page.locator(".notice")).to_contain_text("3 cases resolved.")
    expect(page.locator("#row-2 > .to-case")).to_be_focused()
    expect(page.locator("#status")).to_contain_text("3 cases resolved.")
    page.keyboard.press("Enter")
    expect(page.locator("#case-title")).to_contain_text("Case 2")


def test_a_colleague_at_a_case_that_the_list_does_not_hold_is_no_error(opened: Open, filled: Database) -> None:
    lee = opened("/cases/2", "lee")
    page = opened("/cases?view=snoozed")
    expect(lee.locator("#pane")).to_be_visible()
    page.evaluate("htmx.ajax('GET', document.querySelector('#new').getAttribute('hx-get'), "
                  "{target: '#new', select: '#new', swap: 'outerHTML'})")  # fmt: skip
    expect(page.locator("#new [data-at='2']")).to_have_count(1)
    page.goto("/cases")
    page.evaluate("htmx.ajax('GET', document.querySelector('#new').getAttribute('hx-get'), "
                  "{target: '#new', select: '#new', swap: 'outerHTML'})")  # fmt: skip
    expect(page.locator("#at-2")).to_contain_text("L")


def test_what_was_picked_and_typed_stays_when_an_act_on_many_is_refused(opened: Open, filled: Database) -> None:
    page = opened("/cases")
    page.locator("#row-2 > .row-head .pick input").check()
    page.locator("#row-3 > .row-head .pick input").check()
    page.locator("#bulk summary").click()
    page.locator("#bulk-tag").fill("double charge")
    page.locator("#bulk").get_by_role("button", name="Assign").click()
    expect(page.locator("#pane h1")).to_contain_text("Changed: 0 cases. Left alone: 4.")
    expect(page.locator("#picked")).to_have_text("Selected: 4")
    expect(page.locator("#bulk-tag")).to_have_value("double charge")
    page.locator("#bulk-to").fill("lee")
    page.locator("#bulk").get_by_role("button", name="Assign").click()
    expect(page.locator(".notice")).to_contain_text("4 cases assigned.")
    expect(page.locator("#row-3 > .row-foot .assignee")).to_have_text("lee")
    expect(page.locator("#row-2 > .to-case")).to_be_focused()
    expect(page.locator("#bulk-tag")).to_have_value("")


def test_an_offer_that_is_refused_comes_back_as_it_was_typed(opened: Open, filled: Database) -> None:
    page = opened("/cases/2")
    page.locator(".remedy summary").click()
    page.get_by_label("Offered").select_option("Refund")
    page.get_by_label("Amount").fill("a lot")
    page.get_by_label("Currency").fill("eur")
    page.get_by_role("button", name="Keep the offer").click()
    expect(page.get_by_role("alert")).to_contain_text("Write the amount as a number")
    expect(page.get_by_label("Offered")).to_have_value("refund")
    expect(page.get_by_label("Currency")).to_have_value("eur")
    page.get_by_label("Amount").fill("12.50")
    page.get_by_role("button", name="Keep the offer").click()
    expect(page.locator(".badges")).to_contain_text("Refund 12.50 EUR, offered")


def test_the_first_page_of_an_empty_house_says_what_to_do_next(opened: Open, store: Database) -> None:
    page = opened("/cases")
    expect(page.locator(".begin")).to_contain_text("Fjord Air listens for")
    expect(page.locator(".begin")).to_contain_text('earful import reviews.csv --brand "Fjord Air"')

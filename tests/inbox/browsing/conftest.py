"""A real Chromium before a real server, and people who open pages in it."""

import os
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.browser import find

QUIET = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]  # fmt: skip


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
def opened(person: Callable[..., BrowserContext]) -> Iterator[Callable[..., Page]]:
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


#: What a test provokes: a refusal.
EXPECTED = ("the server responded with a status of 4", "Response Status Error")


def _is_complaint(said: Any) -> bool:
    return said.type in {"error", "warning"} and not any(known in said.text for known in EXPECTED)


@pytest.fixture(scope="session")
def axe() -> str:
    """The accessibility checker's script, from the package that carries it."""
    found = find_spec("axe_playwright_python")
    if found is None or found.origin is None:
        why = "axe-playwright-python is not installed, so nothing here looked for accessibility mistakes"
        pytest.fail(why) if os.environ.get("CI") else pytest.skip(why)
    return (Path(found.origin).parent / "axe.min.js").read_text("utf-8")

"""Every page, in every language: nothing that the catalogue translates stands there in English."""

import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser

import httpx
import pytest
from babel.messages.pofile import read_po
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from earful.tongues import CATALOGUES, SHIPPED
from models.account import Role

pytestmark = pytest.mark.slow

SignedIn = Callable[[Role | None], httpx.Client]
LANGUAGES = tuple(code for code in SHIPPED if code != "en")
#: Pages that need more than their address, beside every address that has no parts to fill in.
MORE = (
    "/cases/2", "/cases/1", "/cases?view=done&q=nothing", "/cases?view=snoozed", "/cases?like=1", "/cases/4711",
    "/no-such-page", "/rules/4711", "/day?day=x", "/settings?brand=Fjord+Air&q=lid+NEAR/3", "/lexicon?brand=Fjord+Air",
    "/settings?brand=Fjord+Air&q=delay*", "/welcome/gone", "/cases?reading=x",
)  # fmt: skip
#: Forms that are refused: where, and what is sent.
REFUSED = (
    ("/users", {"name": "two words"}), ("/users", {"name": "agent"}), ("/users", {"name": "x", "email": "y"}),
    ("/tokens", {"name": "a b"}), ("/tokens", {"name": "crm"}), ("/tokens/revoke", {"name": "crm"}),
    ("/account", {"theme": "pink"}), ("/account/password", {"current": "x", "password": "y", "again": "z"}),
    ("/account/told", {"kind": "x"}), ("/account/address", {"address": "nonsense"}), ("/account/test-message", {}),
    ("/lexicon", {"word": "x", "weight": "heavy"}), ("/lexicon", {"word": "a|b", "weight": "1"}),
    ("/rules", {"verb": "try", "name": "x"}),
    ("/rules", {"verb": "try", "name": "", "labels": "cross", "reach_from": "many", "confidence_to": "7"}),
    ("/rules", {"verb": "save", "name": "x", "query": "a NEAR/2"}),
    ("/replies", {"verb": "save"}), ("/cases/bulk", {"verb": "resolve"}), ("/views", {"name": ""}),
    ("/sign-in", {"name": "x", "password": "y"}), ("/cases/1", {"verb": "assign", "to": "", "version": "99"}),
)  # fmt: skip

NO_PAGES = ("/api", "/static", "/healthz", "/readyz", "/metrics")
THEMES = {"refund", "wrong or damaged item"}  # names of themes are data; these look like words of ours


class Read(HTMLParser):
    """The words of a page that are ours: no customer's text, no name, no code."""

    NOT_OURS = frozenset({"bdi", "code", "kbd", "textarea", "pre", "blockquote", "style", "script"})
    VOID = frozenset({"input", "br", "meta", "link", "use", "img", "hr", "area", "path"})

    def __init__(self, page: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self._open: list[tuple[str, bool]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        foreign = tag != "html" and ("lang" in given or given.get("dir") == "auto")
        if tag not in self.VOID:
            self._open.append((tag, tag in self.NOT_OURS or foreign))
        self.words += [given[name] or "" for name in ("aria-label", "title", "placeholder") if name in given]

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if data.strip() and not any(foreign for _tag, foreign in self._open):
            self.words.append(" ".join(data.split()))


def english(code: str) -> Iterator[str]:
    """What the catalogue says otherwise in this language, of two letters or more, as it stands in English."""
    with CATALOGUES.joinpath(code, "messages.po").open("rb") as file:
        found = read_po(file, locale=code)
    for message in found:
        ours = [message.id] if isinstance(message.id, str) else list(message.id)
        theirs = [message.string] if isinstance(message.string, str) else list(message.string)
        yield from (each for each in ours if re.search("[a-z]{2}", each) and each not in theirs)


def untranslated(page: str, code: str) -> list[str]:
    said = {word.strip(" .:,;·…").casefold() for word in Read(page).words}
    fixed, filled = set(), []
    for each in english(code):
        bare = each.strip(" .:,;·…").casefold()
        if "%(" not in each:
            fixed.add(bare)
        elif len(re.findall(r"[a-z]{2,}", re.sub(r"%\(\w+\)s", "", each))) > 1:
            parts = re.split(r"%\(\w+\)s", bare)
            filled.append(re.compile(".+".join(map(re.escape, parts))))
    found = {word for word in said if word in fixed or any(pattern.fullmatch(word) for pattern in filled)}
    return sorted((found | (latin(said) if code == "bg" else set())) - THEMES)


def latin(said: set[str]) -> set[str]:
    """What has four words or more in a row in Latin letters, among Cyrillic: English that no catalogue knows of."""
    names = re.compile("|".join(THEMES))
    return {word for word in said if re.search(r"\b[a-z]{2,}(?: [a-z']+){3,}", names.sub("", word))}


def addresses(app: FastAPI) -> Iterator[str]:
    for route in iter_route_contexts(app.routes):
        path, methods = route.path or "", route.methods or set()
        if "GET" in methods and "{" not in path and not path.startswith(NO_PAGES):
            yield path


def pages(app: FastAPI, client: httpx.Client, code: str) -> Iterator[tuple[str, httpx.Response]]:
    headers = {"Accept-Language": code}
    for path in (*sorted(set(addresses(app))), *MORE):
        yield path, client.get(path, headers=headers, follow_redirects=False)
    for path, form in REFUSED:
        yield f"POST {path} {form}", client.post(path, data=form, headers=headers)


@pytest.mark.parametrize("code", LANGUAGES)
def test_no_page_speaks_english_to_who_reads_another_language(
    app: FastAPI, signed_in: SignedIn, filled: object, code: str
) -> None:
    wrong = {}
    assert len(untranslated(signed_in(Role.ADMIN).get("/settings").text, code)) > 20, "English is noticed"
    for who in (Role.ADMIN, None):
        for path, answer in pages(app, signed_in(who), code):
            page = answer.text
            if answer.status_code == 500:
                wrong[path] = ["the page broke"]
            if "<html" in page and f'<html lang="{code}"' not in page:
                wrong[path] = ["the page says that it is in another language"]
            if found := untranslated(page, code):
                wrong[path] = found
    assert wrong == {}

"""The languages of the pages: every message is translated whole, and pages are in the language of who reads them."""

import re
from gettext import NullTranslations
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po, write_po
from jinja2 import Environment

from earful.speech import Speech, _, ngettext, speak, speaking, speech
from earful.tongues import CATALOGUES, SHIPPED, speech_for
from inbox.drafts import reply_name, shipped_replies
from inbox.page import HERE, inside, templates
from models.reply import Reply

LANGUAGES = tuple(code for code in SHIPPED if code != "en")
#: Words that are the same in every language.
NAMES = {"Earful", "NPS", "Enter", "Esc", "Prefect", "crm"}
TEMPLATES = sorted((HERE / "templates").rglob("*.html"))


def read(code: str) -> Catalog:
    with CATALOGUES.joinpath(code, "messages.po").open("rb") as file:
        return read_po(file, locale=code)


def forms(said: str | tuple[str, ...] | list[str]) -> list[str]:
    return [said] if isinstance(said, str) else list(said)


def placeholders(text: str) -> set[str]:
    return set(re.findall(r"%\(\w+\)s|%[^(%]", text))


def is_whole(message: Message) -> bool:
    wanted = placeholders(forms(message.id)[-1])
    return all(said and placeholders(said) == wanted for said in forms(message.string)) and not message.fuzzy


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_message_is_translated_with_its_placeholders(code: str) -> None:
    found = read(code)
    assert [message.id for message in found if message.id and not is_whole(message)] == []


def messages_of_templates(environment: Any) -> set[str]:
    found: set[str] = set()
    for path in TEMPLATES:
        for _line, function, said in environment.extract_translations(path.read_text("utf-8")):
            parts = [part for part in forms(said or "") if part]
            found.update(parts[1:] if function == "pgettext" else parts[:1])
    return found


def test_every_catalogue_has_the_messages_of_the_pages() -> None:
    wanted = messages_of_templates(templates())
    assert len(wanted) > 200
    for code in LANGUAGES:
        known = {forms(message.id)[0] for message in read(code) if message.id}
        assert wanted - known == set(), f"{code}: run make messages, then translate"


def fixed_words(environment: Environment, text: str) -> list[str]:
    """Words of the text nodes of a template, and of its attributes that are read to people."""
    bare = "".join(value if kind == "data" else "\x00" for _line, kind, value in environment.lex(text))
    bare = re.sub(r'\b(?:hx-[\w-]+|lang)="[^"]*"', "", bare)
    bare = re.sub(r"<(code|kbd)\b.*?</\1>", "", bare, flags=re.DOTALL)
    read_aloud = re.findall(r'\b(?:aria-label|title|placeholder)="([^"\x00]*)', bare)
    shown = re.sub(r"<(?:\"[^\"]*\"|'[^']*'|[^<>\"'])*>", "\n", bare)
    return [word for word in re.findall(r"[A-Za-z]{2,}", "\n".join([shown, *read_aloud]))]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_page_holds_words_in_one_language(path: Path) -> None:
    said = set(fixed_words(templates(), path.read_text("utf-8")))
    assert said - NAMES - {"EUR"} == set()


@pytest.mark.parametrize(
    ("accepted", "locale"),
    [
        ("", "en_GB"),
        ("en-US,en;q=0.9", "en_US"),
        ("en", "en_GB"),
        ("nb-NO,nb;q=0.9,en;q=0.5", "nb_NO"),
        ("no", "nb"),
        ("nn", "nb"),
        ("fr;q=0.9, hu;q=0.8, en;q=0.1", "hu"),
        ("bg;q=0, id", "id"),
        ("hu-ZZ", "hu_HU"),
        ("xx-../../etc,*;q=nonsense", "en_GB"),
    ],
)
def test_a_reader_gets_the_language_their_browser_prefers(accepted: str, locale: str) -> None:
    assert speech_for(None, accepted).locale == locale


def test_the_setting_of_an_account_comes_before_the_browser() -> None:
    assert speech_for("bg", "hu").tag == "bg"


@pytest.mark.slow
@pytest.mark.parametrize(("code", "said"), [("nb", "Innboks"), ("bg", "Входяща поща"), ("hu", "Beérkezett")])
def test_a_page_is_in_the_language_asked_for(client: httpx.Client, filled: object, code: str, said: str) -> None:
    page = client.get("/cases/2", headers={"Accept-Language": code}).text
    assert f'<html lang="{code}"' in page
    assert said in page
    assert "Why it was flagged" not in page
    assert 'lang="en"' in page, "the customer's text keeps its own language"


def test_plurals_are_those_of_the_language() -> None:
    before = speech()
    try:
        said = {}
        for code in SHIPPED:
            speak(speech_for(code))
            said[code] = [ngettext("%(num)s case", "%(num)s cases", count) for count in (1, 1200)]
    finally:
        speak(before)
    assert said["en"] == ["1 case", "1,200 cases"]
    assert said["nb"] == ["1 sak", "1\xa0200 saker"]
    assert said["bg"] == ["1 случай", "1\xa0200 случая"]
    assert said["id"] == ["1 kasus", "1.200 kasus"]
    assert said["hu"] == ["1 ügy", "1\xa0200 ügy"]


class Smuggling(NullTranslations):
    """A catalogue whose translation carries markup and template syntax."""

    def gettext(self, message: str) -> str:
        return "<script>1</script>{{ 7 * 7 }} %(name)s"


def test_a_translation_smuggles_no_markup_and_a_value_becomes_none() -> None:
    before = speech()
    speak(Speech("en_GB", Smuggling()))
    try:
        page = templates().from_string('{{ _("x %(name)s", name="<b>") }}').render()
    finally:
        speak(before)
    assert page == "&lt;script&gt;1&lt;/script&gt;{{ 7 * 7 }} &lt;b&gt;"
    assert inside("<i>", "b") == "<b>&lt;i&gt;</b>"
    assert _("no message %(name)s", name="x") == "no message x"


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_catalogue_is_as_make_messages_writes_it(code: str) -> None:
    """So that whoever runs it again changes nothing but what changed."""
    written = BytesIO()
    write_po(written, read(code), width=100)
    assert written.getvalue() == CATALOGUES.joinpath(code, "messages.po").read_bytes()


def test_a_shipped_reply_is_called_in_the_readers_language_whatever_its_own_is() -> None:
    names = {(reply.language, reply.theme): reply.name for reply in shipped_replies()}
    for reply in shipped_replies():
        for code, language in (("en", "en"), ("nb", "no"), ("bg", "bg"), ("id", "id"), ("hu", "hu")):
            with speaking(speech_for(code)):
                assert reply_name(reply) == names[language, reply.theme]
    own = Reply("7", "Refund", "en", "", "…")
    with speaking(speech_for("bg")):
        assert reply_name(own) == "Refund"

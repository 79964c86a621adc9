"""A mail's own words, in the languages of those who write: history and signature go, a customer's words stay."""
# ruff: noqa: E501 - mails as they come

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.mailtext import own_words

SAID = "The lid broke.\n\nI want a refund."
ATTRIBUTIONS = {
    "en": "On Mon, 5 Jan 2026 at 10:00, Brygvell <help@brygvell.example> wrote:",
    "en over lines": "On Mon, 5 Jan 2026 at 10:00, Brygvell\n<help@brygvell.example>\nwrote:",
    "no": "man. 5. jan. 2026 kl. 10:00 skrev Brygvell <help@brygvell.example>:",
    "no, Apple": "5. jan. 2026 kl. 10:00 skrev Brygvell <help@brygvell.example>:",
    "bg": "На пн, 5.01.2026 г. в 10:00 Brygvell <help@brygvell.example> написа:",
    "id": "Pada tanggal Sen, 5 Jan 2026 pukul 10.00 Brygvell <help@brygvell.example> menulis:",
    "hu": "Brygvell <help@brygvell.example> ezt írta (időpont: 2026. jan. 5., H, 10:00):",
    "de": "Am Mo., 5. Jan. 2026 um 10:00 Uhr schrieb Brygvell <help@brygvell.example>:",
    "fr": "Le lun. 5 janv. 2026 à 10:00, Brygvell <help@brygvell.example> a écrit :",
    "es": "El lun, 5 ene 2026 a las 10:00, Brygvell (<help@brygvell.example>) escribió:",
    "sv": "Den mån 5 jan. 2026 kl 10:00 skrev Brygvell <help@brygvell.example>:",
}
HEADERS = {
    "en": "From: Brygvell <help@brygvell.example>\nSent: Monday, January 5, 2026\nTo: Ada\nSubject: RE: Lid",
    "no": "Fra: Brygvell <help@brygvell.example>\nSendt: mandag 5. januar 2026\nTil: Ada\nEmne: SV: Lokk",
    "bg": "От: Brygvell <help@brygvell.example>\nИзпратено: понеделник\nДо: Ада\nОтносно: капак",
    "id": "Dari: Brygvell <help@brygvell.example>\nDikirim: Senin\nKepada: Ada\nSubjek: tutup",
    "hu": "Feladó: Brygvell <help@brygvell.example>\nElküldve: hétfő\nCímzett: Ada\nTárgy: fedél",
    "bold": "*From:* Brygvell <help@brygvell.example>\n*Sent:* Monday\n*To:* Ada\n*Subject:* Lid",
    "line above": "________________________________\nFrom: Brygvell\nSent: Monday\nTo: Ada\nSubject: Lid",
    "marked": "-----Original Message-----\nanything",
    "marked, hu": "-----Eredeti üzenet-----\nanything",
}


@pytest.mark.parametrize("form", ATTRIBUTIONS)
@pytest.mark.parametrize("quoted", ["\n> Dear Ada,\n> we are sorry\n>\n> Brygvell", "\n\nDear Ada, we are sorry"])
def test_what_is_answered_is_cut_below(form, quoted):
    assert own_words(f"{SAID}\n\n{ATTRIBUTIONS[form]}{quoted}") == SAID


@pytest.mark.parametrize("form", ATTRIBUTIONS)
def test_an_answer_below_the_quote_is_kept(form):
    assert own_words(f"{ATTRIBUTIONS[form]}\n> we are sorry\n\n{SAID}") == SAID


@pytest.mark.parametrize("form", HEADERS)
def test_the_header_of_the_answered_mail_ends_the_text(form):
    assert own_words(f"{SAID}\n\n{HEADERS[form]}\n\nDear Ada, we are sorry") == SAID


@pytest.mark.parametrize("end", ["\n-- \nAda Berg\nphone 555", "\n\n--\nAda", "\n\nSent from my iPhone", "\n\nSendt fra min iPhone",
    "\n\nИзпратено от моя iPhone", "\n\nDikirim dari iPhone saya", "\n\nVon meinem iPhone gesendet"])  # fmt: skip
def test_signatures_and_what_telephones_add_are_cut(end):
    assert own_words(SAID + end) == SAID


def test_answers_between_the_quotes_are_kept():
    mail = "On 5 Jan 2026 10:00 B <b@b.example> wrote:\n> Which colour?\nRed.\n> Which size?\nLarge."
    assert own_words(mail) == "Red.\nLarge."


@pytest.mark.parametrize(
    "own",
    [
        "Your manual says: boil for 3 minutes. The label wrote:\n\nfive minutes.",
        "On 3 May 2026 your agent wrote:\n\nyou get a refund. I did not.",
        "From: Ada Berg\nEmail: ada@example.com\nSubject: Lid\nMessage: it broke",
        "---------- Forwarded message ---------\nFrom: Ada\nDate: Monday\nSubject: Lid\n\nIt broke",
        "From here on it went wrong.\n\nTo: nobody",
        "Sent from my balcony it looked fine, and then the handle of the kettle came off in my hand, hot water everywhere.",
        "- one\n- two\n--- three",
    ],
)
def test_a_customers_own_words_stay(own):
    assert own_words(own) == own


def test_nothing_but_quotes_is_nothing():
    assert own_words("> a\n> b\n") == ""


@given(st.text("On wrote:@1.0\n>-From: Sent To ab", max_size=120))
def test_words_are_only_ever_left_out(text):
    words = own_words(text)
    assert all(line.strip() in text for line in words.split("\n"))

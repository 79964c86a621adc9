"""A mailbox: what is read of a mail, where reading goes on, and that no fault of a server looks like no mail."""
# ruff: noqa: E501 - mails as they come

from datetime import UTC, datetime
from urllib.parse import parse_qsl

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors import imap, network
from connectors.letter import is_automatic, mention_of
from connectors.mailbox import MailboxSettings
from earful.errors import ConfigError, SkipRecord, SourceIll, SourceRefused
from earful.secrets import Secrets
from earful.values import MentionKind, MissedReason
from tests.connectors.mailserver import MailServer, certificate


def mail(text="The lid broke", charset="utf-8", kind="plain", **fields):
    head = {"From": "Ada Berg <ada@example.com>", "Subject": "Lid", "Message-ID": "<m1@a.example>",
        "Date": "Mon, 05 Jan 2026 10:20:30 +0100", "Content-Type": f"text/{kind}; charset={charset}"}  # fmt: skip
    head |= {name.replace("_", "-"): value for name, value in fields.items()}
    lines = "".join(f"{name}: {value}\r\n" for name, value in head.items() if value is not None)
    return lines.encode() + b"\r\n" + (text if isinstance(text, bytes) else text.encode(charset))


def numbered(first, last):
    return [mail(f"text {n}", Message_ID=f"<{n}@a.example>") for n in range(first, last + 1)]


@pytest.fixture
def box(worlds, mails):
    class Box:
        world = worlds("mailbox")
        server = mails
        cursor = None

        def read(self, **given):
            pages, parsed = self.world.read(self.world.ask(self.cursor, **given))
            self.pages, self.cursor = pages, pages[-1].cursor
            return parsed

    return Box()


def texts(parsed):
    return [found.text for found in parsed.found]


# ----------------------------------------------------------------------------------------------------------- one mail


def test_a_mail_is_what_its_author_wrote():
    answer = "It broke again.\n\nOn Mon, 5 Jan 2026 at 10:00, B <b@b.example> wrote:\n> sorry"
    found = mention_of(
        mail(answer, References="<t0@x> <t1@x>", In_Reply_To="<t1@x>", Subject="=?utf-8?q?Lokk_=C3=A6?=")
    )
    assert (found.text, found.title, found.author) == ("It broke again.", "Lokk æ", "ada@example.com")
    assert (found.external_id, found.thread_id, found.parent_id) == ("m1@a.example", "t0@x", "t1@x")
    assert found.published_at == datetime(2026, 1, 5, 9, 20, 30, tzinfo=UTC)
    assert found.kind is MentionKind.MESSAGE


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (mail("Счупи се", "koi8-r"), "Счупи се"),
        (mail("Счупи се".encode("cp1251"), "windows-1251"), "Счупи се"),
        (mail("lokk æøå".encode("cp1252"), "utf-8"), "lokk æøå"),
        (mail("lokk æøå".encode(), "x-unknown"), "lokk æøå"),
        (mail("lokk", "idna"), "lokk"),
        (mail(b"bG9rayDDpg==", Content_Transfer_Encoding="base64"), "lokk æ"),
        (mail(b"lokk =C3=A6=", Content_Transfer_Encoding="quoted-printable"), "lokk æ"),
        (mail(b"a\x00b"), "a\ufffdb"),
    ],
)
def test_charsets_as_they_are_claimed_or_as_they_are(raw, text):
    assert mention_of(raw).text == text


HTML = "<p>It <b>broke</b> &amp; leaks</p><style>p {}</style><blockquote>On Monday<blockquote>x</blockquote> y</blockquote>"
MIXED = (
    b"From: ada@example.com\r\nSubject: x\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\n"
    b"\r\n<p>It broke</p>\r\n--b\r\nContent-Type: text/plain\r\nContent-Disposition: attachment\r\n\r\nsecret.txt\r\n"
    b"--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: other\r\n\r\nother words\r\n--b\r\nContent-Type: image/png\r\n\r\n\x89PNG"
)


def test_html_is_read_where_there_is_no_plain_text_and_attachments_are_not():
    assert mention_of(mail(HTML, kind="html")).text == "It broke & leaks"
    assert mention_of(MIXED).text == "It broke"


def test_a_form_that_sends_for_a_customer_names_the_customer():
    form = {"From": "Shop <no-reply@shop.example>", "Reply-To": "Ada <Ada@Example.com>"}
    assert mention_of(mail(**form)).author == "ada@example.com"
    assert mention_of(mail(**{"Reply-To": "list@shop.example"})).author == "ada@example.com"


def test_a_mail_without_id_or_date_keeps_a_stable_id_and_no_invented_time():
    bare = mail(Message_ID=None, Date="yesterday")
    assert mention_of(bare).published_at is None
    assert (
        mention_of(bare).external_id
        == mention_of(bare).external_id
        != mention_of(mail("x", Message_ID=None)).external_id
    )


def test_a_mail_without_words_of_its_own_is_rejected():
    with pytest.raises(SkipRecord, match="no text that is not quoted"):
        mention_of(mail("> quoted", Subject=""))


@pytest.mark.slow
@pytest.mark.timeout(60)
def test_what_is_made_to_take_for_ever_does_not():
    nested = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(4000))
    with pytest.raises(SkipRecord, match="nested too deeply"):
        mention_of(b"Subject: x\r\n" + nested)
    assert not is_automatic(b"Subject: x\r\n" + nested)
    mention_of(mail("\n" * 200_000 + "On 1 " * 9000, Subject="=?a?q?" * 40_000, From="<" * 200_000))


@pytest.mark.parametrize(
    "fields",
    [
        {"Auto-Submitted": "auto-replied"}, {"Auto-Submitted": "auto-generated", "Subject": "Automatic reply: Lid"},
        {"X-Autoreply": "yes"}, {"Content-Type": "multipart/report; report-type=delivery-status; boundary=b"},
        {"From": "MAILER-DAEMON@mx.example"}, {"Return-Path": "<>"}, {"Subject": "Autosvar: ferie"},
        {"Subject": "Автоматичен отговор: отпуск"}, {"Subject": "Automatikus válasz: Lid"}, {"Subject": "Out of Office Re: Lid"},
    ],
)  # fmt: skip
def test_automatic_answers_are_known(fields):
    assert is_automatic(mail(**fields))


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"Auto-Submitted": "auto-generated", "Subject": "Contact form"},
        {"Auto-Submitted": "no"},
        {"Subject": "Outlet"},
    ],
)
def test_what_people_write_or_send_through_a_form_is_kept(fields):
    assert not is_automatic(mail(**fields))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.binary(max_size=200) | st.text('Subject: =?utf8qb;charset"\r\n<>@', max_size=120).map(str.encode), st.booleans()
)
def test_any_bytes_are_a_mention_or_rejected(content, body):
    raw = (b'Subject: x\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n' if body else b"") + content
    is_automatic(raw)
    try:
        found = mention_of(raw)
    except SkipRecord:
        return
    (found.text + found.title + found.external_id + (found.author or "")).encode()
    assert found.external_id


# -------------------------------------------------------------------------------------------------------- the mailbox


def test_reading_goes_on_after_the_last_message_and_touches_nothing(box):
    box.server.deliver(*numbered(1, 120))
    assert len(box.read().found) == 120
    assert [len(page.content) for page in box.pages] == [25, 25, 25, 25, 20, 0]
    assert box.read().found == []
    box.server.deliver(*numbered(121, 121))
    assert texts(box.read()) == ["text 121"]
    assert any(told.startswith("EXAMINE") for told in box.server.told)
    fetched = [told for told in box.server.told if "FETCH" in told]
    assert fetched
    assert all("BODY.PEEK" in told for told in fetched)
    assert not [
        told for told in box.server.told if told.split()[0] in {"SELECT", "STORE", "EXPUNGE"} or "STORE" in told
    ]


def test_an_interrupted_read_goes_on_where_it_stopped(box):
    box.server.deliver(*numbered(1, 60))
    reading = box.world.connector.fetch(box.world.ask())
    box.cursor = next(reading).cursor
    reading.close()
    assert texts(box.read()) == [f"text {n}" for n in range(26, 61)]


def test_a_folder_that_is_numbered_anew_is_read_again(box):
    box.server.deliver(*numbered(1, 2))
    before = [found.external_id for found in box.read().found]
    box.server.validity = 8
    assert [found.external_id for found in box.read().found] == before


def test_an_empty_mailbox_is_an_empty_mailbox(box):
    assert box.read().found == []
    box.server.deliver(*numbered(1, 1))
    assert texts(box.read()) == ["text 1"]


def test_a_run_reads_so_many_and_tells_how_many_wait(box):
    box.server.deliver(*numbered(1, 7))
    parsed = box.read(max_messages=5)
    assert (len(parsed.found), parsed.missed[0].reason) == (5, MissedReason.CAP)
    assert texts(box.read(max_messages=5)) == ["text 6", "text 7"]


def test_automatic_answers_are_left_out_and_counted(box):
    box.server.deliver(
        *numbered(1, 1), mail(Subject="Autosvar: ferie"), mail(Message_ID=None, Auto_Submitted="auto-replied")
    )
    assert texts(box.read()) == ["text 1"]
    assert box.pages[-1].notes == ("automatic answers and bounces left out: 2",)


def test_of_a_huge_message_the_beginning_is_read(box):
    box.server.deliver(mail("begins " + "x" * 300_000))
    found = box.read(max_size=2000).found
    assert found[0].text.startswith("begins")
    assert len(found[0].text) < 2000


def test_a_server_may_name_the_uid_behind_the_message(box):
    box.server.fault = "late uid"
    box.server.deliver(*numbered(1, 3))
    assert len(box.read().found) == 3


def test_huge_messages_are_asked_for_a_few_at_a_time(box):
    box.server.deliver(*numbered(1, 5))
    assert len(box.read(max_size=10_000_000).found) == 5
    assert [len(page.content) for page in box.pages] == [3, 2, 0]


def test_since_reads_what_was_read(box):
    from dataclasses import replace

    box.server.deliver(*numbered(1, 2))
    box.read()
    ask = replace(box.world.ask(box.cursor), since=datetime(2026, 1, 1, tzinfo=UTC))
    assert len(box.world.read(ask)[1].found) == 2
    assert "UID SEARCH SINCE 1-Jan-2026" in box.server.told


# ------------------------------------------------------------------------------------------------------------- faults


@pytest.mark.parametrize(
    ("fault", "error", "said"),
    [
        ("drop", SourceIll, "broke off"), ("cut", SourceIll, "broke off"), ("flood", SourceIll, "larger than"),
        ("no", SourceIll, "broke off"), ("busy", SourceIll, "broke off"), ("html", SourceIll, "broke off"),
        ("drip", SourceIll, "too long"), ("silence", SourceIll, "too long"),
    ],
)  # fmt: skip
def test_no_fault_of_a_server_looks_like_no_mail(box, monkeypatch, fault, error, said):
    monkeypatch.setattr(imap, "PATIENCE", 0.3)
    monkeypatch.setattr(imap, "SILENCE", 0.25)
    box.server.deliver(*numbered(1, 3))
    box.server.fault = fault
    with pytest.raises(error, match=said):
        box.read()


def test_a_wrong_password_says_what_may_be_wrong(box):
    box.server.password = "changed since"
    with pytest.raises(SourceRefused, match="wrong or expired, or the provider wants a password"):
        box.read()


def test_each_mailbox_may_have_its_own_password(box):
    with pytest.raises(ConfigError, match="EARFUL_SHOP_PASSWORD is not set: the password of kari at 127"):
        box.read(credentials="EARFUL_SHOP")


TOKENS = {"token_url": "{url}/token", "credentials": "EARFUL_SHOP"}


@pytest.fixture
def granting(box, fake, make_reply, monkeypatch):
    """A provider that grants the token "t", and an application known to it."""
    fake.reply = make_reply(b'{"access_token": "t", "expires_in": 3600}')
    secrets = Secrets(box.world.folder, {"EARFUL_SHOP_CLIENT_ID": "an-app", "EARFUL_SHOP_CLIENT_SECRET": "its-secret"})
    monkeypatch.setattr("tests.connectors.world.secrets", lambda _: secrets)
    box.server.deliver(*numbered(1, 2))
    return secrets


def form(asked):
    return dict(parse_qsl(asked.body.decode()))


def test_where_no_password_is_taken_an_application_logs_in_by_itself(box, granting, fake):
    assert len(box.read(**TOKENS).found) == 2
    assert "user=kari\1auth=Bearer t\1\1" in box.server.told
    assert form(fake.asked[0]) == {"grant_type": "client_credentials", "client_id": "an-app", "client_secret": "its-secret",
        "scope": "https://outlook.office365.com/.default"}  # fmt: skip


def test_or_on_behalf_of_the_person_who_allowed_it(box, granting, fake, monkeypatch):
    own = Secrets(box.world.folder, {"EARFUL_SHOP_CLIENT_ID": "an-app", "EARFUL_SHOP_REFRESH_TOKEN": "given"})
    monkeypatch.setattr("tests.connectors.world.secrets", lambda _: own)
    assert len(box.read(**TOKENS).found) == 2
    assert form(fake.asked[0]) == {"grant_type": "refresh_token", "client_id": "an-app", "refresh_token": "given"}


def test_a_login_that_is_refused_names_the_secrets(box, granting, fake, make_reply):
    fake.reply = make_reply(b'{"error": "invalid_client", "error_description": "its-secret"}', status=401)
    with pytest.raises(SourceRefused, match=r"invalid_client.*: see EARFUL_SHOP_CLIENT_ID") as refused:
        box.read(**TOKENS)
    assert "its-secret" not in str(refused.value)


def test_a_token_that_opens_no_mailbox_says_so(box, granting):
    box.server.token = "another"
    with pytest.raises(SourceRefused, match=r"token of kari .*may not have been allowed to read this mailbox"):
        box.read(**TOKENS)


def test_a_folder_that_is_not_there_names_those_that_are(box):
    with pytest.raises(SourceRefused, match='no folder "INBX"; did you mean "INBOX"'):
        box.read(folder="INBX")


def test_nobody_at_the_port(box):
    box.server.close()
    with pytest.raises(SourceIll, match="broke off"):
        box.read()


def test_the_password_never_goes_out_in_clear():
    base = {"type": "mailbox", "name": "x", "user": "a"}
    with pytest.raises(ValueError, match="in clear"):
        MailboxSettings.model_validate({**base, "host": "imap.example.com", "security": "none"})
    assert MailboxSettings.model_validate({**base, "host": "localhost", "security": "none"}).security == "none"


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_a_server_must_prove_who_it_is(worlds, tmp_path, monkeypatch, security):
    file, context = certificate(tmp_path)
    server = MailServer(context, starttls=security == "starttls")
    server.deliver(*numbered(1, 2))
    world = worlds("mailbox")
    ask = world.ask(host="localhost", port=server.port, security=security)
    network.tls.cache_clear()
    try:
        with pytest.raises(SourceRefused, match=r"can't be trusted: self.signed certificate"):
            world.read(ask)
        assert not [told for told in server.told if "LOGIN" in told]
        monkeypatch.setenv("SSL_CERT_FILE", str(file))
        network.tls.cache_clear()
        assert texts(world.read(ask)[1]) == ["text 1", "text 2"]
    finally:
        server.close()
        network.tls.cache_clear()


def test_a_port_without_tls_is_refused(box):
    with pytest.raises(SourceRefused, match="does not speak TLS"):
        box.read(security="tls", port=box.server.port)

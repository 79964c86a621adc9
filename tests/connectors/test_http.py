"""Fetching by URL: bounded in time, size and memory, and never from where the operator did not mean."""

import gzip
import tracemalloc
import zlib
from datetime import UTC, datetime, timedelta

import httpcore
import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from connectors import network
from connectors.addresses import shown
from connectors.http import Answer, Limits, get, get_json, json_of, refuse_html, retry_after
from earful.errors import SourceError, SourceIll, SourceRefused


def read(fake, path="/", **options):
    return get(fake.url + path, named=fake.url, **options)


def test_the_whole_address_is_asked_for(fake):
    get(f"{fake.url}/a;b/1;2;3?q=x;y&é=ø", named=fake.url)
    assert (fake.asked[0].path, fake.asked[0].query) == ("/a;b/1;2;3", {"q": "x;y", "é": "ø"})


def test_a_page_is_read_with_its_headers(fake, make_reply):
    fake.reply = make_reply(b"hello", headers={"ETag": '"1"'})
    answer = read(fake, "/a?b=1", headers={"if-none-match": '"0"'})
    assert (answer.body, answer.status, answer.headers["etag"], answer.requests) == (b"hello", 200, '"1"', 1)
    (asked,) = fake.asked
    assert (asked.path, asked.query, asked.headers["if-none-match"]) == ("/a", {"b": "1"}, '"0"')


def test_parameters_are_added_and_escaped(fake, make_reply):
    fake.reply = make_reply(b"x")
    get(fake.url + "/s?a=1", {"q": 'æ & "b"', "n": 2}, named=fake.url)
    assert fake.asked[0].query == {"a": "1", "q": 'æ & "b"', "n": "2"}


@pytest.mark.parametrize("packing", ["gzip", "deflate", "raw deflate", "two gzips"])
def test_packed_pages_are_unpacked(fake, make_reply, packing):
    text = b"hello " * 1000
    raw = zlib.compressobj(wbits=-15)
    body = {
        "gzip": gzip.compress(text),
        "deflate": zlib.compress(text),
        "raw deflate": raw.compress(text) + raw.flush(),
        "two gzips": gzip.compress(text[:100]) + gzip.compress(text[100:]),
    }[packing]
    fake.reply = make_reply(body, headers={"content-encoding": packing.split()[-1].rstrip("s")})
    assert read(fake).body == text


@pytest.mark.parametrize("packing", ["br", "zstd", "gzip, gzip"])
def test_a_packing_we_did_not_ask_for_is_refused(fake, make_reply, packing):
    fake.reply = make_reply(b"x", headers={"content-encoding": packing})
    with pytest.raises(SourceRefused, match="did not ask for"):
        read(fake)


@pytest.mark.parametrize("body", ["300 MB, packed", "10 GB"])
def test_a_bomb_and_an_endless_body_are_refused_in_little_memory(fake, make_reply, bomb, body):
    endless = make_reply(bytes(1_000_000), declared=10_000_000_000, times=10_000)
    fake.reply = make_reply(bomb, headers={"content-encoding": "gzip"}) if "packed" in body else endless
    tracemalloc.start()
    try:
        with pytest.raises(SourceRefused, match="more than 20 MB"):
            read(fake, limits=Limits())
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 100_000_000


def test_a_single_bomb_of_one_piece_is_refused(fake, make_reply):
    packer = zlib.compressobj(9, wbits=31)
    body = b"".join([*(packer.compress(bytes(1_000_000)) for _ in range(50)), packer.flush()])
    fake.reply = make_reply(body, headers={"content-encoding": "gzip"})
    with pytest.raises(SourceRefused, match="more than 2 MB"):
        read(fake)


@pytest.mark.slow
@pytest.mark.parametrize("body", [b"slow " * 100, gzip.compress(b"slow")], ids=["plain", "packed"])
def test_a_dripping_body_is_given_up(fake, make_reply, body):
    fake.reply = make_reply(body, drip=0.1, headers={"content-encoding": "gzip"} if body[:1] == b"\x1f" else {})
    with pytest.raises(SourceIll, match="within 1 seconds"):
        read(fake, limits=Limits(seconds=0.6, silence=1, size=1000))


def test_a_silent_server_is_given_up(fake, make_reply):
    fake.reply = make_reply(b"x" * 10, drip=5)
    with pytest.raises(SourceIll, match="did not answer"):
        read(fake, limits=Limits(seconds=5, silence=0.2))


def test_a_closed_port_is_ill_and_says_what_to_do():
    with pytest.raises(SourceIll) as raised:
        get("http://127.0.0.1:9/", named="http://127.0.0.1:9/")
    assert str(raised.value) == "nothing answers at 127.0.0.1:9; check the address, or try later"


# -------------------------------------------------------------------------------------------------- where we may go


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://example.com/feed", "not encrypted"),
        ("ftp://example.com/feed", "no address"),
        ("file:///etc/passwd", "no address"),
        ("https://user:secret@example.com/", "no address"),
        ("https://", "no address"),
        ("https://[::1", "no address"),
        ("https://example.com:99999/", "no address"),
        ("https://127.0.0.1/", "private"),
        ("https://[::1]/", "private"),
        ("https://localhost/", "private"),
        ("https://10.0.0.1/", "private"),
        ("https://169.254.169.254/latest", "private"),
        ("https://[::ffff:10.0.0.1]/", "private"),
        ("https://2130706433/", "private"),
        ("https://0x7f.1/", "private"),
        ("https://a.localhost/", "private"),
        ("http://127.0.0.1:1/", "private"),
    ],
)
def test_addresses_we_do_not_go_to(url, said):
    with pytest.raises(SourceRefused, match=said) as raised:
        get(url, named="https://news.example/feed")
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize(
    "target", ["http://localhost:1/", "https://10.0.0.1/", "http://example.com/", "file:///etc/passwd", "//[::1]/"]
)
def test_a_redirect_to_where_the_operator_did_not_mean_is_refused(fake, make_reply, target):
    fake.reply = make_reply(status=302, headers={"location": target})
    with pytest.raises(SourceRefused):
        read(fake)
    assert len(fake.asked) == 1


def test_redirects_within_the_host_are_followed_and_counted(fake, make_reply):
    def reply(asked):
        return make_reply(b"here") if asked.path == "/b" else make_reply(status=301, headers={"location": "b"})

    fake.reply = reply
    answer = read(fake, "/a", headers={"if-none-match": "x"})
    assert (answer.body, answer.requests, answer.url) == (b"here", 2, fake.url + "/b")
    assert fake.asked[1].headers["if-none-match"] == "x"


def test_a_name_that_points_inside_is_refused(monkeypatch):
    monkeypatch.setattr(network.socket, "getaddrinfo", lambda *_, **__: [(2, 1, 6, "", ("192.168.1.5", 443))])
    with pytest.raises(SourceRefused, match="private"):
        get("https://innocent.example/feed", named="https://news.example/feed")


@pytest.mark.parametrize("host", ["news.example", "127.0.0.1"])
def test_the_proxy_of_the_environment_is_used_for_the_web_and_not_for_this_machine(monkeypatch, host):
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:3128")
    monkeypatch.setenv("no_proxy", "")
    with network.pool(f"https://{host}/", network.Guard(0, host)) as pool:
        assert isinstance(pool, httpcore.HTTPProxy) is (host == "news.example")


def test_a_name_that_is_not_known_is_ill(monkeypatch):
    def unknown(*_, **__):
        raise OSError("no such name")

    monkeypatch.setattr(network.socket, "getaddrinfo", unknown)
    with pytest.raises(SourceIll, match=r"resolved \(no such name\); check the address, or try later"):
        get("https://nowhere.example/feed", named="https://nowhere.example/feed")


@pytest.mark.parametrize("url", ["https://[::1", "http://example.com/feed", "news.example/feed"])
def test_what_the_operator_wrote_wrong_is_refused_too(url):
    with pytest.raises(SourceRefused):
        get(url, named=url)


@pytest.mark.parametrize(
    ("address", "wire"),
    [
        ("https://a.example/x?y=1#z", b"https://a.example/x?y=1"),
        (
            "https://blåbær.example:8443/æ b?q=ø&r=%C3%B8",
            b"https://xn--blbr-roah.example:8443/%C3%A6%20b?q=%C3%B8&r=%C3%B8",
        ),
        ("http://[::1]:80/", b"http://[::1]:80/"),
    ],
)
def test_addresses_go_over_the_wire_in_ascii(address, wire):
    assert network.ascii_of(address) == wire


def test_what_is_printed_of_an_address_holds_no_token():
    assert shown("https://a.example/f?token=secret#x") == "https://a.example/f"


# ----------------------------------------------------------------------------------------------------------- answers


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504, 522])
def test_what_may_pass_is_ill(fake, make_reply, status):
    fake.reply = make_reply(status=status)
    with pytest.raises(SourceIll, match=str(status)):
        read(fake)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 418, 451])
def test_what_does_not_pass_is_refused(fake, make_reply, status):
    fake.reply = make_reply(status=status)
    with pytest.raises(SourceRefused, match=str(status)):
        read(fake)


@time_machine.travel(datetime(2026, 3, 1, 12, tzinfo=UTC), tick=False)
@pytest.mark.parametrize(
    ("said", "wait"),
    [
        ("120", timedelta(minutes=2)),
        ("0", timedelta(0)),
        ("1.5", timedelta(seconds=1.5)),
        ("Sun, 01 Mar 2026 12:01:00 GMT", timedelta(minutes=1)),
        ("Sun, 01 Mar 2020 12:01:00 GMT", timedelta(0)),
        ("999999999", timedelta(days=1)),
        ("Sun, 01 Mar 2099 12:01:00 GMT", timedelta(days=1)),
        ("soon", None),
        ("-5", None),
        ("", None),
        ("٣", None),
        ("9" * 400, None),
    ],
)
def test_retry_after_in_all_its_forms(said, wait):
    assert retry_after({"retry-after": said}) == wait


@given(st.text(max_size=40))
def test_retry_after_never_fails(said):
    wait = retry_after({"retry-after": said})
    assert wait is None or timedelta(0) <= wait <= timedelta(days=1)


def test_json_is_read(fake, make_reply):
    fake.reply = make_reply('{"ø": [1]}'.encode())
    assert get_json(fake.url, named=fake.url)[0] == {"ø": [1]}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"  \n",
        b"null",
        b'{"a": ',
        b"[" * 100_000,
        b'{"a": "\xff"}',
        b"<!DOCTYPE html><p>no",
        b"\xef\xbb\xbf<html>",
    ],
)
def test_what_is_no_json_is_never_taken_for_some(body):
    with pytest.raises(SourceError):
        json_of(Answer("https://a.example/", 200, {}, body))


@pytest.mark.parametrize("body", [b"<?xml version='1.0'?><rss/>", b"<rss>&lt;html", b"hello <html>", b"{}"])
def test_what_is_no_web_page_is_let_through(body):
    refuse_html(Answer("https://a.example/", 200, {}, body), "a feed")

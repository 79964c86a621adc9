import pytest

from inbox.guard import host_of, refusal

HOSTS = frozenset({"localhost", "127.0.0.1", "::1", "inbox.local"})
HOST = {"host": "localhost:8420"}


@pytest.mark.parametrize("authority", ["localhost:8420", "127.0.0.1", "[::1]:8420", "INBOX.local"])
def test_our_own_names_are_answered(authority: str) -> None:
    assert refusal("GET", {"host": authority}, HOSTS) is None


@pytest.mark.parametrize(
    "authority", ["evil.example", "localhost.evil.example", "127.0.0.1.nip.io", "", "[broken", "10.0.0.1"]
)
def test_other_names_are_not_answered(authority: str) -> None:
    refused = refusal("GET", {"host": authority}, HOSTS)
    assert refused is not None
    assert refused[0] == 400


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site", "origin": "http://localhost:9999"},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://localhost:9999"},
        {"sec-fetch-site": "cross-site", "origin": "http://localhost:8420"},
    ],
)
def test_posts_from_elsewhere_are_refused(headers: dict[str, str]) -> None:
    refused = refusal("POST", {**HOST, **headers}, HOSTS)
    assert refused is not None
    assert refused[0] == 403
    assert refusal("GET", {**HOST, **headers}, HOSTS) is None


@pytest.mark.parametrize(
    "headers",
    [{}, {"sec-fetch-site": "same-origin"}, {"sec-fetch-site": "none"}, {"origin": "http://localhost:8420"}],
)
def test_posts_of_our_own_pages_pass(headers: dict[str, str]) -> None:
    assert refusal("POST", {**HOST, **headers}, HOSTS) is None


def test_hosts_are_read_whatever_their_form() -> None:
    assert [host_of(text) for text in ("A.b:1", "[::1]:1", "[::1", "")] == ["a.b", "::1", None, None]

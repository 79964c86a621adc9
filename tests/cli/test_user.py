from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher

from models import passwords

Earful = Callable[..., Any]


@pytest.fixture(autouse=True)
def quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@pytest.mark.slow
def test_users_are_added_listed_changed_and_shut_out(earful: Earful) -> None:
    added = earful("user", "add", "Dana", "--email", "dana@example.com", "--display-name", "Dana Berg")
    assert added.code == 0
    assert added.out.startswith("http://127.0.0.1:8420/welcome/")
    assert "as admin" in added.err
    assert earful("user", "add", "lee", "--password", stdin=b"correct horse battery\n").code == 0
    rows = earful("user", "list", "--json").rows
    assert [(row["name"], row["role"], row["has_password"]) for row in rows] == [
        ("dana", "admin", False),
        ("lee", "agent", True),
    ]
    assert "password_hash" not in rows[0]
    assert "no password yet" in earful("user", "list").out
    assert earful("user", "role", "lee", "marketer").code == 0
    assert earful("user", "disable", "lee").code == 0
    assert "disabled" in earful("user", "list").out
    assert earful("user", "enable", "lee").code == 0
    assert "/welcome/" in earful("user", "reset", "dana@example.com").out


def test_an_account_is_renamed_and_changed(earful: Earful, folder: Path) -> None:
    assert earful("init").code == 0
    file = folder / "earful.toml"
    file.write_text(file.read_text("utf-8").replace("[[brands]]", '[[brands]]\nlead = "Dana"', 1), "utf-8")
    assert earful("user", "add", "dana").code == 0
    renamed = earful("user", "rename", "dana", "dana.berg", "--json")
    assert [(row["name"], row["former_names"]) for row in renamed.rows] == [("dana.berg", ["dana"])]
    assert "dana is dana.berg now; cases that went along: 0, rules: 0." in renamed.err
    assert "earful.toml still names dana: the lead of" in " ".join(renamed.err.split())
    changed = earful(
        "user", "change", "dana.berg", "--email", "Dana@Example.com", "--display-name", "Dana Berg", "--json"
    )
    assert [(row["email"], row["display_name"]) for row in changed.rows] == [("dana@example.com", "Dana Berg")]
    assert earful("user", "change", "dana@example.com", "--email", "", "--json").rows[0]["email"] is None


def test_every_change_answers_with_the_account_as_json(earful: Earful) -> None:
    added = earful("user", "add", "dana", "--json").rows
    assert [(row["name"], row["role"]) for row in added] == [("dana", "admin")]
    assert "/welcome/" in added[0]["link"]
    assert (
        earful("user", "add", "lee", "--password", "--json", stdin=b"correct horse battery\n").rows[0]["link"] is None
    )
    assert earful("user", "role", "lee", "viewer", "--json").rows[0]["role"] == "viewer"
    assert earful("user", "disable", "lee", "--json").rows[0]["disabled_at"]
    assert earful("user", "enable", "lee", "--json").rows[0]["disabled_at"] is None
    assert "/welcome/" in earful("user", "reset", "lee", "--json").rows[0]["link"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("rename", "dana", "a b"), "one word"),
        (("change", "dana"), "say what to change"),
        (("change", "dana", "--email", "x"), "no mail address"),
        (("role", "dana", "viewer"), "the only admin"),
        (("disable", "dana"), "the only admin"),
        (("add", "dana"), "already"),
        (("add", "a b"), "one word"),
        (("reset", "nobody"), "there are dana"),
    ],
)
def test_what_can_not_be_done_is_said(earful: Earful, words: tuple[str, ...], said: str) -> None:
    assert earful("user", "add", "dana").code == 0
    refused = earful("user", *words)
    assert refused.code == 2
    assert said in " ".join(refused.err.split())


def test_a_weak_password_adds_nobody(earful: Earful) -> None:
    refused = earful("user", "add", "dana", "--password", stdin=b"short\n")
    assert refused.code == 2
    assert "too short" in refused.err
    assert earful("user", "list", "--json").rows == []


def test_up_without_accounts_is_for_this_machine_only(earful: Earful, folder: Path) -> None:
    assert earful("init").code == 0
    file = folder / "earful.toml"
    file.write_text(file.read_text("utf-8") + '\n[inbox]\nhost = "0.0.0.0"\n', "utf-8")
    refused = earful("up")
    assert refused.code == 2
    assert "earful user add NAME" in " ".join(refused.err.split())

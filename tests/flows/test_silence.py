"""A source that is read and gives nothing new for longer than is expected is told of, once, and stays readable."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from earful.cli.show import print_report
from earful.configfile import Configuration
from earful.errors import SourceIll
from earful.secrets import Secrets
from earful.sender import Message
from earful.settings import Channel, SourceSettings
from earful.values import FoundMention
from flows.steps import notify
from flows.steps.jobs import jobs
from flows.steps.report import RunReport
from flows.steps.whole import run_here
from models.database import Database
from models.silence import silences

START = datetime(2026, 3, 2, 6, tzinfo=UTC)
DAY = timedelta(days=1)
SAID = FoundMention("1", "Fjellkopp: a nice mug")
On = Callable[[float], RunReport]


@pytest.fixture
def expecting(config: Configuration, monkeypatch: pytest.MonkeyPatch) -> tuple[Configuration, list[Message]]:
    """A brand whose forum should give something every week, and what its channel was told."""
    brand = config.settings.brands[0]
    forum = SourceSettings(type="scripted", name="forum", expect_every="7d")
    channels = (Channel(name="team", secret="EARFUL_TEAM_CHAT"), Channel(name="else", secret="X", brands=("Else",)))
    settings = config.settings.model_copy(
        update={"brands": (brand.model_copy(update={"sources": (forum,)}),), "notifications": channels}
    )
    told: list[Message] = []
    monkeypatch.setattr(notify, "apprise_send", lambda _, message: told.append(message))
    return replace(config, settings=settings, secrets=Secrets(config.folder, {"EARFUL_TEAM_CHAT": "json://x"})), told


@pytest.fixture
def on(database: Database, expecting: tuple[Configuration, Any]) -> On:
    """Collect, so many days after the start."""

    def on(days: float) -> RunReport:
        with time_machine.travel(START + days * DAY, tick=False):
            return run_here(database, expecting[0], jobs(expecting[0].settings))

    return on


def since(report: RunReport) -> datetime | None:
    return report.sources[0].silent_since


def test_a_silent_source_is_told_of_once_a_silence(
    database: Database, expecting: tuple[Configuration, list[Message]], script: Any, on: On, capsys: Any
) -> None:
    config, told = expecting
    script.pages = [[SAID]]
    assert since(on(0)) is None
    assert since(on(7)) is None
    report = on(7.5)
    assert since(report) == START
    assert report.exit_code == 0
    print_report(database, report)
    assert "forum: read to its end, but nothing new since 02 Mar 2026" in " ".join(capsys.readouterr().out.split())
    assert since(on(9)) == START
    with database.read() as session:
        assert list(silences(session, config.settings).values()) == [START]

    script.pages.append([FoundMention("2", "Fjellkopp again")])
    assert since(on(10)) is None
    assert since(on(18)) == START + 10 * DAY
    assert [message.title for message in told] == ["1 source fell silent"] * 2
    assert "SILENT [Fjellkopp, forum] it was read, but nothing new has come since 2 Mar 2026" in told[0].body


def test_a_source_that_never_gave_anything_is_silent_from_its_first_read(script: Any, on: On) -> None:
    script.pages = [[]]
    assert [since(on(days)) for days in (0, 6, 8)] == [None, None, START]


def test_a_source_that_could_not_be_read_is_not_called_silent(
    expecting: tuple[Configuration, list[Message]], script: Any, on: On
) -> None:
    script.pages = [[SAID]]
    on(0)
    script.ends_with = SourceIll("the source answered 503")
    report = on(20)
    assert (since(report), report.exit_code) == (None, 4)
    assert expecting[1] == []


def test_nothing_is_expected_unless_it_is_said(database: Database, config: Configuration, script: Any) -> None:
    script.pages = [[]]
    for days in (0, 400):
        with time_machine.travel(START + days * DAY, tick=False):
            report = run_here(database, config, jobs(config.settings, source="forum"))
        assert since(report) is None

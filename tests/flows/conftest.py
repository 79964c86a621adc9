"""A source of our own for the pipeline's tests: the real connector interface over pages that a test lays out."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from connectors.base import Ask, Connector, Facts, Page, Parsed
from earful.configfile import Configuration
from earful.secrets import Secrets
from earful.settings import Brand, Competitor, Settings, SourceSettings
from earful.values import FoundMention, Rejected
from flows.steps import collect
from models.database import Database


@dataclass
class Script:
    """What the source gives when it is read: pages of mentions and rejected records, then perhaps a failure."""

    pages: list[list[FoundMention | Rejected]] = field(default_factory=list)
    ends_with: Exception | None = None
    cursors: list[Mapping[str, object]] = field(default_factory=list)

    def fetch(self, ask: Ask) -> Iterator[Page]:
        """The pages from the cursor on, each moving it."""
        self.cursors.append(ask.cursor)
        start = int(ask.cursor.get("page", 0))
        for number, content in enumerate(self.pages[start:], start + 1):
            yield Page(content, number, cursor={"page": number})
        if self.ends_with:
            raise self.ends_with

    @staticmethod
    def parse(page: Page) -> Parsed:
        """Mentions and rejected records told apart."""
        found = [item for item in page.content if isinstance(item, FoundMention)]
        return Parsed(found, [item for item in page.content if isinstance(item, Rejected)])


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Script:
    """The script that the source of type `scripted` follows."""
    script = Script()
    facts = Facts("what a test lays out", "none", "none", "complete")
    made = Connector("scripted", SourceSettings, script.fetch, script.parse, facts)
    monkeypatch.setattr(collect, "connector", {"scripted": made}.__getitem__)
    return script


@pytest.fixture
def config(tmp_path: Path, database: Database) -> Configuration:
    """A brand with a competitor and two scripted sources."""
    sources = (
        SourceSettings(type="scripted", name="forum"),
        SourceSettings(type="scripted", name="reviews", match="all"),
    )
    rival = Competitor(name="Kaffehuset")
    brand = Brand(name="Fjellkopp", languages=("en", "no"), competitors=(rival,), sources=sources)
    settings = Settings(brands=(brand,), data_dir=tmp_path, database_url=database.url)
    return Configuration(settings, tmp_path, Secrets(tmp_path, {}), tmp_path / "earful.toml")

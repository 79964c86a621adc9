"""Themes as the inbox asks for them: counted, proposed, taken and refused."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from earful.configfile import Configuration
from earful.values import Counted, Proposed
from flows.steps import propose as proposing
from flows.steps import themes as own
from models.database import Database
from sentiment.themes import STAGES, overlaid


@dataclass(frozen=True)
class ThemeDesk:
    """Whoever serves the inbox hands this in: the inbox itself knows no reader."""

    database: Database
    config: Configuration
    stages: Sequence[str] = STAGES

    def names(self) -> Collection[str]:
        """The names of the shipped themes and the team's own.

        Raises:
            ConfigError: the team's file has a mistake.
        """
        return {theme.name for theme in overlaid(own.own_themes(self.config.settings).themes)}

    def counted(self, brand: str | None, since: datetime) -> Sequence[Counted]:
        """Every theme with its stage, and how many mentions since then touched it."""
        return proposing.counted(self.database, self.config, brand, since)

    def propose(self, brand: str | None) -> Sequence[Proposed]:
        """New themes from what the taxonomy leaves over.

        Raises:
            ConfigError: scikit-learn is not installed, or the team's file has a mistake.
        """
        return proposing.propose(self.database, self.config, brand)

    def accept(self, name: str, stage: str | None, language: str, words: str) -> str:
        """Put words under a theme of the team's own.

        Raises:
            ConfigError: what is given can't be a theme; says why.
        """
        return own.accept(self.config, name, stage, language, words)

    def refuse(self, language: str, words: str) -> None:
        """Keep words from being proposed again.

        Raises:
            ConfigError: they can't be kept; says why.
        """
        own.refuse(self.config, language, words)

"""What finds themes, as the inbox asks for it: the inbox starts no pipeline, so whoever serves it hands this in."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from earful.values import Counted, Proposed


class Finder(Protocol):
    """What counts themes, proposes new ones, and keeps what people say of them."""

    @property
    def stages(self) -> Sequence[str]:
        """Of a customer's journey, in order."""

    def names(self) -> Collection[str]:
        """The names of all themes that are looked for; raises ConfigError where the team's own can't be read."""

    def counted(self, brand: str | None, since: datetime) -> Sequence[Counted]:
        """Every theme, the most frequent first."""

    def propose(self, brand: str | None) -> Sequence[Proposed]:
        """New themes; raises ConfigError where that can't be done."""

    def accept(self, name: str, stage: str | None, language: str, words: str) -> str:
        """Keep a theme; raises ConfigError. Returns the heading under which it stands."""

    def refuse(self, language: str, words: str) -> None:
        """Keep words from being proposed again; raises ConfigError."""

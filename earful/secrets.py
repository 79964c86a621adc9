"""Passwords and tokens: never in the configuration, the database or a log, always by name."""

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from secrets import token_urlsafe
from tempfile import TemporaryDirectory

from dotenv import dotenv_values

from earful.errors import ConfigError
from earful.speech import _


class Secrets:
    """Passwords and tokens by name: from the environment, then `.env`, then one file each in a secrets folder.

    The folder is `EARFUL_SECRETS_DIR`, or `secrets/` beside the configuration (where Docker mounts them: /run/secrets).
    """

    def __init__(self, base: Path, environ: Mapping[str, str] = os.environ) -> None:
        self._environ = environ
        self._dotenv = dotenv_values(base / ".env", interpolate=False)
        self._folders = [Path(environ.get("EARFUL_SECRETS_DIR") or base / "secrets"), Path("/run/secrets")]

    def get(self, name: str) -> str | None:
        """The secret of this name, or None. Empty counts as not given."""
        return self._environ.get(name) or self._dotenv.get(name) or self._from_folder(name)

    def require(self, name: str, why: str) -> str:
        """The secret of this name.

        Raises:
            ConfigError: it is nowhere; the message says where to put it.
        """
        value = self.get(name)
        if not value:
            raise ConfigError(
                _(
                    "%(name)s is not set: %(why)s. Put it in the environment, .env, or a file secrets/%(name)s",
                    name=name,
                    why=why,
                )
            )
        return value

    def require_or_make(self, name: str, why: str) -> str:
        """The secret of this name; where there is none, a random one, kept in the secrets folder from now on.

        Raises:
            ConfigError: there is none, and the folder can't be written.
        """
        if not self.get(name):
            with suppress(OSError):  # two may make it at once: the first one's counts, and both read it
                self._keep(name, token_urlsafe(32))
        return self.require(name, why)

    def _keep(self, name: str, value: str) -> None:
        folder = self._folders[0]
        folder.mkdir(mode=0o700, exist_ok=True)
        with TemporaryDirectory(dir=folder) as aside:  # whole or not at all, so that nobody reads half a secret
            file = Path(aside) / name
            file.touch(mode=0o600)
            file.write_text(value, "utf-8")
            os.link(file, folder / name)

    def _from_folder(self, name: str) -> str | None:
        for folder in self._folders:
            file = folder / name
            if file.is_file():
                return file.read_text("utf-8").strip() or None
        return None

    def __repr__(self) -> str:
        return "Secrets(…)"  # never show what it holds in a log or a traceback


def secret_name(credentials: str | None, usual: str, name: str) -> str:
    """The name of a source's secret: `EARFUL_…`, or with the prefix that its `credentials` sets instead."""
    return f"{(credentials or usual).upper().rstrip('_')}_{name}"

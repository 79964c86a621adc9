"""Finds a Chromium for the browser tests, and brings one where it can: run by `make test` before the tests.

In order: the one EARFUL_TEST_CHROMIUM names, the system's, Playwright's own, then `playwright install chromium`, then
(as root, with apt-get) Debian's. Where none can be had, the browser tests say that they are left out.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

SYSTEM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find() -> Path | None:
    """The Chromium to use, if there is one."""
    if given := os.environ.get("EARFUL_TEST_CHROMIUM"):
        return Path(given)
    found = next((path for name in SYSTEM if (path := shutil.which(name))), None)
    return Path(found) if found else playwrights_own()


def playwrights_own() -> Path | None:
    """The Chromium that Playwright has downloaded, if it has."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = Path(playwright.chromium.executable_path)
    return path if path.exists() else None


def bring() -> None:
    """Try to bring a Chromium: Playwright's, else Debian's."""
    say("no Chromium here; asking Playwright for one")
    if done([sys.executable, "-m", "playwright", "install", "chromium"], 300):
        return
    if shutil.which("apt-get") and os.geteuid() == 0:
        say("Playwright's can't be had; installing Debian's")
        if done(["apt-get", "update", "-qq"], 300):
            done(["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"], 900)


def done(command: list[str], seconds: int) -> bool:
    """Whether the command ended well in time; what it prints is shown only when it did not."""
    try:
        ran = subprocess.run(command, check=False, timeout=seconds, capture_output=True, text=True)
    except (OSError, subprocess.TimeoutExpired) as error:
        say(str(error))
        return False
    if ran.returncode:
        say((ran.stderr or ran.stdout).strip()[-400:])
    return ran.returncode == 0


def say(message: str) -> None:
    """Tell the person on stderr."""
    sys.stderr.write(f"browser: {message}\n")


def main() -> int:
    """Make sure that there is a Chromium; its absence fails only where CI must leave nothing out."""
    if find() is None:
        bring()
    if found := find():
        say(f"using {found}")
        return 0
    say("there is none: the browser tests will be left out. Install Chromium, or name one in EARFUL_TEST_CHROMIUM.")
    return 1 if os.environ.get("CI") else 0


if __name__ == "__main__":
    sys.exit(main())

"""Makes the pictures in README and docs anew, from the shipped sample in a real browser: `make screenshots`."""

import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent.parent / "tests"))
BIN = Path(sys.executable).parent
QUIET = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]
PICTURES = (
    ("inbox-light", "/cases/{case}", "light", 1440, 900),
    ("inbox-dark", "/cases/{case}", "dark", 1440, 900),
    ("inbox-phone", "/cases", "light", 390, 844),
    ("runs-light", "/runs", "light", 1440, 900),
)


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def answers(port: int) -> bool:
    """Whether the inbox has begun to listen."""
    with socket.socket() as caller:
        return caller.connect_ex(("127.0.0.1", port)) == 0


def take(browser: Browser, base: str, case: int) -> None:
    """Take every picture."""
    for name, path, scheme, width, height in PICTURES:
        page = browser.new_page(color_scheme=scheme, viewport={"width": width, "height": height})
        page.goto(base + path.format(case=case), wait_until="networkidle")
        page.screenshot(path=HERE / f"{name}.png")
        page.close()


def main() -> None:
    """Collect the sample into a folder of its own, serve the inbox over it, and take the pictures."""
    from browser import find

    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        environ = {**os.environ, "EARFUL_DATA_DIR": folder, "EARFUL_USER": "dana"}
        subprocess.run([BIN / "earful", "run"], env=environ, cwd=folder, check=True, capture_output=True)
        told = subprocess.run(
            [BIN / "earful", "cases", "--json"], env=environ, cwd=folder, check=True, capture_output=True
        )
        case = next(
            int(line.split(b'"id": ')[1].split(b",")[0]) for line in told.stdout.splitlines() if b"sparks" in line
        )
        serve = [sys.executable, "-m", "earful.cli.up", str(port)]  # as `earful up` serves it
        inbox = subprocess.Popen(serve, env=environ, cwd=folder)
        try:
            while not answers(port):
                time.sleep(0.1)
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=find(), args=QUIET)
                take(browser, f"http://127.0.0.1:{port}", case)
                browser.close()
        finally:
            inbox.terminate()
            inbox.wait()


if __name__ == "__main__":
    main()

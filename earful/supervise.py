"""Keeps programs of ours running as children: started, watched, started again when they die, and never left behind.

`python -m earful.supervise MODULE ARGUMENTS…` runs a module as such a child: when its parent is gone, however it went,
the child ends its whole process group.
"""

import contextlib
import logging
import os
import runpy
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from logging.handlers import RotatingFileHandler
from pathlib import Path

from earful.errors import EarfulError

GRACE_SECONDS = 8.0  # what a child gets to end by itself
DEATHS_AT_MOST = 5  # so many within DEATHS_WITHIN, and starting it again does not help
DEATHS_WITHIN = 300.0
LOG_BYTES = 5_000_000
LOG_FILES = 3


@dataclass(frozen=True, slots=True)
class Program:
    """What to run: a module and its arguments, where its words go, and how to see that it works."""

    name: str
    module: str
    arguments: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    healthy: Callable[[], bool]
    patience: float = 90.0  #: seconds it may take to become healthy


@dataclass
class Child:
    """A program that runs, and when it died before."""

    program: Program
    process: subprocess.Popen[bytes] | None = None
    deaths: list[float] = field(default_factory=list)
    again_at: float = 0.0
    last_words: deque[str] = field(default_factory=lambda: deque(maxlen=12))
    listener: threading.Thread | None = None

    def start(self) -> None:
        """Start it in a session of its own, its output in its log."""
        command = [sys.executable, "-m", "earful.supervise", self.program.module, *self.program.arguments]
        self.process = subprocess.Popen(  # noqa: S603 - our own modules
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=dict(self.program.environment),
            start_new_session=True,
        )
        self.listener = threading.Thread(target=self._keep_words, args=(self.process,), daemon=True)
        self.listener.start()

    def _keep_words(self, process: subprocess.Popen[bytes]) -> None:
        self.program.log.parent.mkdir(parents=True, exist_ok=True)
        handler = RotatingFileHandler(self.program.log, maxBytes=LOG_BYTES, backupCount=LOG_FILES, encoding="utf-8")
        if process.stdout is None:
            return
        with process.stdout as words:
            for line in words:
                text = line.decode("utf-8", "replace").rstrip()
                self.last_words.append(text)
                handler.emit(logging.LogRecord(self.program.name, logging.INFO, "", 0, text, None, None))
        handler.close()

    @property
    def alive(self) -> bool:
        """Whether its process runs."""
        return self.process is not None and self.process.poll() is None

    def stop(self, grace: float = GRACE_SECONDS) -> None:
        """End it and all that it started: first asked, after the grace period without asking."""
        if self.process is None:
            return
        signal_group(self.process.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(grace)
        signal_group(self.process.pid, signal.SIGKILL)
        self.process.wait()


def signal_group(leader: int, number: signal.Signals) -> None:
    """Signal every process of a group; none left is fine."""
    try:
        os.killpg(leader, number)
    except (ProcessLookupError, PermissionError):  # macOS refuses to signal a group of zombies
        return


def pause_before(deaths: int) -> float:
    """Seconds to wait before a start, after so many recent deaths: 1, 2, 4, … at most 30."""
    return min(30.0, 2.0 ** (deaths - 1))


class Family:
    """All children of one `earful up`, in the order in which they were started."""

    def __init__(self, stopping: threading.Event) -> None:
        self._stopping = stopping
        self._children: list[Child] = []

    def add(self, program: Program) -> None:
        """Start a program and wait until it works, or until somebody wants to stop.

        Raises:
            EarfulError: it ended, or did not become healthy in time; the message holds its last words.
        """
        child = Child(program)
        self._children.append(child)
        child.start()
        give_up_at = time.monotonic() + program.patience
        while not self._stopping.is_set() and not program.healthy():
            if not child.alive:
                raise EarfulError(f"the {program.name} ended as soon as it was started\n{_told(child)}")
            if time.monotonic() > give_up_at:
                raise EarfulError(f"the {program.name} did not answer in {program.patience:.0f} s\n{_told(child)}")
            self._stopping.wait(0.2)

    def mend(self) -> list[str]:
        """Start again what died, each after a pause that grows. Returns the names of those just found dead.

        Raises:
            EarfulError: one of them keeps dying; the message holds its last words.
        """
        return [child.program.name for child in self._children if self._mend(child)]

    def _mend(self, child: Child) -> bool:
        if child.alive:
            return False
        now = time.monotonic()
        if child.process is not None:
            child.stop(0)  # what it started may outlive it
            child.process = None
            child.deaths = [death for death in child.deaths if death > now - DEATHS_WITHIN] + [now]
            if len(child.deaths) > DEATHS_AT_MOST:
                raise EarfulError(f"the {child.program.name} keeps dying\n{_told(child)}")
            child.again_at = now + pause_before(len(child.deaths))
            return True
        if now >= child.again_at:
            child.start()
        return False

    def stop(self) -> None:
        """Stop all, the last one started first."""
        for child in reversed(self._children):
            child.stop()


def _told(child: Child) -> str:
    if child.listener and not child.alive:
        child.listener.join(1.0)
    words = "\n".join(f"  {line}" for line in child.last_words)
    return f"{words}\nAll of it is in {child.program.log}"


# ------------------------------------------------------------------------------------------------------ in the child


def end_with_parent(every: float = 0.5) -> None:
    """From now on, when the parent of this process is gone, this process and its group end."""
    threading.Thread(target=_watch, args=(os.getppid(), every), daemon=True, name="end with parent").start()


def _watch(parent: int, every: float) -> None:
    while os.getppid() == parent:
        time.sleep(every)
    signal_group(os.getpgrp(), signal.SIGTERM)
    time.sleep(GRACE_SECONDS)
    signal_group(os.getpgrp(), signal.SIGKILL)


def main() -> None:
    """Run the module that the arguments name as a child that does not outlive its parent."""
    end_with_parent()
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()

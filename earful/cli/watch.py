"""Shows on stderr how a run goes while it goes."""

from dataclasses import dataclass, field
from typing import Self

from rich.progress import Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from earful.cli.context import chatter
from earful.values import SourceCount
from flows.steps.jobs import Job
from flows.steps.read import ReadCount


@dataclass
class Watch:
    """Shows on stderr how a run goes: a line a source, with what was stored so far."""

    _bar: Progress = field(
        default_factory=lambda: Progress(
            SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn(), console=chatter()
        )
    )
    _task: TaskID | None = None
    _idle: bool = False  #: the line tells of nothing yet, and goes if that stays so
    _name: str = ""
    _count: SourceCount = field(default_factory=SourceCount)
    _read: ReadCount = field(default_factory=ReadCount)
    _flagged: int = 0

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end()
        self._bar.stop()

    def source(self, job: Job) -> None:
        """Begin a line for this source."""
        self._name, self._count = f"{job.brand.name} / {job.source.name}", SourceCount()
        self._begin(f"{self._name}: asking")

    def page(self, count: SourceCount) -> None:
        """Say what the source gave so far."""
        self._count += count
        self._say(f"{self._name}: {self._count.fetched} items, {self._count.new} new")

    def step(self, name: str) -> None:
        """Begin a line for what comes after the sources, so that its time is not taken for theirs."""
        self._begin(name)
        self._idle = True

    def read(self, count: ReadCount) -> None:
        """Say how many were read so far."""
        self._read += count
        self._say(f"read {self._read.read}")

    def again(self, count: int) -> None:
        """Say how many were read again so far."""
        self._say(f"read again {count:,}")

    def judged(self, opened: int) -> None:
        """Say how many were flagged so far."""
        self._flagged += opened
        self._say(f"flagged {self._flagged}")

    def _begin(self, text: str) -> None:
        self._end()
        self._task = self._bar.add_task(text, total=None)

    def _say(self, text: str) -> None:
        if self._task is not None:
            self._bar.update(self._task, description=text)
            self._idle = False

    def _end(self) -> None:
        if self._task is None:
            return
        if self._idle:
            self._bar.remove_task(self._task)
        else:
            self._bar.update(self._task, total=1, completed=1)
        self._task, self._idle = None, False

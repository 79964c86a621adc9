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

    def read(self, count: ReadCount) -> None:
        """Say how many were read so far."""
        if not self._read.read:
            self._begin("reading")
        self._read += count
        self._say(f"read {self._read.read}")

    def again(self, count: int) -> None:
        """Say how many were read again so far."""
        if self._task is None:
            self._begin("reading again")
        self._say(f"read again {count:,}")

    def judged(self, opened: int) -> None:
        """Say how many were flagged so far."""
        if not self._flagged:
            self._begin("judging")
        self._flagged += opened
        self._say(f"flagged {self._flagged}")

    def _begin(self, text: str) -> None:
        self._end()
        self._task = self._bar.add_task(text, total=None)

    def _say(self, text: str) -> None:
        if self._task is not None:
            self._bar.update(self._task, description=text)

    def _end(self) -> None:
        if self._task is not None:
            self._bar.update(self._task, total=1, completed=1)

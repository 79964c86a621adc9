"""The coverage ledger: what each run saw of each source, what became of it, and what may have been missed."""

from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, BigId, Id, JsonList, JsonObject, Moment, Words, choice
from models.mention import Source


class RunKind(StrEnum):
    """What a run was for."""

    COLLECT = "collect"
    IMPORT = "import"
    RECHECK = "recheck"


class RunStatus(StrEnum):
    """How a run, or the reading of one source in it, ended; `interrupted`: it was stopped, or killed, half-way."""

    RUNNING = "running"
    OK = "ok"
    PARTIAL = "partial"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


class Run(Base):
    """One run of the collection, over one or more sources."""

    __tablename__ = "runs"
    __table_args__ = (Index("ix_runs_started_at", "started_at"),)

    id: Mapped[Id]
    kind: Mapped[RunKind] = mapped_column(choice(RunKind, "kind"))
    status: Mapped[RunStatus] = mapped_column(choice(RunStatus, "status"))
    started_at: Mapped[Moment]
    beat_at: Mapped[Moment] = mapped_column(doc="when it last showed that it lives")
    finished_at: Mapped[Moment | None]
    flow_run_id: Mapped[str | None] = mapped_column(String(36), doc="the Prefect flow run, where there was one")

    coverage: Mapped[list["Coverage"]] = relationship(lazy="raise", back_populates="run")


class Coverage(Base):
    """One source in one run. Written in each page's own transaction: true at any moment."""

    __tablename__ = "coverage"
    __table_args__ = (UniqueConstraint("run_id", "source_id"), Index("ix_coverage_source_id_id", "source_id", "id"))

    id: Mapped[Id]
    run_id: Mapped[int] = mapped_column(BigId, ForeignKey("runs.id", ondelete="CASCADE"))
    source_id: Mapped[int] = mapped_column(BigId, ForeignKey("sources.id"))
    status: Mapped[RunStatus] = mapped_column(choice(RunStatus, "status"))
    started_at: Mapped[Moment]
    finished_at: Mapped[Moment | None]
    requests: Mapped[int]
    fetched: Mapped[int] = mapped_column(doc="all that came: seen + off_query + repeated")
    off_query: Mapped[int]
    repeated: Mapped[int]
    seen: Mapped[int] = mapped_column(doc="new + edited + unchanged + rejected + vanished")
    new: Mapped[int]
    edited: Mapped[int]
    unchanged: Mapped[int]
    rejected: Mapped[int]
    vanished: Mapped[int]
    missed: Mapped[JsonList] = mapped_column(doc="[{reason, detail}]: what may have been missed")
    notes: Mapped[JsonList] = mapped_column(doc="[text]: worth knowing, nothing lost")
    error: Mapped[Words | None]
    quota: Mapped[JsonObject | None] = mapped_column(doc="{left, of, until}: of requests, as the source said last")
    silent_since: Mapped[Moment | None] = mapped_column(doc="nothing new since then, longer than is expected of it")

    run: Mapped[Run] = relationship(lazy="raise", back_populates="coverage")
    source: Mapped[Source] = relationship(lazy="raise")

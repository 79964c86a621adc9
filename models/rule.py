"""A team's own rules, as the inbox keeps them, and who changed what of them."""

from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BigId, Id, JsonObject, Moment, Name


class StoredRule(Base):
    """One rule. Those that are on are asked in the order of their place."""

    __tablename__ = "rules"
    __table_args__ = (UniqueConstraint("name"),)

    id: Mapped[Id]
    name: Mapped[Name]
    place: Mapped[int] = mapped_column(doc="lower ones are asked first")
    enabled: Mapped[bool]
    definition: Mapped[JsonObject] = mapped_column(doc="what it asks and what follows, as earful.settings.Rule has it")
    version: Mapped[int] = mapped_column(doc="counts every change; a stale one is refused")
    changed_at: Mapped[Moment]
    changed_by: Mapped[Name]


class RuleChange(Base):
    """One thing that somebody did to a rule. Append-only; it outlives the rule."""

    __tablename__ = "rule_changes"
    __table_args__ = (Index("ix_rule_changes_rule_id_id", "rule_id", "id"),)

    id: Mapped[Id]
    rule_id: Mapped[int] = mapped_column(BigId)
    name: Mapped[Name] = mapped_column(doc="as it was called then")
    at: Mapped[Moment]
    actor: Mapped[Name]
    action: Mapped[str] = mapped_column(String(40), doc="added, changed, switched_on, switched_off, moved, deleted")
    definition: Mapped[JsonObject] = mapped_column(doc="as it stood afterwards; of a deleted one, before")

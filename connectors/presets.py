"""The exports that we know: whose they are, how to get them, and which of their columns holds what.

A preset is data: one table in `presets.toml`. Its `settings` fill in what the operator did not set.
"""

import tomllib
from collections.abc import Mapping
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from connectors.columns import OurField


class Preset(BaseModel):
    """One known export."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str = Field(description="whose export this is")
    get: str = Field(description="where its owner finds it")
    settings: dict[str, Any] = Field(default_factory=dict, description="settings of the source, unless set otherwise")
    needs: tuple[OurField, ...] = Field(description="fields without which the file is another one")
    columns: dict[OurField, tuple[str, ...]] = Field(
        description="columns that may hold a field, best first; `~` begins a regular expression"
    )


def _loaded() -> Mapping[str, Preset]:
    tables = tomllib.loads((files("connectors") / "presets.toml").read_text("utf-8"))
    questions = tables.pop("questions")
    for table in tables.values():
        table["columns"] = {field: _spelled_out(names, questions) for field, names in table["columns"].items()}
    return MappingProxyType({name: Preset.model_validate(table) for name, table in tables.items()})


def _spelled_out(names: list[str], questions: Mapping[str, list[str]]) -> list[str]:
    return [each for name in names for each in (questions[name[1:]] if name.startswith("@") else [name])]


PRESETS: Mapping[str, Preset] = _loaded()

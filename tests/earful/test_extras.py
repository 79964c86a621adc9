"""Extras: each is what pyproject.toml says, and a missing one names the command that brings it."""

import sys
import tomllib
from pathlib import Path

import pytest

from earful import extras
from earful.errors import ConfigError


def test_the_extras_are_those_of_the_project() -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text("utf-8"))["project"]
    said = {
        name: {one.partition(">")[0] for one in packages} for name, packages in project["optional-dependencies"].items()
    }
    assert said == {name: set(packages) for name, packages in extras.EXTRAS.items()}


def test_a_missing_one_names_all_it_lacks_and_what_to_type(monkeypatch: pytest.MonkeyPatch) -> None:
    for extra in extras.EXTRAS:
        extras.require(extra, "this")
    monkeypatch.setattr(extras, "find_spec", lambda _: None)
    with pytest.raises(ConfigError) as told:
        extras.require("transformers", "this")
    command = f"{sys.executable} -m pip install onnxruntime tokenizers"
    assert str(told.value) == f"this needs onnxruntime tokenizers, not installed here: `{command}`"

"""What users read is true: every setting, reason, command and source is documented, and no link leads nowhere."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from earful.settings import Settings
from earful.values import COUNTED, MissedReason

HERE = Path(__file__).parent.parent
PAGES = [HERE / "README.md", HERE / "CONTRIBUTING.md", *sorted((HERE / "docs").rglob("*.md"))]


def keys(model: type[BaseModel]) -> Iterator[str]:
    for name, field in model.model_fields.items():
        yield name
        for inner in models_in(field.annotation):
            yield from keys(inner)


def models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in getattr(annotation, "__args__", ()):
        yield from models_in(part)


@pytest.mark.parametrize("key", sorted(set(keys(Settings))))
def test_every_setting_stands_in_the_example(key: str) -> None:
    example = (HERE / "earful.example.toml").read_text("utf-8")
    assert re.search(rf"(^|[# \[.]){key}(\]| = )", example, re.MULTILINE)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(HERE)))
def test_no_link_leads_nowhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text("utf-8")):
        if not target.startswith(("http:", "https:", "mailto:")):
            assert (page.parent / target).exists(), target


def test_every_reason_for_a_case_is_explained() -> None:
    said = (HERE / "triage" / "judge.py").read_text("utf-8")
    triage, shapes = ((HERE / "docs" / name).read_text("utf-8") for name in ("triage.md", "json.md"))
    for code in set(re.findall(r'Reason\("(\w+)"', said)):
        assert f"`{code}`" in triage
        assert f"`{code}`" in shapes


def test_every_number_of_the_ledger_is_explained() -> None:
    shapes = (HERE / "docs" / "json.md").read_text("utf-8")
    assert all(f'"{name}"' in shapes for name in COUNTED)
    assert all(f"`{reason.value}`" in shapes for reason in MissedReason)


def test_every_decision_has_a_number_of_its_own() -> None:
    numbers = [page.name[:4] for page in sorted((HERE / "docs" / "decisions").glob("*.md"))]
    assert numbers == [f"{number:04d}" for number in range(1, len(numbers) + 1)]

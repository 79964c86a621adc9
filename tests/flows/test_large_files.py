"""A large file of one's own with one broken row in a hundred: exact counts, and memory that does not grow with it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).parents[2] / "bench" / "files.py"


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize(("kind", "count"), [("csv", 200_000), ("xlsx", 20_000)])
def test_a_large_file_is_counted_exactly_in_bounded_memory(kind: str, count: int) -> None:
    ran = subprocess.run([sys.executable, str(BENCH), kind, str(count)], check=True, capture_output=True, text=True)
    told = json.loads(ran.stdout)
    assert (told["fetched"], told["new"], told["rejected"]) == (count, count * 99 // 100, count // 100)
    assert told["peak"] < 450

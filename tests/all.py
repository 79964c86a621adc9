"""Runs all that must hold: format, lint, arrows between the rooms, types, tests. `--quick` leaves slow ones out."""

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent.parent
BIN = Path(sys.executable).parent

CHECKS = (
    ("format", ["ruff", "format", "--check", "--quiet", "."]),
    ("lint", ["ruff", "check", "--quiet", "."]),
    ("rooms", ["lint-imports"]),
    ("types", ["mypy"]),
)
QUICK = ["-m", "not slow and not browser", "-n", "2", "--hypothesis-profile=quick"]
ALL = ["-n", "2", "--dist", "loadgroup"]


def main() -> int:
    """Run all of it, also after a failure; the exit code is 1 when anything failed."""
    quick = "--quick" in sys.argv[1:]
    failed = [name for name, command in CHECKS if not passes(name, command)]
    tests = subprocess.run([BIN / "pytest", "-q", *(QUICK if quick else ALL)], cwd=HERE, check=False, env=environment())
    if tests.returncode:
        failed.append("tests")
    sys.stdout.write(f"failed: {', '.join(failed)}\n" if failed else "all checks passed\n")
    return 1 if failed else 0


def passes(name: str, command: list[str]) -> bool:
    """Whether a check passes; what it says is shown only when it does not."""
    ran = subprocess.run([BIN / command[0], *command[1:]], cwd=HERE, check=False, capture_output=True, text=True)
    sys.stdout.write(f"{name:<8}{'ok' if ran.returncode == 0 else 'FAILED'}\n")
    if ran.returncode:
        sys.stdout.write(ran.stdout + ran.stderr)
    sys.stdout.flush()
    return ran.returncode == 0


def environment() -> dict[str, str]:
    """The tests' environment: nothing of a person's own configuration reaches them, and what is compiled is kept.

    They start hundreds of programs; where Python may write no bytecode, each of these would compile itself anew.
    """
    left_out = ("EARFUL_", "PREFECT_", "PYTHONDONTWRITEBYTECODE")
    kept = {key: value for key, value in os.environ.items() if not key.startswith(left_out)}
    kept |= {key: value for key, value in os.environ.items() if key.startswith(("EARFUL_TEST_", "EARFUL_TRAINING_"))}
    return kept | {"PREFECT_SERVER_ANALYTICS_ENABLED": "false", "DO_NOT_TRACK": "1"}


if __name__ == "__main__":
    sys.exit(main())

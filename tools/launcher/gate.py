"""The gate: everything a change must pass, one line per step."""

import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass

from tools.launcher.fault import say
from tools.launcher.places import ROOT
from tools.launcher.processes import SANDBOX


@dataclass(frozen=True)
class Step:
    """One check: its title, its command, and the settings it runs under when they are not the product's."""

    title: str
    command: str
    settings: str = "convsync.settings"


STEPS = (
    Step("style", "ruff check"),
    Step("format", "ruff format --check"),
    Step("layers", "lint-imports"),
    Step("types", "mypy"),
    Step("migrations", "python manage.py makemigrations --check --dry-run"),
    Step("migrations that block nobody", "python manage.py check_migrations"),
    Step("migrations of the sandbox", "python manage.py makemigrations --check --dry-run", SANDBOX.settings),
    Step("system check", "python manage.py check --fail-level WARNING"),
    Step("system check of the sandbox", "python manage.py check --fail-level WARNING", SANDBOX.settings),
)


def verdict(title: str, *, passed: bool, began: float) -> None:
    """Say how a step went and how long it took; `began` is the monotonic time of its start."""
    say(f"{'✓' if passed else '✗'} {title} {time.monotonic() - began:.1f} s")


def passes(environment: Mapping[str, str]) -> bool:
    """Run the steps in order and return whether all pass; stops at the first that fails, with its output."""
    for step in STEPS:
        began = time.monotonic()
        run = subprocess.run(
            step.command.split(),
            env={**environment, "DJANGO_SETTINGS_MODULE": step.settings},
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        verdict(step.title, passed=run.returncode == 0, began=began)
        if run.returncode:
            say(run.stdout)
            return False
    return True

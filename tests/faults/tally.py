"""Counts the catalogue: `-p tests.faults.tally` prints, as pytest's last line, how many faults were survived."""

import json
import sys
from collections import Counter, defaultdict
from collections.abc import Generator

import pytest

CATALOGUE = range(1, 61)
# What every check of this session found; conserving.py adds to it.
COUNTED: Counter[str] = Counter(lost=0, accepted_twice=0, bytes_differ=0)
_OUTCOMES: dict[int, list[bool]] = defaultdict(list)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Note how each part of a fault's test went; a test counts once all of its parts did."""
    report = yield
    for mark in item.iter_markers("fault"):
        if report.when == "call" or not report.passed:
            _OUTCOMES[mark.args[0]].append(report.passed)
    return report


def pytest_sessionfinish(session: pytest.Session) -> None:
    """It is a success only when every fault was survived."""
    if len(_survived()) < len(CATALOGUE) and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    """Say it, behind all that pytest says itself."""
    missed = (
        ("not survived", [number for number, passed in sorted(_OUTCOMES.items()) if not all(passed)]),
        ("not run", [number for number in CATALOGUE if number not in _OUTCOMES]),
    )
    lines = [f"Faults {title}: {', '.join(map(str, numbers))}" for title, numbers in missed if numbers]
    lines.append(json.dumps({"faults": len(CATALOGUE), "survived": len(_survived()), **COUNTED}))
    sys.stdout.write("\n".join(["", *lines, ""]))


def _survived() -> list[int]:
    return [number for number in CATALOGUE if _OUTCOMES.get(number) and all(_OUTCOMES[number])]

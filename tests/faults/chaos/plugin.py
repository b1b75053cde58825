"""`-p tests.faults.chaos.plugin`: how long and by which seed, and the last line of all."""

import json
import random
import sys

import pytest

RESULT: dict[str, int] = {}


def pytest_addoption(parser: pytest.Parser) -> None:
    """The two things that a run is told."""
    group = parser.getgroup("chaos")
    group.addoption("--minutes", type=float, default=5.0, help="for how long things go wrong (5)")
    group.addoption("--seed", type=int, default=None, help="the seed of an earlier run, to have its order again")


def seed_of(config: pytest.Config) -> int:
    """The seed that was given, or a new one."""
    given: int | None = config.getoption("--seed")
    return random.SystemRandom().randrange(10**6) if given is None else given


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    """Say what it came to, behind all that pytest says itself."""
    zeros = {"faults": 0, "survived": 0, "lost": 0, "accepted_twice": 0, "bytes_differ": 0, "signals": 0}
    sys.stdout.write(f"\n{json.dumps({**zeros, **RESULT})}\n")

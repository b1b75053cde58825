"""What `./run chaos` runs: not part of the suite, because it takes as long as it is told to."""

import pytest

from tests.faults.chaos.course import played
from tests.faults.chaos.plugin import RESULT, seed_of
from tests.faults.world import World as Place


def test_nothing_is_lost_and_nothing_counts_twice_whatever_goes_wrong(
    place: Place, pytestconfig: pytest.Config
) -> None:
    report = played(place, seconds=60 * pytestconfig.getoption("--minutes"), seed=seed_of(pytestconfig))
    found = report.found
    RESULT.update(
        faults=report.faults,
        survived=report.survived if report.clean else min(report.survived, report.faults - 1),
        lost=len(found.lost),
        accepted_twice=len(found.accepted_twice),
        bytes_differ=len(found.bytes_differ),
        signals=report.told,
    )
    assert report.clean, (found.others, report.complaints)
    assert report.survived == report.faults

"""The table of guards is of today's code: each line is where it says, and the tests that watch it are there."""

import pytest

from tools.launcher.places import ROOT
from tools.mutants import MUTANTS, Mutant, Seen, table


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.guard)
def test_each_guard_is_where_the_table_says(mutant: Mutant) -> None:
    assert (ROOT / mutant.file).read_text().count(mutant.old) == 1
    assert mutant.old != mutant.new
    for file, name in mutant.tests:
        assert f"def {name}" in (ROOT / file).read_text()


def test_it_says_in_the_table_where_no_test_minds() -> None:
    lines = table([Seen(MUTANTS[0], ("test_a", "test_b", "test_c"), 1.0), Seen(MUTANTS[1], (), 1.0)]).splitlines()
    assert lines[2].endswith("| `test_a`, `test_b` and 1 more |")
    assert lines[3].endswith("| **none** |")

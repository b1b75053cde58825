"""docs/reliability.md lists all sixty faults, and each of the files that it names shows the fault."""

import re

from tests.faults.tally import CATALOGUE
from tools.launcher.places import ROOT

ROW = re.compile(r"^\| (\d+) \| .+ \| .+ \| (.+) \|$", re.MULTILINE)


def test_the_catalogue_names_where_each_fault_is_shown() -> None:
    rows = {int(number): re.findall(r"`([\w/]+\.py)`", files) for number, files in ROW.findall(_page())}
    assert list(rows) == list(CATALOGUE)
    there = {path.name: path.read_text() for path in (ROOT / "tests/faults").glob("test_*.py")}
    wrong = [
        (number, name)
        for number, names in rows.items()
        for name in names
        if name in there and f"fault({number})" not in there[name]
    ]
    assert wrong == []


def _page() -> str:
    return (ROOT / "docs/reliability.md").read_text()

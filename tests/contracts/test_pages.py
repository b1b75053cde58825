"""The pages for people stay true: what they link to, the files and the tests that they name, are there."""

import re
from functools import cache

import pytest

from tools.launcher.places import ROOT

FOLDERS = ("apps", "convsync", "deploy", "tools", "tests", "docs", "requirements", "templates", "locale")
PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "apps").rglob("*.md")]
each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


@cache
def files() -> tuple[str, ...]:
    """Every file of the project, as a path from a slash on."""
    below = (path for folder in FOLDERS for path in (ROOT / folder).rglob("*") if "__pycache__" not in path.parts)
    return tuple(f"/{path.relative_to(ROOT).as_posix()}" for path in (*below, *ROOT.iterdir()))


@cache
def names_of_tests() -> frozenset[str]:
    return frozenset(
        name for path in (ROOT / "tests").rglob("*.py") for name in re.findall(r"def (test_\w+)", path.read_text())
    )


@each_page
def test_its_links_lead_somewhere(page):
    targets = re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text(encoding="utf-8"))
    assert [target for target in targets if not (page.parent / target).exists()] == []


@each_page
def test_the_files_it_names_are_there(page):
    named = set(re.findall(r"`([\w/]+\.(?:py|md|html|toml|yml))`", page.read_text(encoding="utf-8")))
    assert [name for name in sorted(named) if not any(path.endswith(f"/{name}") for path in files())] == []


def test_the_promises_are_shown_by_tests_that_exist():
    promises = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(test_\w+)(?:\.\.\.)?`", promises))
    assert named
    assert [name for name in sorted(named) if not any(test.startswith(name) for test in names_of_tests())] == []


def test_every_decision_stands_in_the_list():
    listed = (ROOT / "docs" / "adr" / "README.md").read_text(encoding="utf-8")
    decisions = [path.name for path in (ROOT / "docs" / "adr").glob("0*.md")]
    assert [name for name in decisions if f"]({name})" not in listed] == []

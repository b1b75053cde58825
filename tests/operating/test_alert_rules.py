"""Rules and dashboard ask for metrics that are told, and each rule has its line in the runbook."""

import json
import re
from typing import Any

import pytest
import yaml

from apps.operating import metrics
from tools.launcher.places import ROOT

RULES: list[dict[str, Any]] = yaml.safe_load((ROOT / "deploy/prometheus/alerts.yml").read_text())["groups"][0]["rules"]
each_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])


def told() -> set[str]:
    """The names of all metrics."""
    source = (ROOT / "apps/operating/metrics.py").read_text()
    gauges = {f"convsync_{name}" for name in re.findall(r'_gauge\(\s*"(\w+)"', source)}
    return gauges | {f"convsync_{name}{end}" for name in metrics._HELP for end in ("_total", "_bucket")}


@each_rule
def test_it_asks_for_metrics_that_are_told(rule):
    assert set(re.findall(r"convsync_\w+", rule["expr"])) <= told()


def test_the_dashboard_asks_for_metrics_that_are_told():
    panels = json.loads((ROOT / "deploy/prometheus/dashboard.json").read_text())["panels"]
    asked = {
        name for panel in panels for each in panel["targets"] for name in re.findall(r"convsync_\w+", each["expr"])
    }
    assert len(panels) == len({panel["title"] for panel in panels})
    assert asked <= told()


@each_rule
def test_it_has_its_line_in_the_runbook(rule):
    assert f"| `{rule['alert']}` |" in (ROOT / "docs/operating.md").read_text()


def test_the_runbook_names_no_rule_that_is_not_there():
    named = set(re.findall(r"\| `(Convsync\w+)` \|", (ROOT / "docs/operating.md").read_text()))
    assert named == {rule["alert"] for rule in RULES}

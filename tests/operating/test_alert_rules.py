"""The rules for Prometheus ask for metrics that are told, and each has its line in the runbook."""

import re
from typing import Any

import pytest
import yaml

from apps.operating import metrics
from tools.launcher.places import ROOT

RULES: list[dict[str, Any]] = yaml.safe_load((ROOT / "deploy/prometheus/alerts.yml").read_text())["groups"][0]["rules"]
each_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])


@each_rule
def test_it_asks_for_metrics_that_are_told(rule):
    source = (ROOT / "apps/operating/metrics.py").read_text()
    gauges = {f"convsync_{name}" for name in re.findall(r'_gauge\(\s*"(\w+)"', source)}
    worked = {f"convsync_{name}_total" for name in metrics._HELP}
    assert set(re.findall(r"convsync_\w+", rule["expr"])) <= gauges | worked


@each_rule
def test_it_has_its_line_in_the_runbook(rule):
    assert f"| `{rule['alert']}` |" in (ROOT / "docs/operating.md").read_text()


def test_the_runbook_names_no_rule_that_is_not_there():
    named = set(re.findall(r"\| `(Convsync\w+)` \|", (ROOT / "docs/operating.md").read_text()))
    assert named == {rule["alert"] for rule in RULES}

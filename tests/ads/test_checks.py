"""The watch on API versions: who is told what, and when (LinkedIn A2, and for every network)."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from django.conf import settings
from django.core import checks as django_checks
from structlog.testing import capture_logs

from apps.ads import checks
from apps.ads.registry import NETWORKS
from apps.domain.manifest import Manifest
from apps.pipeline import tasks

TODAY = date(2027, 6, 1)
MANIFESTS = [network.manifest for network in NETWORKS.values()]


def ending_in(days: int, of: Manifest = NETWORKS["linkedin"].manifest) -> Manifest:
    return replace(of, version_ends=TODAY + timedelta(days=days))


@pytest.mark.parametrize("manifest", MANIFESTS, ids=[manifest.key for manifest in MANIFESTS])
def test_linkedin_a02_it_speaks_no_version_that_has_ended(manifest: Manifest) -> None:
    today = datetime.now(UTC).date()
    assert manifest.version_ends is None or today < manifest.version_ends, "move to a newer version of its API"


@pytest.mark.parametrize(
    ("days", "kind"),
    [
        (61, None),
        (60, django_checks.Warning),
        (15, django_checks.Warning),
        (14, django_checks.Error),
        (0, django_checks.Error),
        (-30, django_checks.Error),
    ],
)
def test_linkedin_a02_google_04_it_warns_60_days_ahead_and_fails_14_days_ahead(days: int, kind: type | None) -> None:
    found = [checks.message(ending) for ending in checks.endings([ending_in(days)], today=TODAY)]
    assert [type(message) for message in found] == ([kind] if kind else [])


def test_it_names_the_network_the_version_the_day_and_the_fix() -> None:
    (ending,) = checks.endings([ending_in(20)], today=TODAY)
    message = checks.message(ending)
    assert message.msg == "LinkedIn's API version 202607, which convsync speaks, ends on 2027-06-21."
    assert "Install a release" in str(message.hint)
    assert ending.days_left == 20
    (past,) = checks.endings([ending_in(-2)], today=TODAY)
    assert "ended on 2027-05-30" in past.sentence


def test_it_names_the_nearest_end_first_and_no_network_without_one() -> None:
    facebook, google = NETWORKS["facebook"].manifest, NETWORKS["google"].manifest
    three = [ending_in(40), ending_in(3, google), replace(facebook, version_ends=None)]
    assert [ending.network for ending in checks.endings(three, today=TODAY)] == ["google", "linkedin"]


def test_it_is_one_of_djangos_system_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    found = checks.endings([ending_in(5)], today=TODAY)
    monkeypatch.setattr(checks, "endings_now", lambda: found)
    assert [message.id for message in django_checks.run_checks(tags=["versions"])] == ["ads.E001"]


def test_it_tells_the_operator_every_day(monkeypatch: pytest.MonkeyPatch) -> None:
    found = checks.endings([ending_in(5), ending_in(50, NETWORKS["google"].manifest)], today=TODAY)
    monkeypatch.setattr(tasks, "endings_now", lambda: found)
    with capture_logs() as lines:
        tasks.watch_versions()
    assert [(line["log_level"], line["event"], line["network"], line["days_left"]) for line in lines] == [
        ("error", "version.ending", "linkedin", 5),
        ("warning", "version.ending", "google", 50),
    ]
    assert lines[0]["ends"] == "2027-06-06"
    every_day = {entry["task"]: entry["schedule"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert every_day["pipeline.watch_versions"] == timedelta(days=1)

"""At the network's pace: what several limits count together."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from apps.ads.registry import NETWORKS
from apps.connections.models import Environment
from apps.core import pace
from apps.deliveries.pacing import Pacing
from apps.domain.manifest import Pace
from apps.domain.outcome import Outcome, Verdict

PER_ACCOUNT = Pace(per_minute=600, per_day=500_000, source="https://example.com")
PER_APP = Pace(per_minute=6000, per_day=3, source="https://example.com", by="app")


@pytest.fixture
def pacing() -> Pacing:
    """A network that counts by token, and by app too."""
    manifest = replace(NETWORKS["linkedin"].manifest, paces=(PER_ACCOUNT, PER_APP))
    return Pacing(manifest, uuid4(), Environment.SANDBOX)


def used(pacing: Pacing) -> list[int]:
    meters = pace.meters(set(pacing.names()))
    return [meters[name].used for name in pacing.names()]


def test_it_counts_a_call_by_the_account_and_by_the_app(pacing: Pacing) -> None:
    assert not pacing.turn("rule", timezone.now())
    assert not pacing.turn("rule", timezone.now())
    assert used(pacing) == [2, 2]


def test_it_counts_a_call_by_no_limit_when_one_of_them_says_wait(pacing: Pacing) -> None:
    assert [bool(pacing.turn("rule", timezone.now())) for _ in range(5)] == [False, False, False, True, True]
    assert used(pacing) == [3, 3]


def test_fault_26_it_believes_no_quota_that_lasts_longer_than_a_day(pacing: Pacing) -> None:
    absurd = Outcome(Verdict.HOLD, "429", wait=timedelta(days=10), throttled=True)
    assert pacing.throttled("rule", absurd, timezone.now()) == timedelta(days=1)

"""At the network's pace: what several limits count together."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from apps.ads.registry import NETWORKS
from apps.connections.models import Environment
from apps.core import pace
from apps.deliveries.pacing import Pacing
from apps.domain import pace as rules
from apps.domain.manifest import Pace
from apps.domain.outcome import Outcome, Verdict

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
REFUSED = Outcome(Verdict.HOLD, "429", throttled=True)
FIRST, A_LITTLE = rules.FIRST_WAIT, timedelta(seconds=1)
PER_ACCOUNT = Pace(per_minute=600, per_day=500_000, source="https://example.com")
PER_APP = Pace(per_minute=6000, per_day=3, source="https://example.com", by="app")


@pytest.fixture
def pacing() -> Pacing:
    """A network that counts by token, and by app too."""
    manifest = replace(NETWORKS["linkedin"].manifest, paces=(PER_ACCOUNT, PER_APP))
    return Pacing(manifest, uuid4(), uuid4(), Environment.SANDBOX)


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


@pytest.mark.parametrize("network", ["facebook", "google", "linkedin"])
def test_fault_27_its_waits_grow_where_no_network_says_how_long_and_are_short_again_after_a_success(
    network: str,
) -> None:
    pacing = Pacing(NETWORKS[network].manifest, uuid4(), uuid4(), Environment.SANDBOX)
    now, waits = NOON, []
    for _ in range(5):
        waits.append(pacing.throttled("upload:1:2", REFUSED, now))
        now += waits[-1] + A_LITTLE
    assert waits == sorted(waits)
    assert waits[0] < FIRST + A_LITTLE
    assert waits[4] > 7 * waits[0]
    pacing.accepted("upload:1:2", now)
    assert pacing.throttled("upload:1:2", REFUSED, now) < FIRST + A_LITTLE


def test_fault_27_an_account_waits_alone_where_the_network_tells_no_limit_for_all() -> None:
    connection, now = uuid4(), NOON
    one, other = (Pacing(NETWORKS["facebook"].manifest, connection, uuid4(), Environment.SANDBOX) for _ in "12")
    for _ in range(4):
        now += one.throttled("pixel", REFUSED, now)
    other.accepted("pixel", now)
    assert one.throttled("pixel", REFUSED, now) > 4 * FIRST
    assert other.throttled("pixel", REFUSED, now) < FIRST + A_LITTLE


def test_fault_27_it_is_not_left_alone_for_a_day_by_a_network_that_counts_no_days() -> None:
    pacing, now = Pacing(NETWORKS["facebook"].manifest, uuid4(), uuid4(), Environment.SANDBOX), NOON
    for _ in range(20):
        wait = pacing.throttled("pixel", REFUSED, now)
        now += wait
        assert wait < rules.LONGEST_WAIT + A_LITTLE

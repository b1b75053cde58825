"""How fast calls may leave: the minute, the UTC day, and backing off."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.domain import pace
from apps.domain.manifest import Pace

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
MIDNIGHT = datetime(2026, 11, 23, tzinfo=UTC)
LIMITS = Pace(per_minute=600, per_day=500_000, source="https://example.com")


def taken_at(limits: Pace, moments: list[datetime]) -> list[datetime]:
    """The moments, in their order, at which a call was given."""
    meter, given_at = pace.full(limits, moments[0]), []
    for moment in moments:
        meter, wait = pace.take(meter, limits, moment)
        if not wait:
            given_at.append(moment)
    return given_at


def test_linkedin_a20_it_gives_a_burst_at_once_and_then_one_by_one() -> None:
    meter = pace.full(LIMITS, NOW)
    for _ in range(60):
        meter, wait = pace.take(meter, LIMITS, NOW)
        assert not wait
    meter, wait = pace.take(meter, LIMITS, NOW)
    assert wait == pytest.approx(timedelta(seconds=1 / 9), abs=timedelta(milliseconds=1))
    _, wait = pace.take(meter, LIMITS, NOW + wait + timedelta(milliseconds=1))
    assert not wait


@given(st.lists(st.integers(0, 240_000), min_size=1, max_size=400), st.integers(1, 90))
def test_linkedin_a20_it_gives_no_more_in_any_minute_than_the_network_takes(offsets: list[int], most: int) -> None:
    limits = replace(LIMITS, per_minute=most)
    given_at = taken_at(limits, [NOW + timedelta(milliseconds=offset) for offset in sorted(offsets)])
    for first in given_at:
        within = [each for each in given_at if first <= each < first + timedelta(minutes=1)]
        assert len(within) <= max(most, 2)


def test_linkedin_a20_it_gives_the_days_calls_and_then_waits_for_midnight_of_utc() -> None:
    limits = replace(LIMITS, per_day=3)
    moments = [NOW + timedelta(minutes=minute) for minute in range(5)]
    assert len(taken_at(limits, moments)) == 3
    meter = replace(pace.full(limits, NOW), used=3)
    meter, wait = pace.take(meter, limits, NOW)
    assert NOW + wait == MIDNIGHT
    meter, wait = pace.take(meter, limits, MIDNIGHT)
    assert (wait, meter.used) == (timedelta(0), 1)


def test_linkedin_a20_it_backs_off_twice_as_long_each_time_and_then_until_midnight() -> None:
    meter, waits, now = pace.full(LIMITS, NOW), [], NOW
    for _ in range(pace.MOST_HITS):
        meter, wait = pace.refuse(meter, LIMITS, now, asked=None, jitter=1.0)
        waits.append(wait)
        now += wait
    assert [wait.total_seconds() for wait in waits[:-1]] == pytest.approx([10, 20, 40, 80, 160])
    assert MIDNIGHT <= now <= MIDNIGHT + pace.SPREAD
    _, wait = pace.take(meter, LIMITS, NOW)
    assert NOW + wait >= MIDNIGHT


def test_linkedin_a20_it_waits_as_long_as_it_was_asked_to_and_others_with_it() -> None:
    asked = timedelta(seconds=90)
    meter, wait = pace.refuse(pace.full(LIMITS, NOW), LIMITS, NOW, asked=asked, jitter=0.3)
    assert wait == asked
    _, others = pace.take(meter, LIMITS, NOW + timedelta(seconds=30))
    assert others == timedelta(seconds=60)


def test_linkedin_a20_it_begins_anew_once_a_call_was_taken() -> None:
    meter, _ = pace.refuse(pace.full(LIMITS, NOW), LIMITS, NOW, asked=None, jitter=1.0)
    meter, _ = pace.refuse(pace.accept(meter), LIMITS, NOW + timedelta(minutes=5), asked=None, jitter=1.0)
    assert meter.hits == 1


def test_fault_27_calls_that_were_on_their_way_together_are_one_refusal() -> None:
    meter, wait = pace.full(LIMITS, NOW), pace.NO_WAIT
    for second in range(8):
        meter, wait = pace.refuse(meter, LIMITS, NOW + timedelta(seconds=second), asked=None, jitter=1.0)
    assert meter.hits == 1
    assert wait <= 2 * pace.FIRST_WAIT


@given(st.lists(st.floats(0, 1), min_size=2, max_size=30))
def test_fault_27_each_wait_is_as_long_as_the_one_before_or_longer_up_to_its_limit(jitters: list[float]) -> None:
    undaily = replace(LIMITS, daily=False)
    meter, now, waits = pace.full(undaily, NOW), NOW, []
    for jitter in jitters:
        meter, wait = pace.refuse(meter, undaily, now, asked=None, jitter=jitter)
        waits.append(wait.total_seconds())
        now += wait + timedelta(milliseconds=1)
    growing = [wait for wait in waits if wait < pace.LONGEST_WAIT.total_seconds() / 2]
    assert growing == sorted(growing)
    assert max(waits) <= pace.LONGEST_WAIT.total_seconds() + 1


@given(jitter=st.floats(0, 1), hits=st.integers(0, 30))
def test_linkedin_a20_it_spreads_the_waits_and_never_waits_for_nothing(jitter: float, hits: int) -> None:
    meter = replace(pace.full(LIMITS, NOW), hits=hits)
    _, wait = pace.refuse(meter, LIMITS, NOW, asked=None, jitter=jitter)
    assert timedelta(seconds=4.9) <= wait <= timedelta(days=1) + pace.SPREAD


def test_it_takes_nothing_away_when_clocks_differ() -> None:
    meter, _ = pace.take(pace.full(LIMITS, NOW), LIMITS, NOW)
    earlier, wait = pace.take(meter, LIMITS, NOW - timedelta(seconds=30))
    assert not wait
    assert (earlier.at, earlier.left) == (meter.at, meter.left - 1)


@given(taken=st.integers(0, 60))
def test_h15_what_is_not_urgent_gets_a_turn_only_while_half_of_the_bucket_is_free(taken: int) -> None:
    meter = pace.full(LIMITS, NOW)
    for _ in range(taken):
        meter, _ = pace.take(meter, LIMITS, NOW)
    wait = pace.spare(meter, LIMITS, NOW)
    assert (not wait) is (taken <= 30)
    assert not pace.spare(meter, LIMITS, NOW + wait + timedelta(milliseconds=1))


def test_h15_half_of_the_calls_of_a_day_stay_with_what_is_live() -> None:
    day = replace(LIMITS, per_day=10)
    meter = replace(pace.full(day, NOW), used=5)
    assert NOW + pace.spare(meter, day, NOW) == MIDNIGHT


def test_h15_what_is_not_urgent_waits_out_what_the_network_asked_for() -> None:
    meter, wait = pace.refuse(pace.full(LIMITS, NOW), LIMITS, NOW, asked=timedelta(seconds=30), jitter=0)
    assert pace.spare(meter, LIMITS, NOW) == wait

"""The circuit breaker's rules."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from apps.domain import breaker
from apps.domain.breaker import CLOSED, LONGEST_PAUSE, OPENS_AFTER, Breaker, Position

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
jitters = st.floats(0, 1)


def after(faults: int, jitter: float = 1.0) -> Breaker:
    known = CLOSED
    for _ in range(faults):
        known = breaker.failed(known, now=NOW, jitter=jitter)
    return known


def test_it_stays_closed_for_a_fault_or_two_and_opens_at_the_third() -> None:
    assert [after(faults).position(NOW) for faults in range(4)] == [Position.CLOSED] * 3 + [Position.OPEN]


@given(st.integers(OPENS_AFTER, 60), jitters)
def test_it_is_half_open_once_its_pause_is_over_and_never_pauses_longer_than_it_says(
    faults: int, jitter: float
) -> None:
    known = after(faults, jitter)
    assert known.open_until is not None
    assert NOW < known.open_until <= NOW + LONGEST_PAUSE
    assert known.position(known.open_until) is Position.HALF_OPEN


def test_it_doubles_its_pause_with_every_probe_that_comes_to_nothing() -> None:
    pauses = [after(faults).open_until for faults in range(OPENS_AFTER, OPENS_AFTER + 7)]
    assert [(until - NOW).total_seconds() for until in pauses if until] == [10, 20, 40, 80, 160, 300, 300]


def test_it_does_not_believe_an_end_that_a_wrong_clock_wrote() -> None:
    assert Breaker(OPENS_AFTER, NOW + timedelta(minutes=15)).position(NOW) is Position.HALF_OPEN


@given(st.integers(OPENS_AFTER, 60), jitters, jitters)
def test_it_lets_lanes_come_back_after_the_pause_and_those_at_risk_first(
    faults: int, jitter: float, other: float
) -> None:
    known = after(faults, jitter)
    assert known.open_until is not None
    left = known.open_until - NOW
    rest = breaker.rest(known, now=NOW, at_risk=False, jitter=other)
    soon = breaker.rest(known, now=NOW, at_risk=True, jitter=other)
    assert left <= soon <= rest <= left + LONGEST_PAUSE / 2
    assert soon - left <= LONGEST_PAUSE / 20


def test_it_counts_silence_and_being_out_of_order_and_nothing_that_is_an_answer() -> None:
    assert breaker.is_fault(status=0, fault="not_sent")
    assert breaker.is_fault(status=503, fault="")
    assert not any(breaker.is_fault(status=status, fault="") for status in (200, 400, 401, 429))

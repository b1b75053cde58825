"""When silence is told of: soon for what is steady, never for what seldom happens, seldom for what is only chance."""

import random
from datetime import UTC, datetime, timedelta
from itertools import product
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.domain.alerts import QUIET_CAUSES
from apps.domain.facts import Trigger
from apps.domain.quiet import LEAST_A_MONTH, WEEKS, Circumstances, Rhythm, is_quiet, likely_cause, stretches

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
HOUR = timedelta(hours=1)
counts = st.lists(st.integers(0, 500), min_size=0, max_size=WEEKS)


def steady(a_day: float, hours: float) -> bool:
    """Whether an event that fires so often a day, evenly, is quiet after so many hours of nothing."""
    expected = round(a_day * hours / 24)
    return is_quiet(Rhythm([expected] * WEEKS, round(a_day * 28)), silence=hours * HOUR)


@pytest.mark.parametrize(("a_day", "hours"), [(2000, 1), (200, 2.5), (50, 8), (10, 32), (2, 6 * 24)])
def test_it_tells_soon_of_what_is_steady_and_the_sooner_the_steadier(a_day, hours):
    assert steady(a_day, hours)
    assert not steady(a_day, hours / 3)


@given(counts, st.integers(0, LEAST_A_MONTH - 1), st.integers(0, 10_000))
def test_it_never_tells_of_an_event_with_few_signals(same_stretch, in_all, hours):
    assert not is_quiet(Rhythm(same_stretch, in_all), silence=hours * HOUR)


@given(counts, st.integers(0, 100_000))
def test_it_never_tells_of_a_short_silence(same_stretch, in_all):
    assert not is_quiet(Rhythm(same_stretch, in_all), silence=timedelta(minutes=59))


@given(st.lists(st.integers(0, 500), max_size=2), st.integers(0, 100_000))
def test_it_never_tells_of_an_event_that_is_too_young(same_stretch, in_all):
    assert not is_quiet(Rhythm(same_stretch, in_all), silence=100 * HOUR)


@given(st.lists(st.integers(1, 500), min_size=3, max_size=3), st.integers(0, 3), st.integers(0, 100_000))
def test_it_never_tells_of_hours_that_were_silent_in_a_week_before(others, place, in_all):
    same_stretch = [*others[:place], 0, *others[place:]]
    assert not is_quiet(Rhythm(same_stretch, in_all), silence=100 * HOUR)


@given(st.integers(1, 500), st.integers(1, 500), st.integers(LEAST_A_MONTH, 100_000))
def test_more_that_was_to_be_expected_never_makes_it_less_sure(fewer, more, in_all):
    fewer, more = sorted((fewer, more))
    if is_quiet(Rhythm([fewer] * WEEKS, in_all), silence=HOUR):
        assert is_quiet(Rhythm([more] * WEEKS, in_all), silence=HOUR)


@given(st.permutations([30, 31, 29, 30]))
def test_the_order_of_the_weeks_makes_no_difference(weeks):
    assert is_quiet(Rhythm(weeks, 3000), silence=8 * HOUR)


def test_weeks_that_differ_by_more_than_chance_ask_for_more_patience():
    assert is_quiet(Rhythm([20, 20, 20, 20], 600), silence=9 * HOUR)
    assert not is_quiet(Rhythm([1, 40, 2, 37], 600), silence=9 * HOUR)


def test_chance_alone_raises_an_alarm_in_one_of_a_hundred_event_months_at_most():
    """Poisson at a constant rate, looked at every hour, as the alarm does; by this seed and with room for chance."""
    draw = random.Random(7)  # noqa: S311 - the same at every run
    months = alarms = 0
    for rate in (0.2, 1.0, 4.0) * 12:
        hours = [_poisson(draw, rate) for _ in range(24 * 7 * 12)]
        months += 2
        alarms += _alarms(hours)
    assert alarms <= max(1, months * 0.03)


def _poisson(draw: random.Random, rate: float) -> int:
    number, passed = 0, draw.expovariate(rate)
    while passed < 1:
        number, passed = number + 1, passed + draw.expovariate(rate)
    return number


def _alarms(hours: list[int]) -> int:
    """How many silences are told of from the fifth week on."""
    week, told, last, quiet = 24 * 7, 0, 0, False
    for now in range(4 * week, len(hours)):
        if hours[now]:
            last, quiet = now + 1, False
            continue
        length = now + 1 - last
        same = [sum(hours[last - k * week : now + 1 - k * week]) for k in range(1, 5)]
        if not quiet and is_quiet(Rhythm(same, sum(hours[now - 4 * week : now])), silence=length * HOUR):
            told, quiet = told + 1, True
    return told


def test_the_same_hours_of_a_week_are_those_on_the_wall_also_across_a_change_of_the_clock():
    last = datetime(2026, 10, 26, 8, 0, tzinfo=UTC)  # nine o'clock in Amsterdam, the day after summer time ended
    before = stretches(last=last, now=last + 5 * HOUR, on_since=datetime(2026, 1, 1, tzinfo=UTC), zone=AMSTERDAM)
    assert [start.astimezone(UTC).hour for start, _ in before] == [7, 7, 7, 7]
    assert [end - start for start, end in before] == [5 * HOUR] * 4
    assert before[0][0].astimezone(UTC) == datetime(2026, 10, 19, 7, 0, tzinfo=UTC)


def test_it_looks_back_no_further_than_the_event_was_on():
    now = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
    known = {"last": now - 5 * HOUR, "now": now, "zone": AMSTERDAM}
    assert len(stretches(on_since=now - timedelta(days=15), **known)) == 2
    assert stretches(on_since=now - timedelta(days=2), **known) == []


CAUSES = [
    ({"blocked": "consent_unknown"}, "blocked"),
    ({"blocked": "consent_unknown", "property_gone": True}, "property_gone"),
    ({"source_gone": True}, "form_gone"),
    ({"signed_out": True}, "signed_out"),
    ({"others_came": True, "any_came": True}, "not_sent_in"),
    ({}, "site_silent"),
]


@pytest.mark.parametrize(("changed", "cause"), CAUSES)
def test_fault_41_it_names_the_likeliest_cause(changed, cause):
    nothing = {"blocked": "", **dict.fromkeys(("source_gone", "property_gone", "signed_out"), False)}
    known = Circumstances(**{**nothing, "others_came": False, "any_came": False, **changed})
    assert likely_cause(Trigger.FORM_SUBMISSION, known) == cause


@pytest.mark.parametrize("trigger", Trigger)
def test_every_cause_that_it_can_name_has_words(trigger):
    for flags in product([True, False], repeat=5):
        for blocked in ("", "no_click"):
            assert likely_cause(trigger, Circumstances(blocked, *flags)) in QUIET_CAUSES

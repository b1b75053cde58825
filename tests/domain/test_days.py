"""Days in a time zone: every moment is of one day, which is what the clock on the wall says."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.domain.days import Period, day_start, today

ZONES = (
    *("UTC", "Europe/Amsterdam", "Europe/Lisbon", "America/New_York", "America/Santiago", "America/Havana"),
    *("America/Sao_Paulo", "Africa/Cairo", "Asia/Beirut", "Asia/Kolkata", "Asia/Kathmandu", "Asia/Tehran"),
    *("Australia/Lord_Howe", "Pacific/Apia", "Pacific/Chatham", "Pacific/Kiritimati", "Atlantic/Azores"),
)
DAYS = st.dates(date(2012, 1, 1), date(2037, 12, 1))


@given(zone=st.sampled_from(ZONES), first=DAYS, length=st.integers(1, 40), second=st.integers(-90_000, 3_600_000))
def test_h06_each_moment_is_of_the_day_that_the_wall_clock_says(zone, first, length, second):
    period = Period(first, first + timedelta(days=length - 1), zone)
    moment = period.since + timedelta(seconds=second)
    there = moment.astimezone(ZoneInfo(zone)).date()
    assert period.day_of(moment) == (there if period.first <= there <= period.last else None)


@given(zone=st.sampled_from(ZONES), first=DAYS, length=st.integers(1, 400))
def test_h06_the_days_of_a_period_touch_and_add_up_to_it(zone, first, length):
    period = Period(first, first + timedelta(days=length - 1), zone)
    bounds = [*period.starts, period.until]
    assert bounds[0] == period.since
    assert len(bounds) == length + 1
    lengths = [after - before for before, after in pairwise(bounds)]
    assert all(timedelta(hours=22) < each < timedelta(hours=26) for each in lengths)
    assert sum(lengths, timedelta()) == period.until - period.since


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Amsterdam", date(2026, 3, 29), 23),
        ("Europe/Amsterdam", date(2026, 10, 25), 25),
        ("Europe/Amsterdam", date(2026, 11, 22), 24),
        ("America/New_York", date(2026, 3, 8), 23),
        ("Australia/Lord_Howe", date(2026, 4, 5), 24.5),
        ("America/Santiago", date(2026, 9, 6), 23),  # midnight itself is skipped
    ],
)
def test_h06_a_day_is_as_long_as_its_clocks_make_it(zone, day, hours):
    assert Period(day, day, zone).until - Period(day, day, zone).since == timedelta(hours=hours)


def test_h06_a_day_whose_midnight_is_skipped_begins_when_the_clocks_are_put_forward():
    start = day_start(date(2026, 9, 6), "America/Santiago")
    assert start == datetime(2026, 9, 6, 4, tzinfo=UTC)
    assert start.astimezone(ZoneInfo("America/Santiago")).hour == 1


def test_h06_a_day_that_a_zone_left_out_is_empty():
    # Samoa went from the 29th to the 31st of December 2011.
    day = Period(date(2011, 12, 30), date(2011, 12, 30), "Pacific/Apia")
    assert day.since == day.until


def test_h06_it_is_another_day_elsewhere():
    now = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)
    assert today(now, "Europe/Amsterdam") == date(2026, 11, 23)
    assert today(now, "America/New_York") == date(2026, 11, 22)

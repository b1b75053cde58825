"""Windows in every time zone: a length of time is the same everywhere, whatever the clocks there do."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.ads.registry import NETWORKS
from apps.domain.facts import Click, Contact
from apps.domain.windows import click_for, closes_at
from tests.domain.cases import CLICK, ENHANCEMENT, WEB
from tests.domain.test_days import ZONES

MOMENTS = st.integers(1_577_836_800, 2_051_222_400).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
SHAPES = [
    *(WEB, CLICK, ENHANCEMENT),
    *(shape for network in NETWORKS.values() for shape in network.manifest.shapes.values()),
]


def there(moment: datetime, zone: str) -> datetime:
    return moment.astimezone(ZoneInfo(zone))


@given(moment=MOMENTS, zone=st.sampled_from(ZONES), shape=st.sampled_from(SHAPES), before=st.integers(0, 90 * 86_400))
def test_h04_a_window_closes_at_the_same_moment_in_every_zone(moment, zone, shape, before):
    clicked = moment - timedelta(seconds=before)
    plain = closes_at(shape, moment, Click("c", clicked))
    local = closes_at(shape, there(moment, zone), Click("c", there(clicked, zone)))
    assert plain == local
    assert (
        plain is None
        or (plain - moment).total_seconds() == (local - there(moment, zone).astimezone(UTC)).total_seconds()
    )


@given(
    moment=MOMENTS,
    zone=st.sampled_from(ZONES),
    before=st.one_of(st.integers(-7_200, 7_200), st.integers(90 * 86_400 - 7_200, 90 * 86_400 + 7_200)),
)
def test_h04_the_same_click_is_credited_in_every_zone(moment, zone, before):
    click = Click("c", moment - timedelta(seconds=before))
    moved = Click("c", there(click.first_seen, zone))
    kind, _, reason = click_for(CLICK, Contact({}, {"gclid": (click,)}), moment)
    found = click_for(CLICK, Contact({}, {"gclid": (moved,)}), there(moment, zone))
    assert (found[0], found[2]) == (kind, reason)
    expected = "before_click" if before < 0 else "click_too_old" if before > 90 * 86_400 else None
    assert reason == expected


@pytest.mark.parametrize(
    "occurred", ["2026-03-28T12:00:00+01:00", "2026-10-24T12:00:00+02:00", "2026-07-01T12:00:00+02:00"]
)
def test_h04_twenty_four_hours_are_twenty_four_hours_when_the_clocks_change(occurred):
    began = datetime.fromisoformat(occurred).astimezone(ZoneInfo("Europe/Amsterdam"))
    closes = closes_at(ENHANCEMENT, began, None)
    assert closes is not None
    assert closes - began.astimezone(UTC) == timedelta(hours=24) - ENHANCEMENT.margin

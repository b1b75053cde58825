"""An event of which most is suddenly blocked is told of once, with what blocks most, and once when it is well again."""

from datetime import datetime, timedelta

import pytest

from apps.conversions.models import Event
from apps.domain.states import State
from apps.operating.quieting import quiet_watch
from apps.operating.words import opening_of
from tests.operating.test_quieting import HOUR, NOW, OLD, every, fired
from tests.support.told import alerts
from tests.support.world import World

DAY = timedelta(days=1)
KIND = "mostly_blocked"


def heard(world: World, event: Event, *, since: datetime, until: datetime, passing: int, shift: int = 0) -> None:
    """Forty acts a day, of which so many of ten pass; the others' consent is unknown."""
    moments = [moment + timedelta(seconds=shift) for moment in every(0.6, until=until, since=since)]
    fired(world, event, [each for place, each in enumerate(moments) if place % 10 < passing])
    blocked = [each for place, each in enumerate(moments) if place % 10 >= passing]
    fired(world, event, blocked, State.BLOCKED, "consent_unknown")


@pytest.fixture
def event(world: World) -> Event:
    """Nine of ten passed for weeks."""
    event = world.make_event("facebook", at=OLD)
    heard(world, event, since=NOW - 30 * DAY, until=NOW - 2 * DAY, passing=9)
    return event


def test_it_tells_once_that_most_is_blocked_and_by_what_and_once_that_it_is_well_again(world, event):
    heard(world, event, since=NOW - DAY, until=NOW, passing=2)
    assert quiet_watch(now=NOW).opened == 1
    (alert,) = alerts(kind=KIND)
    assert (alert.workspace_id, alert.subject) == (world.workspace.id, str(event.id))
    assert (alert.detail["now"], alert.detail["before"], alert.detail["why"]) == ("20", "90", "consent_unknown")
    assert opening_of(alert).startswith("Most of what the event “")
    assert "20 of 100 get through, where it was 90. " in opening_of(alert)
    for hours in (1, 2):
        assert quiet_watch(now=NOW + hours * HOUR).opened == 0
    heard(world, event, since=NOW + 2 * HOUR, until=NOW + 27 * HOUR, passing=9, shift=7)
    quiet_watch(now=NOW + 27 * HOUR)
    assert quiet_watch(now=NOW + 30 * HOUR).ended == 1
    assert len(alerts(kind=KIND)) == 1


def test_it_goes_on_being_one_alert_while_weeks_of_it_become_the_past(world, event):
    heard(world, event, since=NOW - 2 * DAY, until=NOW + 21 * DAY, passing=2)
    for days in range(0, 21, 3):
        quiet_watch(now=NOW + days * DAY)
    (alert,) = alerts(kind=KIND)
    assert alert.ended_at is None


@pytest.mark.parametrize("passing", [9, 8, 6])
def test_it_says_nothing_of_a_share_that_moves_a_little(world, event, passing):
    heard(world, event, since=NOW - 2 * DAY, until=NOW, passing=passing)
    assert quiet_watch(now=NOW).opened == 0


def test_it_says_nothing_of_one_that_was_always_mostly_blocked(world):
    event = world.make_event("facebook", at=OLD)
    heard(world, event, since=NOW - 30 * DAY, until=NOW, passing=2)
    assert quiet_watch(now=NOW).opened == 0


def test_where_nothing_passes_any_more_it_is_quiet_and_told_of_once(world, event):
    heard(world, event, since=NOW - 2 * DAY, until=NOW, passing=0)
    assert quiet_watch(now=NOW).opened == 1
    (alert,) = alerts(opened_at__isnull=False)
    assert (alert.kind, alert.detail["cause"], alert.detail["reason"]) == ("quiet", "blocked", "consent_unknown")

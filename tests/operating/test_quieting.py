"""An event that fired steadily and stopped is told of, with its likely cause; one that fires again is over."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.conversions.models import Conversion, Event
from apps.core.ids import derived_id
from apps.domain.facts import Trigger
from apps.domain.states import State
from apps.operating.quieting import quiet_watch
from apps.operating.words import opening_of
from apps.records.models import PropertyDefinition
from apps.signals.models import Signal, Unjudged
from apps.tracking.models import Form
from tests.support import factories
from tests.support.told import alerts
from tests.support.world import World

HOUR = timedelta(hours=1)
NOW = timezone.now().replace(minute=0, second=0, microsecond=0)
OLD = NOW - timedelta(weeks=6)


def fired(world: World, event: Event, moments: Iterable[datetime], state: str = State.SENT, reason: str = "") -> None:
    """Signals and their conversions at these moments, as the stream would have left them."""
    assert event.version_id
    contact = factories.a_contact(world.workspace)
    signals, conversions = [], []
    for moment in moments:
        number = derived_id(at=moment, key=f"{event.id} {moment}")
        signals.append(
            Signal(
                workspace_id=world.workspace.id,
                id=number,
                kind=event.trigger,
                name=event.trigger_name,
                contact_id=contact,
                occurred_at=moment,
                recorded_at=moment,
            )
        )
        conversions.append(
            Conversion(
                workspace_id=world.workspace.id,
                signal_id=number,
                event_id=event.id,
                version_id=event.version_id,
                account_id=event.account_id,
                contact_id=contact,
                network=event.account.network,
                state=state,
                reason=reason,
                occurred_at=moment,
                judged_at=moment,
            )
        )
    with world.scope():
        Unjudged.objects.all().delete()
        Signal.objects.bulk_create(signals)
        Conversion.objects.bulk_create(conversions)


def every(hours: float, *, until: datetime, since: datetime = NOW - timedelta(weeks=5)) -> list[datetime]:
    """Moments from `since` to before `until`, so many hours apart."""
    count = int((until - since) / (hours * HOUR))
    return [until - number * hours * HOUR for number in range(1, count + 1)]


def causes() -> list[str]:
    return [alert.detail["cause"] for alert in alerts(kind="quiet", ended_at=None)]


@pytest.fixture
def event(world: World) -> Event:
    return world.make_event("facebook", at=OLD)


def test_it_tells_of_a_steady_event_that_has_stopped_and_when_it_fires_again(world, event):
    fired(world, event, every(0.5, until=NOW - 8 * HOUR))
    assert quiet_watch(now=NOW).opened == 1
    assert quiet_watch(now=NOW + HOUR).opened == 0
    (alert,) = alerts(kind="quiet")
    assert alert.workspace_id == world.workspace.id
    assert "has gone quiet: nothing comes in from your site any more" in opening_of(alert)
    fired(world, event, [NOW + HOUR])
    assert quiet_watch(now=NOW + 2 * HOUR).ended == 1


def test_it_says_nothing_of_one_that_goes_on(world, event):
    fired(world, event, every(0.5, until=NOW))
    assert quiet_watch(now=NOW).opened == 0


def test_it_says_nothing_of_one_that_seldom_fires(world, event):
    fired(world, event, every(60, until=NOW - timedelta(days=9)))
    assert quiet_watch(now=NOW).opened == 0


def test_it_says_nothing_of_a_young_one(world):
    young = world.make_event("facebook", at=NOW - timedelta(days=14))
    fired(world, young, every(0.5, until=NOW - 8 * HOUR, since=NOW - timedelta(days=13)))
    assert quiet_watch(now=NOW).opened == 0


def test_it_says_nothing_of_nights_that_are_always_silent(world, event):
    """It fires every six minutes in eight hours of each day, which ended fifteen hours ago."""
    days = [NOW - timedelta(days=day) - 15 * HOUR for day in range(1, 35)]
    fired(world, event, [day - number * timedelta(minutes=6) for day in days for number in range(80)])
    fired(world, event, [NOW - 15 * HOUR - number * timedelta(minutes=6) for number in range(80)])
    assert quiet_watch(now=NOW).opened == 0
    assert quiet_watch(now=NOW + HOUR).opened == 0
    assert quiet_watch(now=NOW + 5 * HOUR).opened == 1


def test_it_says_nothing_of_one_that_was_switched_off_or_deleted(world):
    for values in ({"on_since": None}, {"deleted_at": NOW}):
        event = world.make_event("facebook", at=OLD)
        fired(world, event, every(0.5, until=NOW - 8 * HOUR))
        with world.scope():
            Event.objects.filter(id=event.id).update(**values)
    assert quiet_watch(now=NOW).opened == 0


def test_switching_it_off_ends_the_alert(world, event):
    fired(world, event, every(0.5, until=NOW - 8 * HOUR))
    quiet_watch(now=NOW)
    with world.scope():
        Event.objects.update(on_since=None)
    assert quiet_watch(now=NOW + HOUR).ended == 1


def test_it_stays_open_when_the_past_itself_has_become_silent(world, event):
    fired(world, event, every(0.5, until=NOW - 8 * HOUR))
    quiet_watch(now=NOW)
    assert quiet_watch(now=NOW + timedelta(weeks=7)).ended == 0


def test_it_says_nothing_while_judging_is_behind(world, event):
    fired(world, event, every(0.5, until=NOW - 8 * HOUR))
    contact = str(factories.a_contact(world.workspace))
    factories.a_completion(world.behaviour, contact_id=contact)
    with world.scope():
        Unjudged.objects.update(recorded_at=NOW - HOUR)
    assert quiet_watch(now=NOW).opened == 0


def test_fault_41_consent_that_is_never_given_any_more_is_the_cause(world, event):
    fired(world, event, every(0.5, until=NOW - 8 * HOUR))
    fired(world, event, every(0.5, until=NOW, since=NOW - 8 * HOUR), State.BLOCKED, "consent_unknown")
    quiet_watch(now=NOW)
    (alert,) = alerts(kind="quiet")
    assert "all of them are blocked: The contact has no value for the consent property" in opening_of(alert)


def test_fault_41_a_consent_property_that_was_renamed_is_the_cause(world, event):
    fired(world, event, every(0.5, until=NOW - 8 * HOUR))
    fired(world, event, every(0.5, until=NOW, since=NOW - 8 * HOUR), State.BLOCKED, "consent_unknown")
    with world.scope():
        PropertyDefinition.objects.filter(name=world.consent_property).update(name="consent_2027")
    quiet_watch(now=NOW)
    (alert,) = alerts(kind="quiet")
    assert f"its consent property {world.consent_property} is not there any more" in opening_of(alert)


def test_fault_41_a_form_that_was_archived_is_the_cause(world, event):
    fired(world, event, every(0.5, until=NOW - 8 * HOUR))
    with world.scope():
        Form.objects.update(archived_at=NOW - 8 * HOUR)
    quiet_watch(now=NOW)
    assert causes() == ["form_gone"]


@pytest.mark.parametrize(
    ("trigger", "cause"), [(Trigger.STAGE_CHANGE, "crm_silent"), (Trigger.CUSTOM_EVENT, "site_silent")]
)
def test_a_source_that_is_silent_as_a_whole_is_the_cause(world, trigger, cause):
    event = world.make_event("linkedin", trigger, at=OLD)
    fired(world, event, every(0.5, until=NOW - 8 * HOUR))
    quiet_watch(now=NOW)
    assert causes() == [cause]


def test_one_that_is_silent_while_others_go_on_is_told_apart(world):
    event, other = (world.make_event("linkedin", Trigger.STAGE_CHANGE, at=OLD) for _ in range(2))
    fired(world, event, every(0.5, until=NOW - 8 * HOUR))
    fired(world, other, every(0.5, until=NOW))
    quiet_watch(now=NOW)
    assert causes() == ["not_reached"]


def test_it_asks_as_often_for_many_events_as_for_few(world):
    for _ in range(2):
        fired(world, world.make_event("facebook", at=OLD), every(1, until=NOW))
    with CaptureQueriesContext(connection) as few:
        quiet_watch(now=NOW + 2 * HOUR)
    for _ in range(6):
        fired(world, world.make_event("facebook", at=OLD), every(1, until=NOW))
    with CaptureQueriesContext(connection) as many:
        quiet_watch(now=NOW + 2 * HOUR)
    assert len(many) == len(few)

"""Which version of an event judges: the one that was in force when the signal occurred (ADR 15)."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.conversions.judging import judge_batch
from apps.conversions.models import Conversion, Event, EventVersion
from tests.support import factories
from tests.support.world import World, make_world

pytestmark = pytest.mark.django_db(transaction=True)
NOW = timezone.now()


@pytest.fixture
def world() -> World:
    """A workspace with an event on its form since two days ago."""
    return make_world()


def edited(event: Event, at: datetime, **settings: Any) -> EventVersion:
    """The event's next version, in force from `at`."""
    held = EventVersion.objects.filter(event=event).order_by("-number").first()
    assert held is not None
    event.version = EventVersion.objects.create(
        workspace_id=event.workspace_id,
        event=event,
        number=held.number + 1,
        settings={**held.settings, **settings},
        created_at=at,
        created_by="robin@convsync.test",
    )
    event.save(update_fields=["version"])
    return event.version


def judged(world: World) -> list[tuple[Any, ...]]:
    with world.scope():
        judge_batch(workspace_id=world.workspace.id, now=timezone.now())
        return list(Conversion.objects.order_by("signal_id").values_list("value", "state", "reason"))


def test_a06_it_judges_what_happened_before_an_edit_by_the_version_of_that_moment(world: World) -> None:
    event = world.make_event(at=NOW - timedelta(days=2))
    with world.scope():
        edited(event, NOW - timedelta(days=1), value="50.00")
        edited(event, NOW - timedelta(hours=1), value="75.00")
    for hours in (36, 12, 0.5):
        factories.a_submission(world.form, at=NOW - timedelta(hours=hours))
    assert judged(world) == [
        (Decimal("25.00"), "waiting", ""),
        (Decimal("50.00"), "waiting", ""),
        (Decimal("75.00"), "waiting", ""),
    ]


def test_a06_it_holds_what_happened_before_the_first_version_against_no_later_one(world: World) -> None:
    event = world.make_event(at=NOW - timedelta(hours=2))
    with world.scope():
        edited(event, NOW - timedelta(hours=1), value="50.00")
    factories.a_submission(world.form, at=NOW - timedelta(hours=3))
    assert judged(world) == [(None, "blocked", "before_event")]


def test_it_reads_versions_only_when_a_batch_reaches_back_before_an_edit(world: World) -> None:
    def queries(*hours: float) -> int:
        for each in hours:
            factories.a_submission(world.form, at=NOW - timedelta(hours=each))
        with CaptureQueriesContext(
            connection,
        ) as seen:
            judged(world)
        return len(seen)

    events = [world.make_event(at=NOW - timedelta(days=2)) for _ in range(3)]
    queries(0.5)
    known = queries(0.5)
    with world.scope():
        for event in events:
            for back in (4, 3, 2):
                edited(event, NOW - timedelta(hours=back), value=str(back))
    assert queries(0.5) == known + 1  # what the new versions say, which is then remembered
    assert queries(0.5) == known
    assert queries(30, 3.5, 2.5, 0.5) == known + 2  # which versions there were, and what they said
    assert queries(29, 3.4, 2.4, 0.4) == known + 1

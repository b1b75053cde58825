"""No screen asks the database more often because there is more in it."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.conversions.models import Conversion
from apps.pipeline import flow
from apps.signals.models import Signal
from tests.support import factories
from tests.support.world import World


def _more(world: World, number: int) -> None:
    for network in ("facebook", "google", "linkedin"):
        world.make_event(network, "stage_change", name=f"{network} {number}", at=timezone.now() - timedelta(hours=1))
    for person in range(4):
        factories.a_contact(world.workspace, email=f"p{number}-{person}@example.com", lifecyclestage="customer")
        factories.a_submission(world.form, email=f"f{number}-{person}@example.com")
        factories.a_completion(world.behaviour, email=f"c{number}-{person}@example.com")
    factories.a_behaviour(world.workspace, f"Behaviour {number}")
    flow.judge(workspace_id=world.workspace.id)


@pytest.mark.parametrize(
    ("address", "most"),
    [
        ("/", 26),
        ("/alerts/", 12),
        ("/alerts/settings/", 14),
        ("/events/", 16),
        ("/events/new/?network=facebook&trigger=stage_change", 26),
        ("/events/{event}/", 26),
        ("/events/{event}/edit/", 30),
        ("/events/{event}/roll-back/1/", 40),
        ("/custom-events/", 14),
        ("/signals/", 20),
        ("/ledger/", 16),
        ("/deadlines/", 18),
        ("/signals/{signal}/", 26),
        ("/signals/{signal}/{made}/request/", 14),
        ("/settings/keys/", 12),
        ("/settings/members/", 12),
    ],
)
def test_it_asks_the_database_as_often_for_many_rows_as_for_few(world: World, admin: Client, address: str, most: int):
    event = world.make_event("facebook", at=timezone.now() - timedelta(hours=1))
    _more(world, 1)
    with world.scope():
        ids = {"event": event.id, "signal": Signal.objects.filter(name="customer").earliest("recorded_at").id}
        ids["made"] = Conversion.objects.filter(signal_id=ids["signal"]).earliest("event_id").event_id
    page = address.format(**ids)
    admin.get(page)
    with CaptureQueriesContext(connection) as few:
        admin.get(page)
    _more(world, 2)
    _more(world, 3)
    with CaptureQueriesContext(connection) as many:
        admin.get(page)
    assert len(many) <= len(few)
    assert len(many) <= most

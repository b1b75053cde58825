"""Deciding about held conversions, on the overview, on the signal's page and over the API."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from apps.conversions.models import Conversion
from apps.core.actor import SYSTEM
from apps.pipeline import flow
from apps.workspaces.roles import Role
from apps.workspaces.services import api_key_create
from tests.support import factories
from tests.support.world import World


@pytest.fixture
def held(world: World) -> Conversion:
    """A conversion that waits for somebody."""
    world.make_event("linkedin", "custom_event", value_from="signal", at=timezone.now() - timedelta(hours=1))
    factories.a_completion(world.behaviour)
    flow.judge(workspace_id=world.workspace.id)
    step = ["outlier", "hold", "outlier", {"amount": "900.00", "currency": "EUR", "usual": "25.00"}]
    with world.scope():
        Conversion.objects.update(due_at=None, reason="outlier", value=900, trace=[step])
        return Conversion.objects.get()


def again(world: World, conversion: Conversion) -> Conversion:
    with world.scope():
        return Conversion.objects.get(signal_id=conversion.signal_id)


def decide(client: Client, conversion: Conversion, decision: str, place: str = "signal"):
    address = f"/signals/{conversion.signal_id}/decide/{conversion.event_id}/"
    return client.post(address, {"decision": decision, "from": place})


def test_h14_it_asks_on_the_overview_and_on_the_signal_s_page(admin, held):
    overview = admin.get("/").content.decode()
    assert "1 conversion waits for you" in overview
    assert "usually €25.00" in overview
    page = admin.get(f"/signals/{held.signal_id}/").content.decode()
    assert "Do not send" in page
    assert "waits for somebody to look" in page


def test_h14_a_marketer_sends_it_and_comes_back(world, sign_in, held):
    answer = decide(sign_in(Role.MARKETER), held, "send", "overview")
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert again(world, held).due_at is not None


def test_h14_a_marketer_refuses_it(world, sign_in, held):
    answer = decide(sign_in(Role.MARKETER), held, "drop")
    assert answer["Location"] == f"/signals/{held.signal_id}/"
    assert again(world, held).state == "cancelled"


def test_h14_a_viewer_sees_it_and_decides_nothing(world, sign_in, held):
    viewer = sign_in(Role.VIEWER)
    assert "A marketer or an admin decides." in viewer.get("/").content.decode()
    assert decide(viewer, held, "send").status_code == 403
    assert again(world, held).due_at is None


def test_h14_it_refuses_a_decision_that_it_does_not_know(admin, held):
    assert decide(admin, held, "perhaps").status_code == 400


@pytest.mark.parametrize(("act", "state"), [("release", "waiting"), ("reject", "cancelled")])
def test_h14_an_integrator_decides(world, held, act, state):
    with world.scope():
        _, key = api_key_create(
            workspace_id=world.workspace.id, name="Key", scopes=["events.write"], by=SYSTEM, at=timezone.now()
        )
    client = Client(headers={"Authorization": f"Bearer {key}"})
    wanted = {"signal_id": str(held.signal_id), "event_id": str(held.event_id)}
    address = f"/api/v1/conversions/{act}"
    answer = client.post(address, wanted, content_type="application/json")
    assert (answer.status_code, answer.json()["state"]) == (200, state)
    assert client.post(address, wanted, content_type="application/json").status_code == 409
    unknown = {**wanted, "signal_id": str(uuid4())}
    assert client.post(address, unknown, content_type="application/json").status_code == 404

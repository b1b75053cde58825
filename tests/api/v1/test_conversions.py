"""/api/v1/conversions/correct."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from apps.conversions.models import Conversion
from apps.pipeline import flow
from apps.signals.models import Signal
from tests.api.conftest import Api, make_key
from tests.support import factories
from tests.support.world import World

CORRECT = "/api/v1/conversions/correct"


@pytest.fixture
def body(world: World) -> dict[str, Any]:
    """A restatement of a conversion that Google took."""
    world.make_event("google", "custom_event", at=timezone.now() - timedelta(days=1))
    factories.a_completion(world.behaviour)
    flow.judge(workspace_id=world.workspace.id)
    with world.scope():
        Conversion.objects.update(state="sent", network_event_id="c1", currency="EUR")
        conversion = Conversion.objects.get()
    names = {"signal_id": str(conversion.signal_id), "event_id": str(conversion.event_id)}
    return {**names, "adjustment": "restatement", "value": 19.95}


def test_it_corrects_a_conversion_and_names_the_correction_s_signal(
    api: Api, world: World, body: dict[str, Any]
) -> None:
    answer = api.post(CORRECT, body)
    assert answer.status == 201, answer.body
    told = api.get(f"/api/v1/signals/{answer.body['signal_id']}").body
    assert told["signal"]["kind"] == "adjustment"
    assert told["facts"]["original"] == body["signal_id"]
    assert (told["facts"]["value"], told["facts"]["currency"]) == ("19.95", "EUR")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"value": None}, "value"),
        ({"value": "many"}, "value"),
        ({"currency": "eur"}, "currency"),
        ({"adjustment": "enhancement"}, "adjustment"),
        ({"adjustment": "retraction"}, "value"),
        ({"signal_id": "1"}, "signal_id"),
        ({"at": "now"}, "at"),
    ],
)
def test_i01_it_names_the_field_that_cannot_be_used(
    api: Api, world: World, body: dict[str, Any], changes: dict[str, Any], field: str
) -> None:
    answer = api.post(CORRECT, {**body, **changes})
    assert answer.status == 400
    assert [error["field"] for error in answer.body["errors"]] == [field]


def test_it_says_why_it_cannot_be_corrected(api: Api, world: World, body: dict[str, Any]) -> None:
    with world.scope():
        Conversion.objects.update(state="failed")
    answer = api.post(CORRECT, body)
    assert (answer.status, answer.body["errors"][0]["code"]) == (400, "never_sent")


def test_it_answers_404_for_another_tenants_conversion(api: Api, other: World, body: dict[str, Any]) -> None:
    assert Api(make_key(other.workspace)).post(CORRECT, body).status == 404
    assert api.post(CORRECT, {**body, "signal_id": str(uuid4())}).status == 404


def test_it_wants_the_scope_that_configures_events(world: World, body: dict[str, Any]) -> None:
    assert Api(make_key(world.workspace, ["records.write", "signals.read"])).post(CORRECT, body).status == 403
    with world.scope():
        assert not Signal.objects.filter(kind="adjustment").exists()

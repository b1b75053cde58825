"""/api/v1/replays and /api/v1/backfills."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from apps.conversions.models import Conversion, Event
from apps.pipeline import flow
from tests.api.conftest import Api, make_key
from tests.support import factories
from tests.support.world import World

REPLAYS, BACKFILLS = "/api/v1/replays", "/api/v1/backfills"


@pytest.fixture
def event(world: World) -> Event:
    """An event with a conversion that failed, and one submission from before it."""
    at = timezone.now() - timedelta(hours=1)
    factories.a_submission(world.form, at=at - timedelta(hours=1))
    event = world.make_event("facebook", at=at)
    factories.a_submission(world.form)
    flow.judge(workspace_id=world.workspace.id)
    with world.scope():
        owed = Conversion.objects.filter(state="waiting")
        owed.update(state="failed", reason="2804050", due_at=None, settled_at=timezone.now())
    return event


def test_h15_a_dry_run_forecasts_and_starts_nothing(api: Api, world: World, event: Event) -> None:
    answer = api.post(REPLAYS, {"states": ["failed"], "event_id": str(event.id)})
    assert answer.status == 201, answer.body
    assert (answer.body["state"], answer.body["total"]) == ("draft", 1)
    assert answer.body["forecast"]["counts"] == {"eligible": 1}
    assert answer.body["forecast"]["samples"][0]["fate"] == "eligible"
    with world.scope():
        assert Conversion.objects.filter(state="failed").count() == 1


def test_h15_it_is_started_paused_resumed_and_cancelled(api: Api, event: Event) -> None:
    made = api.post(REPLAYS, {"dry_run": False}).body
    assert made["state"] == "running"
    address = f"{REPLAYS}/{made['id']}"
    states = [api.post(f"{address}/{verb}", {}).body["state"] for verb in ("pause", "resume", "cancel")]
    assert states == ["paused", "running", "cancelled"]
    assert api.post(f"{address}/start", {}).status == 409
    assert api.post(f"{address}/burn", {}).status == 404
    assert api.get(address).body["state"] == "cancelled"
    assert [each["id"] for each in api.get(REPLAYS).body["results"]] == [made["id"]]
    assert api.get(BACKFILLS).body["results"] == []
    assert api.get(f"{BACKFILLS}/{made['id']}").status == 404


def test_a06_a_backfill_is_forecast_first(api: Api, event: Event) -> None:
    answer = api.post(BACKFILLS, {"event_id": str(event.id)})
    assert (answer.status, answer.body["state"]) == (201, "draft")
    assert answer.body["forecast"]["counts"] == {"eligible": 1}
    assert api.post(f"{BACKFILLS}/{answer.body['id']}/start", {}).body["state"] == "running"


@pytest.mark.parametrize(
    ("address", "body", "field"),
    [
        (REPLAYS, {"states": ["blocked"]}, "states.0"),
        (REPLAYS, {"network": "myspace"}, "network"),
        (REPLAYS, {"everything": True}, "everything"),
        (BACKFILLS, {}, "event_id"),
    ],
)
def test_i01_it_names_the_field_that_cannot_be_used(api: Api, address: str, body: dict[str, object], field: str):
    answer = api.post(address, body)
    assert answer.status == 400
    assert [error["field"] for error in answer.body["errors"]] == [field]


def test_it_answers_404_for_what_belongs_to_another_tenant(api: Api, other: World, event: Event) -> None:
    made = api.post(REPLAYS, {}).body
    rival = Api(make_key(other.workspace))
    assert rival.get(f"{REPLAYS}/{made['id']}").status == 404
    assert rival.post(f"{REPLAYS}/{made['id']}/start", {}).status == 404
    assert rival.post(BACKFILLS, {"event_id": str(event.id)}).status == 404
    assert api.get(f"{REPLAYS}/{uuid4()}").status == 404


def test_it_wants_its_own_scope(world: World) -> None:
    assert Api(make_key(world.workspace, ["events.write", "signals.read"])).post(REPLAYS, {}).status == 403

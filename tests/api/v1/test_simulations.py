"""/api/v1/simulations."""

from typing import Any

import pytest
from django.utils import timezone

from apps.conversions.models import Event
from apps.pipeline.simulation_parts import simulate_next
from tests.api.conftest import Api, make_key
from tests.support import factories
from tests.support.world import World, make_world

pytestmark = pytest.mark.django_db(transaction=True)
PATH = "/api/v1/simulations"


def body_of(world: World, **values: Any) -> dict[str, Any]:
    draft = world.draft("linkedin")
    return {
        "name": draft.name,
        "account_id": draft.account_id,
        "trigger": draft.trigger,
        "trigger_name": draft.trigger_name,
        "destination": draft.destination,
        "value": "25.00",
        "consent_property": draft.consent_property,
        "consent_values": ["yes"],
        **values,
    }


def work_off(world: World, simulation_id: str) -> None:
    while simulate_next(workspace_id=world.workspace.id, simulation_id=simulation_id, now=timezone.now()):
        pass


def test_h02_it_simulates_a_draft_and_says_what_it_found(api: Api, world: World) -> None:
    factories.a_submission(world.form, country="")
    factories.a_submission(world.form, marketing_consent="perhaps")
    answer = api.post(PATH, {"event": body_of(world), "days": 30})
    assert answer.status == 202
    assert (answer.body["state"], answer.body["result"], answer.body["total"]) == ("running", None, None)
    work_off(world, answer.body["id"])
    found = api.get(f"{PATH}/{answer.body['id']}").body
    assert (found["state"], found["done"], found["total"]) == ("done", 2, 2)
    result = found["result"]
    assert (result["signals"], result["send"], result["blocked"]) == (2, 1, 1)
    assert (result["reasons"], result["value"]) == ({"consent_denied": 1}, {"EUR": "25.0000"})
    assert next(each for each in result["coverage"] if each["name"] == "email")["kept"] == 1
    assert [(fix["kind"], fix["contacts"]) for fix in result["fixes"]] == [("consent_value", 1)]
    assert "perhaps" in result["fixes"][0]["sentence"]
    assert [each["id"] for each in api.get(PATH).body["results"]] == [found["id"]]
    with world.scope():
        assert not Event.objects.exists()


def test_h02_it_simulates_an_event_that_is_there(api: Api, world: World) -> None:
    event = world.make_event("facebook")
    factories.a_submission(world.form)
    answer = api.post(PATH, {"event_id": str(event.id)})
    work_off(world, answer.body["id"])
    found = api.get(f"{PATH}/{answer.body['id']}").body
    assert (found["event_id"], found["name"], found["result"]["send"]) == (str(event.id), event.name, 1)


def test_it_stops_a_simulation(api: Api, world: World) -> None:
    started = api.post(PATH, {"event": body_of(world)}).body["id"]
    assert api.send("DELETE", f"{PATH}/{started}").status == 204
    assert api.get(f"{PATH}/{started}").body["state"] == "cancelled"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "event"),
        ({"event_id": "01a2034b-68ab-78cf-85d0-af0388ca800b", "event": {}}, "event.name"),
        ({"event_id": "01a2034b-68ab-78cf-85d0-af0388ca800b", "days": 91}, "days"),
    ],
)
def test_it_names_the_field_that_cannot_be_used(api: Api, body: dict[str, Any], field: str) -> None:
    answer = api.post(PATH, body)
    assert (answer.status, field in {fault["field"] for fault in answer.body["errors"]}) == (400, True)


def test_it_names_the_fields_of_a_draft_that_are_wrong(api: Api, world: World) -> None:
    answer = api.post(PATH, {"event": body_of(world, consent_property="")})
    assert (answer.status, answer.body["errors"][0]["field"]) == (400, "consent_property")


def test_it_shows_another_tenant_nothing(api: Api, world: World) -> None:
    started = api.post(PATH, {"event": body_of(world)}).body["id"]
    stranger = make_world("Stranger")
    theirs = Api(make_key(stranger.workspace))
    assert theirs.get(f"{PATH}/{started}").status == 404
    assert theirs.send("DELETE", f"{PATH}/{started}").status == 404
    assert theirs.get(PATH).body["results"] == []
    assert theirs.post(PATH, {"event_id": started}).status == 404


def test_it_wants_the_scopes_of_events(world: World) -> None:
    reader = Api(make_key(world.workspace, ["events.read"]))
    assert (reader.get(PATH).status, reader.post(PATH, {}).status) == (200, 403)

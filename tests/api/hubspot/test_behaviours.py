"""I02: HubSpot's custom events, by its official client where that has them and by its plain request where not."""

from typing import Any

import pytest
from django.utils import timezone
from hubspot.events.send import BatchedBehavioralEventHttpCompletionRequest, BehavioralEventHttpCompletionRequest
from hubspot.events.send.exceptions import ApiException

from apps.records.models import Contact
from apps.signals.models import Signal
from apps.tracking.models import Behaviour, Completion
from tests.api.conftest import Api
from tests.support import factories
from tests.support.world import World

DEFINITIONS = "/events/v3/event-definitions"


def completed(world: World, **values: Any) -> BehavioralEventHttpCompletionRequest:
    name = f"pe{world.workspace.portal_id}_{world.behaviour.key}"
    known = {"event_name": name, "properties": {}, "email": "jo@example.com"}
    return BehavioralEventHttpCompletionRequest(**{**known, **values})


def ask(hubspot: Any, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    answer = hubspot.api_request({"path": path, "method": method, "body": body})
    return answer.status_code, answer.json() if answer.content else None


def test_i02_the_client_sends_a_completion_that_makes_its_contact(hubspot: Any, world: World) -> None:
    at = timezone.now()
    hubspot.events.send.basic_api.send(
        behavioral_event_http_completion_request=completed(
            world,
            occurred_at=at,
            uuid="u-1",
            properties={"value": "12.50", "currency": "EUR", "hs_url": "https://acme.example/app", "plan": "gold"},
        )
    )
    with world.scope():
        signal = Signal.objects.get()
        assert Contact.objects.get().email == "jo@example.com"
        assert Completion.objects.get().told_id == "u-1"
    assert (signal.kind, signal.name) == ("custom_event", str(world.behaviour.id))
    assert signal.facts["value"] == "12.50"
    assert signal.facts["event_source_url"] == "https://acme.example/app"
    assert abs((signal.occurred_at - at).total_seconds()) < 0.01


def test_i02_the_client_sends_a_batch_by_contact_id_and_by_address(hubspot: Any, world: World) -> None:
    contact_id = factories.a_contact(world.workspace)
    batch = BatchedBehavioralEventHttpCompletionRequest(
        inputs=[
            completed(world, email=None, object_id=str(contact_id)),
            completed(world, email="new@example.com"),
            BehavioralEventHttpCompletionRequest(event_name="nothing", email="x@example.com", properties={}),
        ]
    )
    api = hubspot.events.send.batch_api
    _, status, _ = api.send_with_http_info(batched_behavioral_event_http_completion_request=batch)
    assert status == 207, "one of them names no custom event"
    with world.scope():
        assert Signal.objects.filter(kind="custom_event").count() == 2
        assert Signal.objects.filter(kind="custom_event", contact_id=contact_id).count() == 1


@pytest.mark.parametrize(
    ("values", "status"),
    [
        ({"event_name": "nothing"}, 404),
        ({"email": None, "object_id": "999999"}, 404),
        ({"email": None}, 400),
        ({"email": None, "utk": "a" * 32}, 400),
        ({"email": "nobody"}, 400),
        ({"properties": {"value": "many"}}, 400),
    ],
)
def test_i02_the_client_is_told_what_is_wrong(hubspot: Any, world: World, values: dict[str, Any], status: int) -> None:
    sent = completed(world)
    for name, value in values.items():
        setattr(sent, name, value)
    with pytest.raises(ApiException) as refused:
        hubspot.events.send.basic_api.send(behavioral_event_http_completion_request=sent)
    assert refused.value.status == status
    with world.scope():
        assert not Signal.objects.exists()


def test_i02_a_definition_is_made_read_listed_and_deleted(hubspot: Any, world: World) -> None:
    status, made = ask(
        hubspot, "POST", DEFINITIONS, {"label": "Demo booked", "name": "demo_booked", "primaryObject": "CONTACT"}
    )
    portal = world.workspace.portal_id
    assert status == 201
    assert (made["name"], made["fullyQualifiedName"]) == ("demo_booked", f"pe{portal}_demo_booked")
    assert made["labels"]["singular"] == "Demo booked"
    for name in ("demo_booked", f"pe{portal}_demo_booked", made["id"]):
        assert ask(hubspot, "GET", f"{DEFINITIONS}/{name}") == (200, made)
    _, page = ask(hubspot, "GET", f"{DEFINITIONS}?limit=1")
    assert (page["total"], [each["name"] for each in page["results"]]) == (2, ["trial_started"])
    after = page["paging"]["next"]["after"]
    _, rest = ask(hubspot, "GET", f"{DEFINITIONS}?limit=1&after={after}")
    assert [each["name"] for each in rest["results"]] == ["demo_booked"]
    assert ask(hubspot, "GET", f"{DEFINITIONS}?searchString=DEMO")[1]["total"] == 1
    assert ask(hubspot, "DELETE", f"{DEFINITIONS}/demo_booked") == (204, None)
    assert ask(hubspot, "GET", f"{DEFINITIONS}/demo_booked")[0] == 404


def test_i02_a_definition_makes_its_name_of_its_label(api: Api, world: World) -> None:
    made = api.post(DEFINITIONS, {"label": "Watched a video!"})
    assert (made.status, made.body["name"]) == (201, "watched_a_video")
    assert api.post(DEFINITIONS, {"label": "Watched a video!"}).status == 409
    assert api.post(DEFINITIONS, {"label": "Deal thing", "primaryObject": "DEAL"}).status == 400


def test_it_answers_404_for_another_tenants_event_name(api: Api, other: World) -> None:
    with other.scope():
        Behaviour.objects.update(name="Secret thing", key="secret_thing")
    theirs = f"pe{other.workspace.portal_id}_secret_thing"
    for name in (theirs, "secret_thing", str(other.behaviour.id)):
        assert api.get(f"{DEFINITIONS}/{name}").status == 404
        assert api.post("/events/v3/send", {"eventName": name, "email": "jo@example.com"}).status == 404


def test_the_dated_addresses_lead_to_the_same(api: Api, world: World) -> None:
    body = {"eventName": world.behaviour.key, "email": "jo@example.com"}
    assert api.post("/events/custom/2026-09/send", body).status == 204
    assert api.get("/events/custom/2026-09/event-definitions").body["total"] == 1
    assert api.get("/events/v3/nothing").body["category"] == "OBJECT_NOT_FOUND"

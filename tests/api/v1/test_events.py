"""/api/v1/events and /api/v1/accounts."""

from typing import Any
from uuid import uuid4

import pytest

from apps.audit.models import Entry
from apps.conversions.models import Event
from tests.api.conftest import Api, make_key
from tests.support.world import World

EVENTS = "/api/v1/events"


def wanted(world: World, **changes: Any) -> dict[str, Any]:
    body = {
        "name": "New customer",
        "account_id": str(world.facebook.id),
        "trigger": "stage_change",
        "trigger_name": "customer",
        "network_event_name": "Customer",
        "destination": world.actions["facebook", "stage_change"][0].external_id,
        "value_from": "fixed",
        "value": 25.50,
        "currency": "EUR",
        "consent_property": world.consent_property,
        "consent_values": ["yes"],
    }
    return {**body, **changes}


def test_it_creates_an_event_that_is_on(api: Api, world: World) -> None:
    answer = api.post(EVENTS, wanted(world))
    assert answer.status == 201, answer.body
    assert answer.body["on"] is True
    assert answer.body["network"] == "facebook"
    assert answer.body["settings"]["value"] == "25.5"
    assert answer.headers["ETag"]
    assert api.get(EVENTS).body["results"] == [answer.body]
    assert api.get(f"{EVENTS}/{answer.body['id']}").body == answer.body
    with world.scope():
        assert Event.objects.get().name == "New customer"
        entry = Entry.objects.filter(action="event.create").get()
    assert entry.actor_kind == "key"


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "an unknown field": ({"tenant_id": "x"}, "tenant_id"),
    "no name": ({"name": ""}, "name"),
    "a name of 101 characters": ({"name": "x" * 101}, "name"),
    "a name that is a number": ({"name": 7}, "name"),
    "a name that is an array": ({"name": ["x"]}, "name"),
    "a value that is text": ({"value": "many"}, "value"),
    "a value that is sNaN": ({"value": "sNaN"}, "value"),
    "a value below zero": ({"value": "-1"}, "value"),
    "a value that is true": ({"value": True}, "value"),
    "a currency in small letters": ({"currency": "eur"}, "currency"),
    "a currency that is none": ({"currency": "BTC"}, "currency"),
    "an unknown trigger": ({"trigger": "birthday"}, "trigger"),
    "an unknown stage": ({"trigger_name": "vip"}, "trigger_name"),
    "an unknown account": ({"account_id": str(uuid4())}, "account_id"),
    "an account that is text": ({"account_id": "1"}, "account_id"),
    "a destination of nobody": ({"destination": "1"}, "destination"),
    "consent values that are text": ({"consent_values": "yes"}, "consent_values"),
    "an option that the network has not": ({"options": {"nothing": "x"}}, "nothing"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_it_names_each_field_that_cannot_be_used(api: Api, world: World, name: str) -> None:
    changes, field = REFUSED[name]
    answer = api.post(EVENTS, wanted(world, **changes))
    assert answer.status == 400
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert field in [error["field"] for error in answer.body["errors"]]
    with world.scope():
        assert not Event.objects.exists()


def test_it_names_all_that_is_wrong_at_once(api: Api, world: World) -> None:
    answer = api.post(EVENTS, wanted(world, name=7, currency=1, admin=True))
    assert {error["field"] for error in answer.body["errors"]} >= {"admin"}
    answer = api.post(EVENTS, wanted(world, name=7, currency=1))
    assert {error["field"] for error in answer.body["errors"]} == {"name", "currency"}


def test_it_says_that_a_name_is_taken(api: Api, world: World) -> None:
    assert api.post(EVENTS, wanted(world)).status == 201
    answer = api.post(EVENTS, wanted(world))
    assert answer.status == 409
    assert "New customer" in answer.body["detail"]


def test_it_refuses_another_tenants_account_as_it_refuses_an_unknown_one(api: Api, world: World, other: World) -> None:
    foreign = api.post(EVENTS, wanted(world, account_id=str(other.facebook.id)))
    unknown = api.post(EVENTS, wanted(world, account_id=str(uuid4())))
    assert foreign.status == unknown.status == 400
    assert foreign.body["errors"] == unknown.body["errors"]


def test_it_switches_an_event(api: Api, world: World) -> None:
    path = f"{EVENTS}/{world.make_event().id}"
    assert api.post(f"{path}/off").body["on"] is False
    assert api.get(path).body["health"] == "off"
    assert api.post(f"{path}/on").body["on"] is True


def test_it_deletes_an_event_here(api: Api, world: World) -> None:
    path = f"{EVENTS}/{world.make_event().id}"
    assert api.send("DELETE", path).status == 204
    assert api.get(path).status == 404
    assert api.send("DELETE", path).status == 404


@pytest.mark.parametrize(("method", "end"), [("POST", "/off"), ("POST", "/on"), ("DELETE", "")])
def test_it_changes_only_what_the_client_has_seen(api: Api, world: World, method: str, end: str) -> None:
    path = f"{EVENTS}/{world.make_event().id}"
    seen = api.get(path).headers["ETag"]
    api.post(f"{path}/off")
    api.post(f"{path}/on")
    assert api.send(method, f"{path}{end}", **{"If-Match": seen}).status == 412
    now = api.get(path).headers["ETag"]
    assert now != seen
    assert api.send(method, f"{path}{end}", **{"If-Match": now}).status in (200, 204)


def test_it_answers_404_for_another_tenants_event(api: Api, world: World, other: World) -> None:
    theirs = other.make_event().id
    for method, end in (("GET", ""), ("DELETE", ""), ("POST", "/on"), ("POST", "/off")):
        for event_id in (theirs, uuid4()):
            for headers in ({}, {"If-Match": "*"}):
                assert api.send(method, f"{EVENTS}/{event_id}{end}", **headers).status == 404
    assert Api(make_key(other.workspace)).get(f"{EVENTS}/{theirs}").body["on"] is True


def test_it_lists_the_accounts_an_event_can_be_made_for(api: Api, world: World) -> None:
    accounts = api.get("/api/v1/accounts").body["results"]
    assert {each["network"] for each in accounts} == {"facebook", "google", "linkedin"}
    pixel = next(each for each in accounts if each["network"] == "facebook")["destinations"][0]
    assert pixel == {"kind": "pixel", "external_id": "900100100100101", "name": "Sandbox pixel"}


def test_h10_it_tells_what_the_network_would_drop_of_a_draft(api: Api, world: World) -> None:
    lands = world.actions["linkedin", "stage_change"][0].external_id
    draft = wanted(world, account_id=str(world.linkedin.id), destination=lands, value_from="none", value=None)
    answer = api.post(f"{EVENTS}/lint", {name: value for name, value in draft.items() if value is not None})
    assert answer.status == 200, answer.body
    (finding,) = answer.body["results"]
    assert finding["code"] == "no_value"
    assert finding["advice"]
    assert api.get(EVENTS).body["results"] == []

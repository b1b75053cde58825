"""/api/v1/behaviours and /api/v1/completions."""

from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from apps.records.models import Contact
from apps.signals.models import Signal
from apps.tracking import behaviours
from apps.tracking.models import Behaviour, Completion
from tests.api.conftest import Api, make_key
from tests.support.world import World

BEHAVIOURS, COMPLETIONS = "/api/v1/behaviours", "/api/v1/completions"


def send(api: Api, *rows: dict[str, Any]) -> Any:
    return api.post(COMPLETIONS, {"completions": list(rows)})


def row(world: World, **values: Any) -> dict[str, Any]:
    return {"behaviour": str(world.behaviour.id), "email": "jo@example.com", **values}


def test_e01_it_creates_and_lists_custom_events(api: Api, world: World) -> None:
    made = api.post(BEHAVIOURS, {"name": "Demo booked", "tags": ["sales"]})
    assert made.status == 201, made.body
    assert made.body["key"] == "demo_booked"
    send(api, row(world), row(world))
    listed = api.get(BEHAVIOURS).body
    assert [(each["name"], each["last_7_days"]) for each in listed["results"]] == [
        ("Demo booked", 0),
        ("Trial started", 2),
    ]
    assert (listed["used"], listed["limit"]) == (2, 2000)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "  "}, "name"),
        ({"name": 7}, "name"),
        ({}, "name"),
        ({"name": "x", "tags": "sales"}, "tags"),
        ({"name": "x", "id": "1"}, "id"),
    ],
)
def test_i01_it_names_the_field_that_cannot_be_used(api: Api, world: World, body: dict[str, Any], field: str) -> None:
    answer = api.post(BEHAVIOURS, body)
    assert answer.status == 400
    assert [error["field"] for error in answer.body["errors"]] == [field]


def test_e05_it_says_that_the_name_is_taken_or_the_limit_reached(
    api: Api, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert api.post(BEHAVIOURS, {"name": "trial STARTED"}).status == 409
    monkeypatch.setattr(behaviours, "LIMIT", 1)
    answer = api.post(BEHAVIOURS, {"name": "Another"})
    assert answer.status == 409
    assert "limit" in answer.body["detail"]


def test_it_archives_a_custom_event_whose_completions_are_then_refused(api: Api, world: World) -> None:
    assert api.send("DELETE", f"{BEHAVIOURS}/{world.behaviour.id}").status == 204
    assert api.send("DELETE", f"{BEHAVIOURS}/{world.behaviour.id}").status == 404
    assert api.get(BEHAVIOURS).body["results"] == []
    answer = send(api, row(world))
    assert (answer.status, answer.body["refused"]) == (207, 1)


def test_it_answers_404_for_another_tenants_custom_event(api: Api, other: World) -> None:
    for behaviour_id in (other.behaviour.id, uuid4()):
        assert api.send("DELETE", f"{BEHAVIOURS}/{behaviour_id}").status == 404
    with other.scope():
        assert Behaviour.objects.get().archived_at is None


def test_e04_it_takes_completions_with_all_that_is_known_of_the_visit(api: Api, world: World) -> None:
    answer = send(
        api,
        row(
            world,
            behaviour="trial_started",
            id="signup-1",
            occurred_at=timezone.now().isoformat(),
            value=19.95,
            currency="EUR",
            page_url="https://acme.example/app?li_fat_id=0f0a1c2e-1111-4222-8333-444455556666",
            user_agent="Mozilla/5.0",
            ip_address="192.0.2.1",
            action_source="website",
            fbp="fb.1.1700000000000.123",
        ),
    )
    assert answer.status == 200, answer.body
    (result,) = answer.body["results"]
    with world.scope():
        signal, completion = Signal.objects.get(), Completion.objects.get()
        assert Contact.objects.get().pk == int(result["contact_id"])
    assert result["status"] == "accepted"
    assert result["id"] == str(completion.id)
    assert signal.facts["value"] == "19.95"
    assert signal.facts["action_source"] == "website"
    assert signal.facts["client_user_agent"] == "Mozilla/5.0"
    assert send(api, row(world, id="signup-1")).body["results"][0] == {**result, "status": "known"}


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "an unknown custom event": ({"behaviour": "nothing"}, "behaviour"),
    "an unknown field": ({"tenant": "x"}, "tenant"),
    "an address that is none": ({"email": "jo"}, "email"),
    "nobody": ({"email": ""}, "email"),
    "a value that is text": ({"value": "many"}, "value"),
    "a value below zero": ({"value": -1}, "value"),
    "a value that is NaN": ({"value": "NaN"}, "value"),
    "a currency that is none": ({"value": 1, "currency": "BTC"}, "currency"),
    "a page that is none": ({"page_url": "javascript:alert(1)"}, "page_url"),
    "an address of nothing": ({"ip_address": "300.1.1.1"}, "ip_address"),
    "a time without a zone": ({"occurred_at": "2026-11-22T12:00:00"}, "occurred_at"),
    "another tenant's contact": ({"email": "", "contact_id": "4611686018427387904"}, "contact_id"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_i01_it_refuses_a_row_by_its_field_and_keeps_its_neighbours(api: Api, world: World, name: str) -> None:
    changes, field = REFUSED[name]
    answer = send(api, row(world), row(world, **changes), row(world))
    assert answer.status == 207
    assert [result["status"] for result in answer.body["results"]] == ["accepted", "refused", "accepted"]
    assert [error["field"] for error in answer.body["results"][1]["errors"]] == [field]
    with world.scope():
        assert Signal.objects.count() == 2


def test_it_takes_500_and_no_more(api: Api, world: World) -> None:
    assert send(api, *[row(world)] * 500).status == 200
    assert send(api, *[row(world)] * 501).status == 400


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", BEHAVIOURS), ("POST", BEHAVIOURS), ("POST", COMPLETIONS), ("DELETE", f"{BEHAVIOURS}/{uuid4()}")],
)
def test_it_wants_the_scope(world: World, method: str, path: str) -> None:
    stranger = Api(make_key(world.workspace, ["signals.read"]))
    assert stranger.send(method, path, {} if method == "POST" else None).status == 403


def test_i01_it_does_a_repeated_request_once(api: Api, world: World) -> None:
    body = {"completions": [row(world)]}
    first = api.post(COMPLETIONS, body, **{"Idempotency-Key": "one"})
    assert api.post(COMPLETIONS, body, **{"Idempotency-Key": "one"}).body == first.body
    with world.scope():
        assert Completion.objects.count() == 1

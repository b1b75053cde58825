"""Records over the HubSpot-shaped routes: what a client can get wrong, and what it costs."""

import threading
from typing import Any

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from apps.records.models import Contact
from apps.signals.models import Signal
from tests.api.conftest import Api, make_key
from tests.support.world import World

CONTACTS = "/crm/v3/objects/contacts"


def create(api: Api, **properties: object) -> Any:
    answer = api.post(CONTACTS, {"properties": properties})
    assert answer.status == 201, answer.body
    return answer.body


REFUSED: dict[str, tuple[object, str]] = {
    "no properties": ({}, "properties"),
    "properties that are an array": ({"properties": []}, "properties"),
    "an unknown field": ({"properties": {}, "tenant_id": "1"}, "tenant_id"),
    "an unknown property": ({"properties": {"is_admin": "true"}}, "is_admin"),
    "a value that is an object": ({"properties": {"firstname": {"a": 1}}}, "firstname"),
    "a value that is an array": ({"properties": {"firstname": ["a"]}}, "firstname"),
    "an address that is none": ({"properties": {"email": "anna@"}}, "email"),
    "an address that is an object": ({"properties": {"email": {"$ne": ""}}}, "email"),
    "a megabyte of address": ({"properties": {"email": "a" * 900_000 + "@example.com"}}, "email"),
    "100,000 characters": ({"properties": {"firstname": "x" * 100_000}}, "firstname"),
    "a stage that is not ours": ({"properties": {"lifecyclestage": "vip"}}, "lifecyclestage"),
    "a moment without an offset": ({"properties": {"gclid_first_seen": "2026-01-01T10:00:00"}}, "gclid_first_seen"),
    "a moment in seconds": ({"properties": {"gclid_first_seen": "1767225600"}}, "gclid_first_seen"),
    "associations that are text": ({"properties": {}, "associations": "1"}, "associations"),
    "an association of another pair": (
        {
            "properties": {},
            "associations": [
                {"to": {"id": "1"}, "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 3}]}
            ],
        },
        "associations.0.types.0",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_it_names_the_field_and_stores_nothing(api: Api, world: World, name: str) -> None:
    body, field = REFUSED[name]
    answer = api.post(CONTACTS, body)
    assert answer.status == 400
    assert field in [error["in"] for error in answer.body["errors"]]
    assert field in answer.body["message"]
    assert answer.body["category"] == "VALIDATION_ERROR"
    with world.scope():
        assert not Contact.objects.exists()


def test_it_keeps_numbers_as_the_text_that_was_sent(api: Api, world: World) -> None:
    raw = b'{"properties": {"lead_id": 12345678901234567, "hs_predictivecontactscore_v2": 61.10, "gender": true}}'
    answer = api.send("POST", CONTACTS, raw=raw)
    assert answer.body["properties"]["lead_id"] == "12345678901234567"
    assert answer.body["properties"]["hs_predictivecontactscore_v2"] == "61.10"
    with world.scope():
        assert Contact.objects.get().properties["gender"] == "true"


def test_it_keeps_markup_templates_and_scripts_as_inert_text(api: Api) -> None:
    hostile = "<script>alert(1)</script> {{7*7}} ' OR 1=1 -- ${x} =HYPERLINK()"
    made = create(api, email="x@example.com", firstname=hostile)
    assert api.get(f"{CONTACTS}/{made['id']}").body["properties"]["firstname"] == hostile


def test_it_clears_a_property_with_null(api: Api) -> None:
    made = create(api, email="x@example.com", firstname="Anna")
    answer = api.send("PATCH", f"{CONTACTS}/{made['id']}", {"properties": {"firstname": None}})
    assert answer.body["properties"]["firstname"] is None


@pytest.mark.parametrize("record_id", ["0", "-1", "99999999999999999999", "abc", "1.5", "%20", "9223372036854775808"])
@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_it_answers_404_for_an_id_that_nothing_has(api: Api, method: str, record_id: str) -> None:
    body = {"properties": {"city": "x"}} if method == "PATCH" else None
    assert api.send(method, f"{CONTACTS}/{record_id}", body).status == 404


def test_it_answers_404_for_another_tenants_record_everywhere(api: Api, other: World) -> None:
    stranger = Api(make_key(other.workspace))
    theirs = create(stranger, email="anna@example.com")["id"]
    mine = create(api, email="anna@example.com")["id"]
    spec = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 4}]
    tie = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 3}
    probes = [
        ("GET", f"{CONTACTS}/{theirs}", None),
        ("PATCH", f"{CONTACTS}/{theirs}", {"properties": {"city": "x"}}),
        ("DELETE", f"{CONTACTS}/{theirs}", None),
        ("GET", f"/crm/v4/objects/contacts/{theirs}/associations/deals", None),
        ("PUT", f"/crm/v4/objects/contacts/{theirs}/associations/default/deals/1", None),
        ("PUT", f"/crm/v4/objects/contacts/{theirs}/associations/deals/1", spec),
        ("DELETE", f"/crm/v4/objects/contacts/{theirs}/associations/deals/1", None),
        (
            "POST",
            "/crm/v3/objects/deals",
            {"properties": {"dealname": "x"}, "associations": [{"to": {"id": theirs}, "types": [tie]}]},
        ),
    ]
    for method, path, body in probes:
        foreign = api.send(method, path, body)
        unknown = api.send(method, path.replace(theirs, "424242"), body)
        assert (foreign.status, unknown.status) == (404, 404), (method, path)
    batches = [
        api.post(f"{CONTACTS}/batch/read", {"inputs": [{"id": theirs}]}),
        api.post(f"{CONTACTS}/batch/update", {"inputs": [{"id": theirs, "properties": {"city": "x"}}]}),
        api.post(
            "/crm/v4/associations/contacts/deals/batch/create",
            {"inputs": [{"from": {"id": theirs}, "to": {"id": "1"}, "types": spec}]},
        ),
    ]
    for answer in batches:
        assert answer.status == 207
        assert answer.body["errors"][0]["category"] == "OBJECT_NOT_FOUND"
        assert answer.body["results"] == []
    api.post(f"{CONTACTS}/batch/archive", {"inputs": [{"id": theirs}]})
    assert stranger.get(f"{CONTACTS}/{theirs}").status == 200
    assert api.get(CONTACTS).body["results"][0]["id"] == mine


def test_it_refuses_each_bad_row_by_itself_and_writes_its_neighbours(api: Api, world: World) -> None:
    rows: list[object] = [
        {"id": "a@example.com", "idProperty": "email", "properties": {"city": "Delft"}},
        "not an object",
        {"id": {"$gt": ""}, "idProperty": "email", "properties": {}},
        {"id": "b@example.com", "idProperty": "phone", "properties": {}},
        {"id": "c@example.com", "idProperty": "email", "properties": {"nothing": "x"}},
        {"id": "d@example.com", "idProperty": "email"},
        {"id": "e@example.com", "idProperty": "email", "properties": {}, "id_admin": True},
        {"id": "", "idProperty": "email", "properties": {}},
        {"id": "424242", "properties": {"city": "x"}},
        {"id": "z@example.com", "idProperty": "email", "properties": {"lifecyclestage": "customer"}},
    ]
    answer = api.post(f"{CONTACTS}/batch/upsert", {"inputs": rows})
    assert answer.status == 207
    assert answer.body["numErrors"] == 8
    assert [error["context"]["index"] for error in answer.body["errors"]] == [[str(n)] for n in range(1, 9)]
    assert all(error["message"] for error in answer.body["errors"])
    with world.scope():
        assert set(Contact.objects.values_list("email", flat=True)) == {"a@example.com", "z@example.com"}
        assert Signal.objects.get().name == "customer"


@pytest.mark.parametrize("inputs", [None, [], {}, "x", [{"id": "1", "properties": {}}] * 101])
def test_it_refuses_a_batch_of_the_wrong_size(api: Api, inputs: object) -> None:
    assert api.post(f"{CONTACTS}/batch/update", {"inputs": inputs}).status == 400


def test_it_asks_the_database_as_often_for_a_hundred_rows_as_for_one(
    api: Api, world: World, django_assert_max_num_queries: Any
) -> None:
    def upsert(count: int, start: int) -> int:
        rows = [
            {
                "id": f"p{number}@example.com",
                "idProperty": "email",
                "properties": {"lifecyclestage": "lead", "gclid": f"EAIaIQ{number}", "city": str(count)},
            }
            for number in range(start, start + count)
        ]
        with CaptureQueriesContext(connections["default"]) as queries:
            answer = api.post(f"{CONTACTS}/batch/upsert", {"inputs": rows})
        assert answer.status == 200
        assert len(answer.body["results"]) == count
        return len(queries)

    upsert(1, 0)  # the key's last use is written once a minute
    assert upsert(100, 100) <= upsert(1, 1)
    assert upsert(100, 100) <= upsert(1, 1)


@pytest.mark.django_db(transaction=True)
def test_it_makes_a_contact_once_when_two_requests_make_it_at_the_same_time(api: Api, world: World) -> None:
    emails = [f"p{number}@example.com" for number in range(20)]
    answers: list[Any] = []

    def upsert(order: list[str]) -> None:
        rows = [{"id": email, "idProperty": "email", "properties": {"city": "Delft"}} for email in order]
        answers.append(api.post(f"{CONTACTS}/batch/upsert", {"inputs": rows}))
        connections.close_all()

    threads = [threading.Thread(target=upsert, args=[order]) for order in (emails, emails[::-1], emails, emails[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.status for answer in answers} == {200}
    with world.scope():
        assert Contact.objects.count() == len(emails)
        assert set(Contact.objects.values_list("email", flat=True)) == set(emails)


def test_it_answers_the_dated_addresses_too(api: Api) -> None:
    made = api.post("/crm/objects/2026-09/contacts", {"properties": {"email": "x@example.com"}})
    assert made.status == 201
    assert api.get(f"/crm/objects/2026-03/0-1/{made.body['id']}").body["id"] == made.body["id"]


def test_it_answers_404_for_an_object_type_that_is_not_there(api: Api) -> None:
    answer = api.get("/crm/v3/objects/unicorns")
    assert answer.status == 404
    assert "contacts, companies or deals" in answer.body["message"]


PROPERTIES = {
    "no name": {"label": "Plan", "type": "string", "fieldType": "text"},
    "a name with a dash": {"name": "my-plan", "label": "Plan", "type": "string", "fieldType": "text"},
    "an unknown type": {"name": "plan", "label": "Plan", "type": "object", "fieldType": "text"},
    "a type that is an array": {"name": "plan", "label": "Plan", "type": ["string"], "fieldType": "text"},
    "options that are text": {"name": "plan", "label": "P", "type": "string", "fieldType": "text", "options": "x"},
    "an unknown field": {"name": "plan", "label": "Plan", "type": "string", "fieldType": "text", "isAdmin": True},
}


@pytest.mark.parametrize("name", PROPERTIES)
def test_it_refuses_a_property_that_cannot_be(api: Api, name: str) -> None:
    answer = api.post("/crm/v3/properties/contacts", PROPERTIES[name])
    assert answer.status == 400
    assert answer.body["errors"][0]["message"]


def test_it_says_that_a_property_is_there_already(api: Api) -> None:
    body = {"name": "email", "label": "E-mail", "type": "string", "fieldType": "text", "groupName": "x"}
    assert api.post("/crm/v3/properties/contacts", body).status == 409

"""Bulk entry: /api/v1/contacts/batch, /api/v1/forms and their submissions."""

from typing import Any
from uuid import uuid4

import orjson
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.conversions.models import Conversion
from apps.pipeline import flow
from apps.records.models import Contact
from apps.signals.models import Signal
from apps.tracking.models import AdClick, Submission
from tests.api.conftest import Api
from tests.support.world import World

CONTACTS = "/api/v1/contacts/batch"


def test_it_makes_and_changes_contacts_by_address(api: Api, world: World) -> None:
    rows = [{"email": f"p{number}@example.com", "properties": {"lifecyclestage": "lead"}} for number in range(3)]
    assert api.post(CONTACTS, {"contacts": rows}).status == 200
    rows[0]["properties"] = {"lifecyclestage": "customer", "hs_predictivecontactscore_v2": 61.5}
    answer = api.post(CONTACTS, {"contacts": [rows[0], {"email": "new@example.com"}]})
    assert [row["status"] for row in answer.body["results"]] == ["updated", "created"]
    with world.scope():
        assert Contact.objects.count() == 4
        assert Signal.objects.filter(name="customer").count() == 1
        assert Contact.objects.get(email="p0@example.com").properties["hs_predictivecontactscore_v2"] == "61.5"


def test_it_refuses_each_bad_row_by_itself(api: Api, world: World) -> None:
    rows: list[Any] = [
        {"email": "a@example.com"},
        {"properties": {}},
        "text",
        {"email": 7},
        {"email": "b@example.com", "admin": True},
        {"email": "not an address"},
        {"email": "c@example.com", "properties": {"nothing": "x"}},
        {"email": "d@example.com", "properties": []},
        {"email": "z@example.com"},
    ]
    answer = api.post(CONTACTS, {"contacts": rows})
    assert answer.status == 207
    assert answer.body["refused"] == 7
    assert [row["index"] for row in answer.body["results"]] == list(range(9))
    named = {row["index"]: row["errors"][0]["field"] for row in answer.body["results"] if row["errors"]}
    assert named == {1: "email", 2: "body", 3: "email", 4: "admin", 5: "email", 6: "nothing", 7: "properties"}
    with world.scope():
        assert set(Contact.objects.values_list("email", flat=True)) == {"a@example.com", "z@example.com"}


@pytest.mark.parametrize("contacts", [None, [], {}, "x", [{"email": "a@example.com"}] * 101])
def test_it_refuses_a_batch_of_the_wrong_size(api: Api, contacts: object) -> None:
    answer = api.post(CONTACTS, {"contacts": contacts})
    assert answer.status == 400
    assert answer.body["errors"][0]["field"] == "contacts"


def test_it_makes_a_form_and_takes_its_submissions(api: Api, world: World) -> None:
    made = api.post("/api/v1/forms", {"name": "Demo", "fields": ["email", "firstname"]})
    assert made.status == 201
    assert made.body["fields"] == ["email", "firstname"]
    assert made.body["id"] in [form["id"] for form in api.get("/api/v1/forms").body["results"]]
    rows: list[Any] = [
        {
            "values": {"email": "a@example.com", "firstname": "Ann"},
            "page_url": "https://acme.example/?gclid=abc",
            "ip_address": "203.0.113.9",
            "user_agent": "Mozilla/5.0",
            "order_id": "T1",
            "li_fat_id": "5f3c",
        },
        {"values": {"email": "b@example.com"}, "submitted_at": "2026-11-01T10:00:00"},
        {"values": {"email": "nobody"}},
        {"values": {"email": "c@example.com"}, "page_url": "javascript:alert(1)"},
        {"values": {"email": "d@example.com"}, "submitted_at": "1999-01-01T00:00:00Z"},
        {"values": {"email": "e@example.com"}, "ip_address": "::ffff:1.2.3.4.5"},
        {"values": "x"},
        {"values": {"email": "f@example.com"}},
    ]
    answer = api.post(f"/api/v1/forms/{made.body['id']}/submissions", {"submissions": rows})
    assert answer.status == 207
    assert [row["status"] for row in answer.body["results"]] == ["accepted", *["refused"] * 6, "accepted"]
    assert [row["errors"][0]["field"] for row in answer.body["results"] if row["errors"]] == [
        *("submitted_at", "email", "page_url", "submittedAt", "ip_address", "values")
    ]
    with world.scope():
        assert {str(each.id) for each in Submission.objects.all()} == {
            row["id"] for row in answer.body["results"] if row["id"]
        }
        assert Signal.objects.filter(kind="form_submission").count() == 2
        assert set(AdClick.objects.values_list("kind", flat=True)) == {"gclid", "li_fat_id"}


def test_it_takes_answers_that_are_not_text(api: Api, world: World) -> None:
    values = {"email": "a@example.com", "firstname": None, "zip": 1012, "hs_predictivecontactscore_v2": 6.50}
    rows: list[Any] = [{"values": values}, {"values": {"email": None}}, {"values": {"email": ["a"]}}]
    answer = api.post(f"/api/v1/forms/{world.form.id}/submissions", {"submissions": rows})
    assert [row["status"] for row in answer.body["results"]] == ["accepted", "accepted", "refused"]
    assert answer.body["results"][2]["errors"][0]["field"] == "values.email"
    with world.scope():
        assert Contact.objects.get(email="a@example.com").properties["zip"] == "1012"


def test_it_answers_404_for_another_tenants_form(api: Api, other: World) -> None:
    rows = {"submissions": [{"values": {"email": "a@example.com"}}]}
    for form_id in (other.form.id, uuid4()):
        assert api.post(f"/api/v1/forms/{form_id}/submissions", rows).status == 404


def test_it_refuses_a_form_with_fields_that_are_no_properties(api: Api) -> None:
    answer = api.post("/api/v1/forms", {"name": "Demo", "fields": ["email", "shoe"]})
    assert answer.status == 400
    assert [error["field"] for error in answer.body["errors"]] == ["shoe"]


def test_it_asks_the_database_as_often_for_a_hundred_submissions_as_for_one(api: Api, world: World) -> None:
    def submit(count: int, name: str) -> int:
        rows = [{"values": {"email": f"{name}{number}@example.com"}} for number in range(count)]
        with CaptureQueriesContext(connection) as queries:
            answer = api.post(f"/api/v1/forms/{world.form.id}/submissions", {"submissions": rows})
        assert answer.status == 200
        return len(queries)

    submit(1, "warm")
    assert submit(100, "many") <= submit(1, "one")


def test_meta_06_it_sends_the_id_that_the_pages_own_pixel_used(api: Api, world: World) -> None:
    world.make_event("facebook")
    yes = {"email": "a@example.com", "marketing_consent": "yes"}
    row = {"values": yes, "user_agent": "Mozilla/5.0", "page_url": "https://example.com/", "event_id": "lead.42-a"}
    assert api.post(f"/api/v1/forms/{world.form.id}/submissions", {"submissions": [row]}).status == 200
    flow.judge(workspace_id=world.workspace.id)
    with world.scope():
        conversion = Conversion.objects.get()
    assert conversion.network_event_id == "lead.42-a"
    assert orjson.loads(conversion.payload)["event_id"] == "lead.42-a"


@pytest.mark.parametrize("event_id", ["12345", "a b", "é", "x" * 65])
def test_meta_06_it_refuses_an_id_that_a_network_would_not_take(api: Api, world: World, event_id: str) -> None:
    row = {"values": {"email": "a@example.com"}, "event_id": event_id}
    answer = api.post(f"/api/v1/forms/{world.form.id}/submissions", {"submissions": [row]})
    assert answer.status == 207
    assert answer.body["results"][0]["errors"][0]["field"] == "event_id"

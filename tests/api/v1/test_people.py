"""A contact's timeline, and erasing a person over our own API."""

from datetime import timedelta

from django.utils import timezone

from apps.api.models import KeptAnswer
from apps.pipeline import flow
from apps.pipeline.merging import contacts_merge
from tests.api.conftest import Api
from tests.conftest import Sandbox
from tests.support import factories
from tests.support.world import World


def test_a16_it_tells_a_contact_s_timeline_with_what_became_of_each_signal(api: Api, world: World):
    world.make_event("facebook", name="Leads", at=timezone.now() - timedelta(hours=1))
    contact = factories.a_submission(world.form, email="anna@example.com").contact_id
    flow.judge(workspace_id=world.workspace.id)
    factories.a_contact(world.workspace, email="anna@example.com", lifecyclestage="lead", gclid="Cj0KCQ_abcdefgh")
    answer = api.get(f"/api/v1/contacts/{contact}/timeline")
    assert answer.status == 200
    kinds = [entry["kind"] for entry in answer.body["results"]]
    assert {"stage_change", "form_submission", "click", "created"} <= set(kinds)
    (submitted,) = [entry for entry in answer.body["results"] if entry["kind"] == "form_submission"]
    (told,) = submitted["verdicts"]
    assert (told["event_name"], told["state"], told["sentence"]) == ("Leads", "waiting", "Waiting to be sent.")
    assert "Cj0KCQ_abcdefgh" not in str(answer.body)


def test_h09_it_says_what_was_judged_before_a_merge(api: Api, world: World):
    world.make_event("facebook", at=timezone.now() - timedelta(hours=1))
    first = factories.a_submission(world.form, email="first@example.com").contact_id
    second = factories.a_submission(world.form, email="second@example.com").contact_id
    flow.judge(workspace_id=world.workspace.id)
    with world.scope():
        contacts_merge(
            workspace_id=world.workspace.id, primary_id=first, secondary_id=second, by=world.by, at=timezone.now()
        )
    rows = api.get(f"/api/v1/contacts/{second}/timeline").body["results"]
    assert [told["judged_before"] for row in rows for told in row["verdicts"]] == [["merged"], ["merged"]]
    signal = next(row["signal_id"] for row in rows if row["signal_id"])
    steps = api.get(f"/api/v1/signals/{signal}").body["stories"][0]["steps"]
    assert "before the contacts were merged" in steps[-1]["sentence"]


def test_a16_it_gives_the_timeline_page_by_page_without_a_gap(api: Api, world: World):
    contact = factories.a_contact(
        world.workspace, email="walker@example.com", lifecyclestage="lead", gclid="Cj0abcdefg"
    )
    for stage in ("opportunity", "customer", "evangelist"):
        factories.a_contact(world.workspace, email="walker@example.com", lifecyclestage=stage)
    whole = api.get(f"/api/v1/contacts/{contact}/timeline").body["results"]
    seen: list[object] = []
    after: str | None = ""
    while after is not None:
        page = api.get(f"/api/v1/contacts/{contact}/timeline?limit=1{after}").body
        seen += page["results"]
        after = f"&after={page['next']}" if page["next"] else None
    assert seen == whole
    assert len(whole) == 6
    assert api.get(f"/api/v1/contacts/{contact}/timeline?after=nonsense").status == 400


def test_h09_it_erases_a_person_and_answers_with_a_certificate(api: Api, world: World):
    factories.a_submission(world.form, email="anna@example.com")
    keyed = {"Idempotency-Key": "contacts-1"}
    api.post("/api/v1/contacts/batch", {"contacts": [{"email": "anna@example.com", "properties": {"x": "1"}}]}, **keyed)
    answer = api.post("/api/v1/erasures", {"email": "Anna@example.com"})
    assert answer.status == 201
    assert answer.body["removed"]["contacts"] == 1
    assert "anna" not in str(answer.body)
    assert api.get(f"/api/v1/erasures/{answer.body['id']}").body == answer.body
    assert api.get("/api/v1/erasures").body["results"] == [answer.body]
    with world.scope():
        assert "anna" not in str(list(KeptAnswer.objects.values_list("body", flat=True)))
    assert api.post("/api/v1/erasures", {"email": "anna@example.com"}).status == 404
    assert api.post("/api/v1/erasures", {}).status == 400


def test_h09_it_knows_nothing_of_another_workspace_s_people(api: Api, other: World):
    contact = factories.a_contact(other.workspace)
    assert api.get(f"/api/v1/contacts/{contact}/timeline").status == 404
    assert api.post("/api/v1/erasures", {"contact_id": str(contact)}).status == 404


def test_h09_it_gives_the_receipt_of_a_person(api: Api, world: World, sandbox: Sandbox):
    world.make_event("facebook", name="Leads", at=timezone.now() - timedelta(hours=1))
    contact = factories.a_submission(world.form, email="anna@example.com").contact_id
    flow.judge(workspace_id=world.workspace.id)
    assert api.get(f"/api/v1/contacts/{contact}/receipt").body["departures"] == []
    flow.send(workspace_id=world.workspace.id, account_id=world.facebook.id)
    (left,) = api.get(f"/api/v1/contacts/{contact}/receipt").body["departures"]
    assert (left["network"], left["event_name"], left["state"]) == ("facebook", "Leads", "sent")
    email = next(field for field in left["fields_sent"] if field["field"] == "email")
    assert (email["path"], email["hashed"], email["origin"]) == ("user_data.em", True, "contact")

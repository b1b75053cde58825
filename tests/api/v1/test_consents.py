"""Facts of consent over the API: told with their dates, refused one by one, and read as of any moment."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.audit.models import Entry
from apps.conversions.models import Conversion
from apps.pipeline import flow
from apps.records.models import ConsentFact, Contact, PropertyDefinition
from tests.api.conftest import Api, make_key
from tests.support import factories
from tests.support.world import World

PATH = "/api/v1/consents"
ASKED = factories.CONSENT_PROPERTY


def tell(api: Api, *rows: dict[str, Any]) -> Any:
    return api.post(PATH, {"consents": [{"property": ASKED, "value": "yes", **row} for row in rows]})


def ago(**spell: float) -> str:
    return (timezone.now() - timedelta(**spell)).isoformat()


def test_h08_it_keeps_facts_with_their_own_dates_and_reads_them_as_of_any_moment(api: Api, world: World) -> None:
    contact_id = factories.a_contact(world.workspace, email="jo@example.com", marketing_consent="")
    answer = tell(
        api,
        {"email": "jo@example.com", "given_at": ago(days=30), "source": "cookie banner"},
        {"contact_id": str(contact_id), "value": "no", "given_at": ago(days=10)},
    )
    assert answer.status == 200
    assert [row["value_now"] for row in answer.body["results"]] == ["yes", "no"]
    read = api.get(f"/api/v1/contacts/{contact_id}/consents").body
    assert [fact["value"] for fact in read["held"]] == ["no"]
    assert [(fact["value"], fact["source"]) for fact in read["history"]] == [("no", "api"), ("yes", "cookie banner")]
    then = api.get(f"/api/v1/contacts/{contact_id}/consents?as_of={stamp(days=20)}").body
    assert [fact["value"] for fact in then["held"]] == ["yes"]
    believed = api.get(f"/api/v1/contacts/{contact_id}/consents?as_of={stamp(days=20)}&known_at={stamp(days=20)}").body
    assert believed["held"] == []


def stamp(**spell: float) -> int:
    return int((timezone.now() - timedelta(**spell)).timestamp() * 1000)


def test_a11_an_older_fact_changes_the_history_and_not_what_counts(api: Api, world: World) -> None:
    contact_id = factories.a_contact(world.workspace, email="jo@example.com", marketing_consent="no")
    tell(api, {"email": "jo@example.com", "value": "no", "given_at": ago(days=1)})
    (row,) = tell(api, {"email": "jo@example.com", "value": "yes", "given_at": ago(days=2)}).body["results"]
    assert (row["status"], row["value_now"], row["contact_id"]) == ("kept", "no", str(contact_id))
    with world.scope():
        assert Contact.objects.get(id=contact_id).properties[ASKED] == "no"
        assert set(ConsentFact.objects.values_list("value", flat=True)) == {"no", "yes"}


def test_it_refuses_each_bad_fact_by_itself(api: Api, world: World) -> None:
    factories.a_contact(world.workspace, email="jo@example.com")
    answer = tell(
        api,
        {"email": "jo@example.com", "given_at": (timezone.now() + timedelta(hours=1)).isoformat()},
        {"email": "nobody@example.com"},
        {},
        {"email": "jo@example.com", "property": "shoe_size"},
        {"email": "jo@example.com", "property": "firstname"},
        {"email": "jo@example.com", "value": 7},
        {"email": "jo@example.com"},
    )
    assert answer.status == 207
    assert [row["status"] for row in answer.body["results"]] == [*["refused"] * 6, "kept"]
    named = [row["errors"][0]["field"] for row in answer.body["results"][:6]]
    assert named == ["given_at", "id", "email", "shoe_size", "property", "value"]


def test_a11_a_withdrawal_told_so_ends_what_waits(api: Api, world: World) -> None:
    world.make_event("facebook")
    factories.a_submission(world.form, email="jo@example.com")
    flow.judge(workspace_id=world.workspace.id)
    assert tell(api, {"email": "jo@example.com", "value": "no"}).status == 200
    with world.scope():
        assert Conversion.objects.values_list("state", "reason").get() == ("cancelled", "consent_withdrawn")


def test_h08_telling_makes_a_property_of_your_own_one_of_consent_and_the_log_says_who(api: Api, world: World) -> None:
    factories.a_contact(world.workspace, email="jo@example.com")
    with world.scope():
        assert not PropertyDefinition.objects.get(name=ASKED).is_consent
    tell(api, {"email": "jo@example.com"})
    with world.scope():
        assert PropertyDefinition.objects.get(name=ASKED).is_consent
        assert Entry.objects.filter(action="consent.watch", subject=ASKED, actor_kind="key").count() == 1


def test_it_answers_404_for_another_tenants_contact(api: Api, other: World) -> None:
    theirs = factories.a_contact(other.workspace)
    assert api.get(f"/api/v1/contacts/{theirs}/consents").status == 404
    (row,) = tell(api, {"contact_id": str(theirs)}).body["results"]
    assert (row["status"], row["errors"][0]["code"]) == ("refused", "OBJECT_NOT_FOUND")


@pytest.mark.parametrize(("scope", "told", "read"), [("records.read", 403, 200), ("records.write", 200, 403)])
def test_a14_it_asks_for_the_scope(world: World, scope: str, told: int, read: int) -> None:
    contact_id = factories.a_contact(world.workspace, email="jo@example.com")
    api = Api(make_key(world.workspace, [scope]))
    assert tell(api, {"email": "jo@example.com"}).status == told
    assert api.get(f"/api/v1/contacts/{contact_id}/consents").status == read


def test_it_asks_the_database_as_often_for_a_hundred_facts_as_for_one(api: Api, world: World) -> None:
    for number in range(101):
        factories.a_contact(world.workspace, email=f"p{number}@example.com", marketing_consent="no")
    world.make_event("facebook")

    def asked(emails: list[str]) -> int:
        with CaptureQueriesContext(connection) as queries:
            answer = tell(api, *({"email": email, "given_at": ago(minutes=1)} for email in emails))
        assert answer.status == 200, answer.body
        return len(queries)

    one = asked(["p100@example.com"])
    assert asked([f"p{number}@example.com" for number in range(100)]) <= one

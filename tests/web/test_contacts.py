"""Contacts: found, told, and erased by an admin who typed whom (product c9, page Contact)."""

from datetime import timedelta

import orjson
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.pipeline import flow
from apps.pipeline.merging import contacts_merge
from apps.privacy.models import Erasure
from apps.records.models import Contact
from apps.workspaces.roles import Role
from tests.conftest import Sandbox
from tests.support import factories
from tests.support.world import World, make_world
from tests.web.conftest import SignIn


@pytest.fixture
def anna(world: World, sandbox: Sandbox) -> int:
    """A contact of which something was sent."""
    sandbox.reset()
    world.make_event("facebook", name="Leads", at=timezone.now() - timedelta(hours=1))
    contact = factories.a_submission(world.form, email="anna@example.com", firstname="Anna").contact_id
    flow.judge(workspace_id=world.workspace.id)
    flow.send(workspace_id=world.workspace.id, account_id=world.facebook.id)
    return contact


def test_it_lists_contacts_and_finds_one_by_address_or_number(world: World, admin: Client):
    anna, bob = (factories.a_contact(world.workspace, email=f"{name}@example.com") for name in ("anna", "bob"))
    page = admin.get("/contacts/").content.decode()
    assert page.index("bob@example.com") < page.index("anna@example.com")
    for who in ("ANNA@example.com", str(anna)):
        found = admin.get("/contacts/", {"who": who}).content.decode()
        assert "anna@example.com" in found
        assert "bob@example.com" not in found
    assert "Nobody has this address" in admin.get("/contacts/?who=nobody@example.com").content.decode()
    assert 'role="alert"' in admin.get("/contacts/?after=x").content.decode()
    assert bob != anna


def test_it_shows_older_contacts_below_without_a_gap(world: World, admin: Client):
    for number in range(55):
        factories.a_contact(world.workspace, email=f"p{number}@example.com")
    first = admin.get("/contacts/")
    after = first.context["after"]
    rest = admin.get("/contacts/", {"after": after}, headers={"HX-Request": "true"})
    seen = [contact.pk for page in (first, rest) for contact in page.context["contacts"]]
    assert len(seen) == len(set(seen)) == 55


def test_h09_it_shows_the_timeline_with_a_sentence_for_each_event_and_the_receipt(admin: Client, anna: int):
    page = admin.get(f"/contacts/{anna}/").content.decode()
    for text in ("Form submission: Contact form", "Sent: the network took it.", "user_data.em", "Download the receipt"):
        assert text in page
    file = admin.get(f"/contacts/{anna}/receipt/")
    assert file["Content-Disposition"] == f'attachment; filename="receipt-{anna}.json"'
    (left,) = orjson.loads(file.content)["departures"]
    assert left["network"] == "facebook"


def test_h09_an_id_of_before_a_merge_leads_to_the_contact(world: World, admin: Client, anna: int):
    other = factories.a_contact(world.workspace, email="other@example.com")
    with world.scope():
        contacts_merge(
            workspace_id=world.workspace.id, primary_id=other, secondary_id=anna, by=world.by, at=timezone.now()
        )
    assert admin.get(f"/contacts/{anna}/")["Location"] == f"/contacts/{other}/"
    page = admin.get(f"/contacts/{other}/").content.decode()
    assert "Judged before the contacts were merged" in page
    assert f"Contact {anna} went into this one." in page


def test_h09_it_erases_only_who_was_typed_and_shows_the_certificate(world: World, admin: Client, anna: int):
    wrong = admin.post(f"/contacts/{anna}/erase/", {"typed": "bob@example.com"})
    assert wrong.status_code == 422
    with world.scope():
        assert not Erasure.objects.exists()
    done = admin.post(f"/contacts/{anna}/erase/", {"typed": " Anna@example.com "}, follow=True)
    page = done.content.decode()
    assert "Certificate of erasure" in page
    assert "They have to be asked themselves" in page
    assert "anna@example.com" not in page
    with world.scope():
        certificate = Erasure.objects.get()
        assert Contact.objects.get(id=anna).erased_at
    told = orjson.loads(admin.get(f"/erasures/{certificate.id}/?format=json").content)
    assert told["left_before"][0]["taken"] == 1
    assert str(certificate.id) in admin.get("/erasures/").content.decode()
    assert "Of this person nothing is kept" in admin.get(f"/contacts/{anna}/").content.decode()


@pytest.mark.parametrize("role", [Role.MARKETER, Role.VIEWER])
def test_h09_only_an_admin_erases(world: World, sign_in: SignIn, anna: int, role: Role):
    client = sign_in(role)
    assert "Erase this person" not in client.get(f"/contacts/{anna}/").content.decode()
    assert client.post(f"/contacts/{anna}/erase/", {"typed": "anna@example.com"}).status_code == 403


def test_it_shows_nobody_of_another_workspace(admin: Client):
    theirs = factories.a_contact(make_world("Rival").workspace, email="secret@example.com")
    for address in (f"/contacts/{theirs}/", f"/contacts/{theirs}/receipt/"):
        assert admin.get(address).status_code == 404
    assert admin.post(f"/contacts/{theirs}/erase/", {"typed": "secret@example.com"}).status_code == 404
    assert "secret@example.com" not in admin.get("/contacts/").content.decode()


def test_it_asks_the_database_no_more_often_for_a_longer_timeline(world: World, admin: Client, anna: int):
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert admin.get(f"/contacts/{anna}/").status_code == 200
        return len(asked)

    for stage in ("lead", "opportunity"):
        factories.a_contact(world.workspace, email="anna@example.com", lifecyclestage=stage)
    queries()
    before = queries()
    for stage in ("customer", "evangelist", "other"):
        factories.a_contact(world.workspace, email="anna@example.com", lifecyclestage=stage)
    flow.judge(workspace_id=world.workspace.id)
    assert queries() <= before

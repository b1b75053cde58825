"""What belongs to another workspace does not exist here, and signing in comes first."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from apps.core.actor import SYSTEM
from apps.core.ids import new_id
from apps.core.tenancy import workspace_scope
from apps.pipeline import flow
from apps.signals.models import Signal
from apps.workspaces.models import ApiKey
from apps.workspaces.roles import Role
from apps.workspaces.services import api_key_create, member_add
from tests.support import factories
from tests.support.world import World, make_world
from tests.web.conftest import SignIn

ADDRESSES = [
    ("get", "/events/{event}/"),
    ("get", "/events/{event}/line/"),
    ("post", "/events/{event}/switch/"),
    ("post", "/events/{event}/delete/"),
    ("get", "/signals/{signal}/"),
    ("get", "/signals/{signal}/{event}/request/"),
    ("post", "/settings/keys/{key}/revoke/"),
]


def _ids(world: World) -> dict[str, object]:
    event = world.make_event("facebook", name="Secret event", at=timezone.now() - timedelta(hours=1))
    factories.a_submission(world.form, email="secret@example.com")
    flow.judge(workspace_id=world.workspace.id)
    with world.scope():
        key, _ = api_key_create(
            workspace_id=world.workspace.id,
            name="Secret key",
            scopes=["events.read"],
            by=SYSTEM,
            at=timezone.now(),
        )
        return {"event": event.id, "signal": Signal.objects.get().id, "key": key.id}


@pytest.mark.parametrize(("method", "address"), ADDRESSES)
def test_it_answers_404_for_another_workspaces_ids(admin: Client, method: str, address: str):
    ids = _ids(make_world("Rival"))
    answer = getattr(admin, method)(address.format(**ids))
    assert answer.status_code == 404
    assert b"Secret" not in answer.content


@pytest.mark.parametrize(("method", "address"), ADDRESSES)
def test_it_answers_the_same_for_ids_that_do_not_exist(admin: Client, method: str, address: str):
    nowhere = {name: new_id() for name in ("event", "signal", "key")}
    assert getattr(admin, method)(address.format(**nowhere)).status_code == 404


def test_it_shows_nothing_of_another_workspace(admin: Client):
    _ids(make_world("Rival"))
    for address in ("/", "/events/", "/events/new/?network=facebook&trigger=form_submission", "/signals/"):
        page = admin.get(address).content.decode()
        assert "Secret" not in page
        assert "secret@example.com" not in page


def test_it_sends_strangers_to_sign_in_and_back(db: None):
    answer = Client().get("/events/?network=google")
    assert answer.status_code == 302
    assert answer["Location"] == "/account/login/?next=/events/%3Fnetwork%3Dgoogle"


def test_it_sends_htmx_to_sign_in_when_the_session_has_ended(db: None):
    answer = Client().get("/events/new/", headers={"HX-Request": "true"})
    assert answer["HX-Redirect"] == "/account/login/"


def test_it_is_friendly_to_someone_without_a_workspace(world: World, sign_in: SignIn):
    answer = sign_in(factories.a_user("lost@convsync.test")).get("/")
    assert answer.status_code == 403
    assert "not a member of any workspace" in answer.content.decode()


def test_it_goes_on_in_the_workspace_that_was_chosen(world: World, sign_in: SignIn):
    other = factories.a_workspace("Second shop")
    with workspace_scope(other.id):
        member_add(workspace_id=other.id, user=world.admin, role=Role.VIEWER, by=SYSTEM, at=timezone.now())
    client = sign_in(Role.ADMIN)
    assert "Second shop" in client.get("/").content.decode(), "the switcher offers it"
    client.post("/workspace/", {"workspace": str(other.id)})
    page = client.get("/settings/members/").content.decode()
    assert world.viewer.email not in page
    assert client.get("/settings/keys/").status_code == 403, "the role is the one held there"


def test_it_does_not_switch_to_a_workspace_of_others(admin: Client):
    rival = make_world("Rival")
    assert admin.post("/workspace/", {"workspace": str(rival.workspace.id)}).status_code == 404
    assert "Rival" not in admin.get("/").content.decode()


def test_it_leaves_the_other_addresses_alone(db: None):
    assert Client().get("/health/live").status_code == 200
    assert Client().get("/account/login/").status_code == 200


def test_it_keeps_no_key_in_the_database_that_could_be_read_back(world: World, admin: Client):
    page = admin.post("/settings/keys/", {"name": "Site", "scopes": ["records.write"]})
    text = page.context["text"]
    with world.scope():
        key = ApiKey.objects.get()
    assert text.startswith(key.prefix)
    assert text not in (key.digest, key.prefix)
    assert text in page.content.decode()
    assert text not in admin.get("/settings/keys/").content.decode(), "it is shown once"
    assert "no-store" in page["Cache-Control"]

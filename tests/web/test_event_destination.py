"""Where an event lands: one that is there, or a new one that is made at the network with the event (C04, C08)."""

from collections.abc import Iterator

import pytest
import requests
from django.test import Client

from apps.ads.models import ConversionAction
from apps.connections.models import Connection
from apps.conversions.models import Event
from apps.core import vault
from tests.conftest import Sandbox
from tests.sandbox.callers import FACEBOOK_TOKEN, LINKEDIN_TOKEN, Control
from tests.support.world import World
from tests.web.filled import filled

TOKENS = {"facebook": FACEBOOK_TOKEN, "google": "ya29.sandbox", "linkedin": LINKEDIN_TOKEN}


@pytest.fixture(autouse=True)
def _signed_in(world: World, sandbox: Sandbox) -> Iterator[None]:
    """The world's connections hold tokens that the sandbox knows."""
    sandbox.reset()
    with world.scope():
        for system, token in TOKENS.items():
            Connection.objects.filter(system=system).update(sealed=vault.seal({"access_token": token}))
    yield
    Control(sandbox.url).restore()


def create(client: Client, world: World, network: str, trigger: str, **values: str) -> int:
    given = {**filled(world, network, trigger), "destination": "+new", "value_from": "fixed", "value": "40", **values}
    return client.post("/events/new/", given).status_code


@pytest.mark.parametrize(
    ("network", "trigger"),
    [("google", "form_submission"), ("google", "stage_change"), ("linkedin", "form_submission")],
)
def test_c04_it_makes_a_new_place_with_the_event_and_bears_its_name(
    world: World, admin: Client, network: str, trigger: str
):
    assert create(admin, world, network, trigger, name="Brochure") == 302
    with world.scope():
        event = Event.objects.select_related("version").get()
        made = ConversionAction.objects.get(name="Brochure")
        assert event.version is not None
        assert event.version.settings["destination"] == made.external_id
        assert event.version.settings["value"] == "40"


def test_c08_it_uses_the_same_place_again_when_the_event_is_made_anew(world: World, admin: Client):
    assert create(admin, world, "google", "form_submission", name="Brochure") == 302
    with world.scope():
        event = Event.objects.get()
        first = ConversionAction.objects.get(name="Brochure").external_id
    assert admin.post(f"/events/{event.id}/delete/").status_code == 302
    assert create(admin, world, "google", "form_submission", name="Brochure") == 302
    with world.scope():
        again = Event.objects.select_related("version").get(deleted_at=None)
        assert again.version is not None
        assert again.version.settings["destination"] == first


def test_it_makes_nothing_at_the_network_for_an_event_that_is_wrong(world: World, admin: Client, sandbox: Sandbox):
    assert create(admin, world, "google", "form_submission", name="Brochure", value="lots") == 422
    made = requests.get(f"{sandbox.url}/_sandbox/world", timeout=10).json()["google"]["actions"]
    assert "Brochure" not in [action["name"] for action in made]
    with world.scope():
        assert not Event.objects.exists()


def test_it_says_so_when_the_network_refuses_and_makes_no_event(world: World, admin: Client, sandbox: Sandbox):
    Control(sandbox.url).fault("google", status=503, times=5)
    assert create(admin, world, "google", "form_submission", name="Brochure") == 422
    with world.scope():
        assert not Event.objects.exists()


def test_c04_the_value_is_asked_for_a_new_action_and_not_for_one_that_is_there(world: World, admin: Client):
    given = {"network": "google", "account_id": str(world.google.id), "trigger": "form_submission"}
    known = admin.get("/events/new/", {**given, "destination": "2001"}).content.decode()
    new = admin.get("/events/new/", {**given, "destination": "+new"}).content.decode()
    assert 'id="value-from-fixed"' not in known
    assert 'id="value-from-fixed"' in new

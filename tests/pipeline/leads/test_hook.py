"""The door for leads: it takes what the network signed, for each workspace that receives that page."""

from django.test import Client

from apps.ads.models import LeadNotice
from apps.connections.models import Connection
from apps.core import vault
from apps.core.tenancy import workspace_scope
from tests.pipeline.leads.forms import post, receives, signed, told
from tests.sandbox.callers import FACEBOOK_TOKEN, Control
from tests.support.world import World, make_world


def test_meta_30_it_takes_only_what_the_network_signed_over_the_raw_bytes(world: World, control: Control):
    receives(world, "facebook")
    assert post(told(), {}) == 403
    assert post(told(), signed(told(), "another")) == 403
    assert post(told() + b" ", signed(told())) == 403
    with world.scope():
        assert not LeadNotice.objects.exists()
    assert post(told(), signed(told())) == 200
    assert post(told(), signed(told())) == 200
    with world.scope():
        assert LeadNotice.objects.count() == 2


def test_it_refuses_a_signed_body_that_is_no_delivery(world: World):
    assert post(b"[]", signed(b"[]")) == 400
    assert Client().post("/hooks/leads/google/sandbox/", b"{}", content_type="application/json").status_code == 404


def test_a_lead_reaches_every_workspace_that_receives_that_page_and_no_other(world: World, control: Control):
    other = make_world("Other")
    with workspace_scope(other.workspace.id):
        Connection.objects.filter(system="facebook").update(sealed=vault.seal({"access_token": FACEBOOK_TOKEN}))
    receives(world, "facebook")
    assert post(told(), signed(told())) == 200
    with other.scope():
        assert not LeadNotice.objects.exists()
    receives(other, "facebook")
    assert post(told(), signed(told())) == 200
    for each in (world, other):
        with each.scope():
            assert LeadNotice.objects.count() == 2

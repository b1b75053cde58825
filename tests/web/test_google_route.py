"""What the create-event dialog offers of Google's routes, and what an event's panel says of them."""

import pytest
from django.utils import timezone

from apps.ads.models import AdAccount, ConversionAction
from apps.core.errors import InvalidInput
from apps.workspaces.roles import Role


def tried(world, route):
    """Let trying the account's routes have found this."""
    with world.scope():
        AdAccount.objects.filter(id=world.google.id).update(route=route)


def panel(world, sign_in, **values):
    """The text of a new event's panel."""
    event = world.make_event("google", "stage_change", at=timezone.now(), **values)
    answer = sign_in(Role.VIEWER).get(f"/events/{event.id}/")
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize(("route", "offered"), [("ads_api", True), ("data_manager", False), ("", False)])
def test_c13_google_02_the_dialog_offers_the_google_ads_api_only_where_it_was_found_open(
    world, sign_in, route, offered
):
    tried(world, route)
    given = {"network": "google", "account_id": str(world.google.id), "trigger": "stage_change"}
    page = sign_in(Role.MARKETER).get("/events/new/", given).content.decode()
    assert 'name="option-route"' in page
    assert ('<option value="ads_api"' in page) == offered
    assert '<option value="auto" selected>Automatic' in page


def test_google_33_an_action_that_is_gone_at_google_is_not_offered_for_new_events(world, sign_in):
    with world.scope():
        ConversionAction.objects.filter(external_id="1002").update(gone_at=timezone.now())
    given = {"network": "google", "account_id": str(world.google.id), "trigger": "stage_change"}
    page = sign_in(Role.MARKETER).get("/events/new/", given).content.decode()
    assert 'value="1001"' in page
    assert 'value="1002"' not in page
    with pytest.raises(InvalidInput) as refused:
        world.make_event("google", "stage_change", destination="1002")
    assert refused.value.faults[0].field == "destination"


def test_c13_google_02_the_panel_shows_the_route_in_use(world, sign_in):
    tried(world, "ads_api")
    assert "Data Manager API" in panel(world, sign_in)
    page = panel(world, sign_in, options={"route": "ads_api"})
    assert "Route in use" in page
    assert "Data Manager API" not in page


def test_c02_c06_google_34_the_panel_says_where_google_is_set_otherwise(world, sign_in):
    with world.scope():
        ConversionAction.objects.filter(external_id="1001").update(facts={"primary": "false"})
    assert "Yes, but at the network: No" in panel(world, sign_in)
    with world.scope():
        ConversionAction.objects.filter(external_id="1001").update(facts={"primary": "true"})
    assert "but at the network" not in panel(world, sign_in)


def test_c14_the_panel_shows_googles_count_beside_ours(world, sign_in):
    counted = {"uploads_successful": "7", "uploads_pending": "2"}
    with world.scope():
        ConversionAction.objects.filter(external_id="1001").update(facts=counted)
    assert "7 taken, 2 still open; 0 left here." in panel(world, sign_in)

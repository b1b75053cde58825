"""The create-event dialog: what it asks follows from the network, and what is wrong stands beside its field (A02)."""

import re
from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from apps.ads.models import AdAccount
from apps.ads.registry import NETWORKS
from apps.conversions.models import Event
from apps.tracking.models import Form
from apps.web.wording import TRIGGERS
from apps.workspaces.roles import Role
from tests.support import factories
from tests.support.world import World
from tests.web.conftest import SignIn
from tests.web.filled import filled

SHAPES = [
    (key, str(trigger))
    for key, network in NETWORKS.items()
    for trigger in network.manifest.shapes
    if trigger in TRIGGERS
]


def _form(client: Client, **answers: Any) -> str:
    answer = client.get("/events/new/", answers, headers={"HX-Request": "true", "HX-Target": "event-form"})
    return answer.content.decode()


def _created(world: World) -> Event:
    with world.scope():
        return Event.objects.select_related("version", "account").get()


@pytest.mark.parametrize(("network", "trigger"), SHAPES)
def test_it_creates_an_event_for_every_network_and_trigger(world: World, sign_in: SignIn, network: str, trigger: str):
    answer = sign_in(Role.MARKETER).post("/events/new/", filled(world, network, trigger), follow=True)
    assert answer.redirect_chain[-1][0] == "/events/"
    assert "It counts what happens from now on." in answer.content.decode()
    event = _created(world)
    assert (event.account.network, event.trigger) == (network, trigger)
    assert event.on_since is not None
    assert event.version is not None
    assert event.version.settings["consent_values"] == ["yes", "granted"]
    assert "email" in event.version.settings["shared_fields"]


@pytest.mark.parametrize(("network", "trigger"), SHAPES)
def test_it_asks_what_the_manifest_says(world: World, admin: Client, network: str, trigger: str):
    manifest = NETWORKS[network].manifest
    page = _form(admin, network=network, trigger=trigger, account_id=str(world.account(network).id))
    for choice in manifest.choices:
        assert (f'name="option-{choice.name}"' in page) is (trigger in choice.triggers)
    assert ("network_event_name" in page) is bool(manifest.event_name_label)
    for action in world.actions[network, trigger]:
        assert action.name in page
    assert "recommended" in page


def test_it_asks_one_thing_after_the_other(world: World, admin: Client):
    start = _form(admin)
    assert "Ad network" in start
    assert "Ad account" not in start
    then = _form(admin, network="google")
    assert "Sandbox manager" in then
    assert 'name="destination"' not in then
    assert 'name="destination"' in _form(
        admin, network="google", account_id=str(world.google.id), trigger="form_submission"
    )


def test_it_chooses_what_there_is_only_one_of(world: World, admin: Client):
    page = admin.post("/events/new/", filled(world, "facebook", "form_submission", account_id=None, destination=None))
    assert page.status_code == 302
    assert _created(world).account_id == world.facebook.id


def test_it_asks_no_value_where_the_chosen_action_has_its_own(world: World, admin: Client):
    page = _form(admin, network="google", account_id=str(world.google.id), trigger="form_submission")
    assert 'name="value"' not in page
    admin.post("/events/new/", filled(world, "google", "form_submission", value=None, value_from="none"))
    version = _created(world).version
    assert version is not None
    assert version.settings["value_from"] == "none"


def test_it_wants_a_default_beside_the_deal_amount(world: World, admin: Client):
    answer = admin.post("/events/new/", filled(world, "facebook", "stage_change", value_from="deal", value=""))
    assert answer.status_code == 422
    assert "It also counts when there is no usable deal." in answer.content.decode()


def test_it_takes_an_amount_as_the_reader_writes_it(world: World, admin: Client):
    with translation.override("nl"):
        admin.cookies["django_language"] = "nl"
        admin.post("/events/new/", filled(world, "facebook", "stage_change", value="1.250,50"))
    version = _created(world).version
    assert version is not None
    assert version.settings["value"] == "1250.50"


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"name": " "}, "Give a name of 1 to 100 characters."),
        ({"trigger_name": ""}, "Choose one from the list."),
        ({"destination": "999"}, "Choose where the conversions land."),
        ({"value": "much"}, "Give an amount"),
        ({"value": "-1"}, "Give an amount from 0"),
        ({"currency": "EURO"}, "Use a currency"),
        ({"consent_property": ""}, "Choose the contact property that holds consent."),
        ({"consent_property": "shoe_size"}, "Choose one of the contact&#x27;s properties."),
        ({"consent_values": "\n \n"}, "Give at least one value that means consent."),
        ({"consent_values": "\n".join(map(str, range(21)))}, "Give at most 20 values"),
        ({"personalisation_property": "shoe_size"}, "Choose one of the contact&#x27;s properties."),
        ({"personalisation_property": "hs_legal_basis"}, "Give at least one value that means yes."),
        ({"network_event_name": "x" * 51}, "too long for the network"),
        ({"option-test_event_code": "x" * 16}, "This cannot be used here."),
    ],
)
def test_it_says_what_is_wrong_beside_the_field_and_keeps_the_input(
    world: World, admin: Client, changes: dict[str, str], text: str
):
    sent = filled(world, "linkedin" if "destination" in changes else "facebook", "form_submission", **changes)
    answer = admin.post("/events/new/", sent, headers={"HX-Request": "true", "HX-Target": "event-form"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert text in page
    assert 'class="field-error"' in page
    if "name" not in changes:
        assert 'value="facebook form_submission"' in page or 'value="linkedin form_submission"' in page
    with world.scope():
        assert not Event.objects.exists()


def test_it_says_that_a_name_is_taken(world: World, admin: Client):
    world.make_event("facebook", name="Leads")
    answer = admin.post("/events/new/", filled(world, "facebook", "form_submission", name="Leads"))
    assert answer.status_code == 422
    assert "already an event with this name" in answer.content.decode()


def test_it_warns_of_a_manager_account_before_saving_and_makes_the_event_all_the_same(world: World, admin: Client):
    page = _form(admin, network="google", account_id=str(world.google_manager.id), trigger="form_submission")
    assert "manager account, which takes no form conversions" in page
    sent = filled(world, "google", "form_submission", account_id=str(world.google_manager.id))
    assert admin.post("/events/new/", sent).status_code == 302


def test_b01_it_refuses_an_account_without_a_business_manager_and_names_the_fix(world: World, admin: Client):
    with world.scope():
        AdAccount.objects.filter(id=world.facebook.id).update(business_id="")
    answer = admin.post("/events/new/", filled(world, "facebook", "form_submission"))
    assert "Add this ad account to a Business Manager" in answer.content.decode()


def test_b05_it_offers_the_events_that_the_pixel_received_before_the_standard_ones(world: World, admin: Client):
    with world.scope():
        (pixel,) = world.actions["facebook", "form_submission"]
        pixel.facts = {"event:Quote requested": "4", "event:Lead": "31", "quality:Lead": "6.2", "crm": "no"}
        pixel.save()
    page = _form(admin, network="facebook", trigger="form_submission", account_id=str(world.facebook.id))
    offered = re.findall(r'<option value="([^"]+)"></option>', page)
    assert offered[:2] == ["Lead", "Quote requested"]
    assert offered.count("Lead") == 1
    assert "Purchase" in offered


def test_b02_it_warns_of_double_counting(world: World, admin: Client):
    assert "counts twice" in _form(admin, network="facebook", trigger="form_submission")


def test_it_recommends_the_email_address_and_locks_what_the_network_cannot_do_without(world: World, admin: Client):
    page = _form(admin, network="facebook", trigger="form_submission")
    email = page.split('id="shared-email"')[1].split(">")[0]
    agent = page.split('id="shared-client_user_agent"')[1].split(">")[0]
    assert "checked" in email
    assert "disabled" in agent


def test_it_leaves_out_a_field_that_was_unchosen(world: World, admin: Client):
    admin.post("/events/new/", filled(world, "facebook", "form_submission", shared_fields=["phone"]))
    version = _created(world).version
    assert version is not None
    shared = version.settings["shared_fields"]
    assert "email" not in shared
    assert "client_ip_address" not in shared
    assert "client_user_agent" in shared


def test_it_maps_a_stage_to_its_own_label_unless_told_otherwise(world: World, admin: Client):
    admin.post("/events/new/", filled(world, "facebook", "stage_change"))
    version = _created(world).version
    assert version is not None
    assert version.settings["network_event_name"] == "Customer"


def test_b08_it_marks_the_stages_that_have_an_event_already(world: World, admin: Client):
    world.make_event("facebook", "stage_change")
    page = _form(admin, network="facebook", trigger="stage_change")
    assert page.count("Has an event") == 1
    assert "Stages without an event so far:" in page


def test_it_finds_forms_by_name_and_keeps_the_chosen_one(world: World, admin: Client):
    for name in ("Webinar", "Demo request"):
        factories.a_form(world.workspace, name)
    answers = {"network": "facebook", "trigger": "form_submission", "wanted": "web", "trigger_name": str(world.form.id)}
    page = admin.get("/events/new/triggers/", answers).content.decode()
    assert "Webinar" in page
    assert "Demo request" not in page
    assert "Contact form" in page, "the chosen form stays"


def test_it_shows_fifty_forms_and_says_that_there_are_more(world: World, admin: Client):
    with world.scope():
        Form.objects.bulk_create(
            Form(
                workspace_id=world.workspace.id,
                name=f"Form {number}",
                created_at=world.form.created_at,
                updated_at=world.form.updated_at,
            )
            for number in range(60)
        )
    page = _form(admin, network="facebook", trigger="form_submission")
    assert "There are more." in page
    assert page.count('name="trigger_name"') <= 51


def test_it_says_so_when_there_is_no_account_or_no_form(admin: Client, world: World):
    with world.scope():
        Form.objects.all().delete()
    assert "There are no forms yet." in _form(admin, network="facebook", trigger="form_submission")
    with world.scope():
        world.facebook.actions.all().delete()
    assert "Make a new one, named as the event" in _form(admin, network="facebook", trigger="form_submission")


def test_it_proposes_a_name_until_someone_types_one(world: World, admin: Client):
    asked = {"network": "facebook", "trigger": "form_submission", "trigger_name": str(world.form.id)}
    assert 'value="Contact form · Facebook"' in _form(admin, **asked)
    assert 'value="My own"' in _form(admin, **asked, name="My own", proposed="Contact form · Facebook")
    moved = {**asked, "network": "linkedin", "name": "Contact form · Facebook", "proposed": "Contact form · Facebook"}
    assert 'value="Contact form · LinkedIn"' in _form(admin, **moved)


@pytest.mark.parametrize("trigger_name", ["x", "'; drop table", "é" * 200])
def test_it_bears_nonsense(world: World, admin: Client, trigger_name: str):
    sent = filled(world, "facebook", "form_submission", trigger_name=trigger_name, account_id="12", currency="€€€")
    assert admin.post("/events/new/", sent).status_code == 422


@pytest.mark.parametrize(("network", "asked"), [("facebook", True), ("google", True), ("linkedin", False)])
def test_a11_it_asks_about_personalised_ads_where_the_network_has_a_field_for_it(
    world: World, admin: Client, network: str, asked: bool
):
    page = _form(admin, network=network, trigger="stage_change", account_id=str(world.account(network).id))
    assert ('name="personalisation_property"' in page) is asked
    assert ("has no field for consent to personalised ads" in page) is not asked


def test_a11_it_keeps_what_personalised_ads_are_asked_by_and_the_panel_shows_it(world: World, admin: Client):
    asked = {"personalisation_property": "hs_legal_basis", "personalisation_values": "on\n\npersonal "}
    admin.post("/events/new/", filled(world, "facebook", "form_submission", **asked))
    event = _created(world)
    assert event.version is not None
    assert event.version.settings["personalisation_values"] == ["on", "personal"]
    assert "Legal basis for processing: on, personal" in admin.get(f"/events/{event.id}/").content.decode()
    page = admin.get(f"/events/{event.id}/edit/").content.decode()
    assert '<option value="hs_legal_basis" selected>' in page


def test_a11_what_was_asked_for_another_network_is_not_kept_where_it_has_no_field(world: World, admin: Client):
    asked = {"personalisation_property": "hs_legal_basis", "personalisation_values": "on"}
    admin.post("/events/new/", filled(world, "linkedin", "form_submission", **asked))
    event = _created(world)
    assert event.version is not None
    assert event.version.settings["personalisation_property"] is None

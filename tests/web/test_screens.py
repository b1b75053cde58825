"""Each screen shows what it is for."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from apps.conversions.models import Conversion
from apps.domain.facts import Trigger
from apps.pipeline import flow
from apps.signals.models import Signal
from apps.workspaces.models import Member
from tests.support import factories
from tests.support.world import World


@pytest.fixture
def story(world: World) -> World:
    """One event, one submission with consent and one without, both judged."""
    world.make_event("facebook", name="Contact form", at=timezone.now() - timedelta(hours=1))
    factories.a_submission(world.form, email="anna@example.com")
    factories.a_submission(world.form, email="bob@example.com", marketing_consent="no")
    flow.judge(workspace_id=world.workspace.id)
    return world


def _signal_of(world: World, email: str) -> Signal:
    with world.scope():
        return Signal.objects.get(contact_id=factories.contact_id_of(email))


@pytest.mark.parametrize(
    "address", ["/", "/events/", "/events/new/", "/signals/", "/settings/keys/", "/settings/members/"]
)
def test_it_serves_every_screen_in_an_empty_workspace(admin: Client, address: str):
    assert admin.get(address).status_code == 200


def test_it_teaches_the_first_step_where_there_is_no_event_yet(admin: Client):
    for address in ("/", "/events/"):
        assert "Create the first event" in admin.get(address).content.decode()


def test_it_shows_an_event_with_its_network_account_trigger_and_last_seven_days(story: World, admin: Client):
    page = admin.get("/events/").content.decode()
    for text in ("Contact form", "Facebook", "Sandbox account", "Form submission", "0 of 2 reached"):
        assert text in page


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("network=facebook", True),
        ("network=google", False),
        ("health=off", False),
        ("health=ok", True),
        ("q=CONTACT", True),
        ("q=webinar", False),
    ],
)
def test_it_filters_the_events(story: World, admin: Client, query: str, shown: bool):
    page = admin.get(f"/events/?{query}").content.decode()
    assert ("No event fits these filters" not in page) is shown


def test_it_adds_up_in_the_ledger_and_links_every_number(story: World, admin: Client):
    page = admin.get("/").content.decode()
    assert 'href="/signals/?state=blocked"' in page
    assert 'href="/signals/?reason=consent_denied"' in page
    with story.scope():
        assert Conversion.objects.count() == 2
    assert "<strong>2</strong>" in page


def test_it_opens_an_event_in_a_panel_with_details_ledger_and_latest_conversions(story: World, admin: Client):
    event = story.make_event("google", Trigger.STAGE_CHANGE, name="Became a customer", value_from="deal", value="250")
    page = admin.get(f"/events/{event.id}/").content.decode()
    for text in ("Became a customer", "Sandbox customer", "Customer", "Deal amount", "€250.00", "90 days", "Versions"):
        assert text in page
    assert "What happens in your CRM" in page, "the list stands beneath it"


def test_it_answers_htmx_with_the_panel_alone(story: World, admin: Client):
    event = story.make_event("linkedin")
    page = admin.get(f"/events/{event.id}/", headers={"HX-Request": "true", "HX-Target": "layer"}).content.decode()
    assert page.strip().startswith("<dialog")
    assert "What happens in your CRM" not in page


def test_it_lists_signals_with_the_outcome_for_each_event(story: World, admin: Client):
    page = admin.get("/signals/").content.decode()
    assert "anna@example.com" in page
    assert "Waiting" in page
    assert "consent property does not hold" in page


@pytest.mark.parametrize(
    ("query", "there", "gone"),
    [
        ("state=blocked", "bob@", "anna@"),
        ("state=waiting", "anna@", "bob@"),
        ("reason=consent_denied", "bob@", "anna@"),
        ("who=anna@example.com", "anna@", "bob@"),
    ],
)
def test_it_filters_signals(story: World, admin: Client, query: str, there: str, gone: str):
    page = admin.get(f"/signals/?{query}").content.decode()
    assert f"{there}example.com</a>" in page
    assert f"{gone}example.com</a>" not in page


@pytest.mark.parametrize("query", ["state=nonsense", "event_id=12", "after=%F0%9F"])
def test_it_says_what_is_wrong_with_a_filter_instead_of_failing(admin: Client, query: str):
    page = admin.get(f"/signals/?{query}")
    assert page.status_code == 200
    assert 'role="alert"' in page.content.decode()


def test_it_pages_signals_by_cursor_without_losing_any(world: World, admin: Client):
    for number in range(53):
        factories.a_contact(world.workspace, email=f"p{number}@example.com", lifecyclestage="lead")
    first = admin.get("/signals/")
    following = first.context["after"]
    more = admin.get(f"/signals/?after={following}", headers={"HX-Request": "true"})
    seen = [line.row.email for answer in (first, more) for line in answer.context["lines"]]
    assert len(seen) == len(set(seen)) == 53
    assert more.content.decode().strip().startswith("<tr>"), "htmx gets lines only"


def test_it_explains_a_blocked_signal_in_one_sentence_with_the_step_that_stopped_it(story: World, admin: Client):
    page = admin.get(f"/signals/{_signal_of(story, 'bob@example.com').id}/").content.decode()
    assert "Not sent. The contact&#x27;s consent property does not hold a value that means consent." in page
    assert "Did the person consent?" in page
    assert "Stopped here" in page
    assert "A marketer can mend this" in page


def test_it_shows_what_will_be_sent_with_hashes_and_never_the_address(story: World, admin: Client):
    signal = admin.get(f"/signals/{_signal_of(story, 'anna@example.com').id}/").content.decode()
    (address,) = re.findall(r'href="(/signals/\S+/request/)"', signal)
    page = admin.get(address).content.decode()
    payload = page.split('<pre class="code"')[1].split("</pre>")[0]
    assert "event_name" in payload
    assert "anna@example.com" not in payload


def test_it_says_so_when_no_event_listens(world: World, admin: Client):
    factories.a_contact(world.workspace, email="carol@example.com", lifecyclestage="lead")
    flow.judge(workspace_id=world.workspace.id)
    page = admin.get(f"/signals/{_signal_of(world, 'carol@example.com').id}/").content.decode()
    assert "No event listens for this" in page


def test_it_lists_members_with_their_roles(world: World, admin: Client):
    page = admin.get("/settings/members/").content.decode()
    for user in (world.admin, world.marketer, world.viewer):
        assert user.email in page
    with world.scope():
        assert Member.objects.count() == 3

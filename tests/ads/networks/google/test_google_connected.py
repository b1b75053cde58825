"""Connected at the sandbox from end to end: signed in, an account chosen, looked at, an action made, given back."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from django.utils import timezone

from apps.ads import choosing, connecting
from apps.ads.accounts import account_refresh, destination_make
from apps.ads.connecting import Visitor
from apps.ads.found import NewDestination
from apps.ads.models import AdAccount, ConversionAction
from apps.ads.tokens import token_ready
from apps.connections.models import Connection, ConnectionState
from apps.core.tenancy import workspace_scope
from tests.support import factories

pytestmark = pytest.mark.django_db(transaction=True)
CUSTOMER, MANAGER = "1234567890", "9876543210"


@pytest.fixture
def visitor(side):
    """An admin in a browser."""
    side.control.touched = True
    workspace = factories.a_workspace()
    member = factories.a_member(workspace)
    return Visitor(workspace.id, member.user.pk, "a-session", factories.actor_of(member))


def offered(visitor):
    """Sign in at the sandbox, allowing all; what there is to choose from."""
    now = timezone.now()
    with workspace_scope(visitor.workspace_id):
        page = connecting.leave(visitor=visitor, system="google", environment="sandbox", at=now)
    scopes = parse_qs(urlsplit(page).query)["scope"][0].split()
    back = requests.post(page, data={"decision": "allow", "scope": scopes}, timeout=10, allow_redirects=False)
    told = {name: values[0] for name, values in parse_qs(urlsplit(back.headers["Location"]).query).items()}
    attempt = connecting.come_back(visitor=visitor, system="google", state=told["state"], code=told["code"], at=now)
    return choosing.offer(visitor=visitor, attempt_id=attempt, at=now)


def chosen(visitor, number=CUSTOMER):
    """One of the accounts, connected."""
    (account,) = choosing.choose(visitor=visitor, offered=offered(visitor), external_ids=[number], at=timezone.now())
    with workspace_scope(visitor.workspace_id):
        return AdAccount.objects.get(id=account.id)


def test_google_31_it_offers_every_account_and_lacks_no_permission(visitor):
    offer = offered(visitor)
    assert {each.external_id for each in offer.accounts} == {CUSTOMER, MANAGER}
    assert offer.missing == {}


def test_google_02_it_keeps_the_route_that_it_tried_and_when(visitor):
    account = chosen(visitor)
    assert account.route == "ads_api"
    assert account.route_checked_at is not None
    assert (account.currency, account.time_zone, account.cautions) == ("EUR", "Europe/Amsterdam", [])
    with workspace_scope(visitor.workspace_id):
        kinds = set(ConversionAction.objects.filter(account=account).values_list("kind", flat=True))
    assert kinds == {"click_action", "tag_action"}


def test_c13_it_notices_when_the_uploads_are_closed_to_it(visitor, side):
    account = chosen(visitor)
    side.change("customers", CUSTOMER, allow_listed=False)
    again = account_refresh(workspace_id=visitor.workspace_id, account_id=account.id, at=timezone.now())
    assert again.route in ("data_manager", "data_manager_only")


def test_c03_it_notices_when_the_terms_are_accepted(visitor, side):
    side.change("customers", CUSTOMER, terms_accepted=False)
    account = chosen(visitor)
    assert (account.terms_accepted, account.cautions) == (False, ["terms_not_accepted"])
    side.change("customers", CUSTOMER, terms_accepted=True)
    again = account_refresh(workspace_id=visitor.workspace_id, account_id=account.id, at=timezone.now())
    assert (again.terms_accepted, again.cautions) == (True, [])


def test_c08_it_makes_an_action_once_and_keeps_it(visitor):
    account = chosen(visitor)
    new = NewDestination("click_action", "Klant", {"category": "CONVERTED_LEAD", "primary": "false"})
    made = [
        destination_make(
            workspace_id=visitor.workspace_id, account_id=account.id, new=new, by=visitor.by, at=timezone.now()
        )
        for _ in range(2)
    ]
    assert made[0].pk == made[1].pk
    assert made[0].facts["category"] == "CONVERTED_LEAD"
    assert made[0].cautions == ["not_primary"]


def test_google_27_it_needs_a_person_when_the_grant_was_taken_back(visitor, side):
    account = chosen(visitor)
    side.change_world(grants=[grant | {"revoked": True} for grant in side.world()["grants"]])
    with workspace_scope(visitor.workspace_id):
        Connection.objects.update(expires_at=timezone.now(), secret_since=timezone.now() - timedelta(hours=1))
    connection = token_ready(workspace_id=visitor.workspace_id, connection_id=account.connection_id, now=timezone.now())
    assert connection.state == ConnectionState.RECONNECT
    assert connection.state_reason == "invalid_grant"


def test_it_gives_the_sign_in_back(visitor, side):
    account = chosen(visitor)
    assert choosing.disconnect(visitor=visitor, connection_id=account.connection_id, at=timezone.now())
    assert all(grant["revoked"] for grant in side.world()["grants"])

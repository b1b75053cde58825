"""A workspace's connection with Facebook, from the dialog to its end: against the sandbox, with the database."""

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from django.utils import timezone

from apps.ads import choosing, connecting
from apps.ads.accounts import account_refresh, destination_make
from apps.ads.asking import NotThere
from apps.ads.connecting import Visitor
from apps.ads.found import NewDestination
from apps.ads.models import AdAccount, ConversionAction
from apps.ads.tokens import Renewal, token_ready, token_renew
from apps.connections.models import Connection, ConnectionState
from apps.conversions.rules import Draft
from apps.conversions.services import event_create
from apps.core.errors import InvalidInput, NotFound
from apps.core.tenancy import workspace_scope
from apps.domain.facts import Trigger, ValueFrom
from tests.sandbox.callers import FACEBOOK_TOKEN, PIXEL, Control

pytestmark = pytest.mark.django_db(transaction=True)
BUSINESS, PERSONAL = "act_1001001", "act_1001002"


def left(visitor: Visitor, now: datetime) -> str:
    """The dialog's address."""
    with workspace_scope(visitor.workspace_id):
        return connecting.leave(visitor=visitor, system="facebook", environment="sandbox", at=now)


def returned(address: str, choice: str = "yes") -> dict[str, str]:
    """What the browser brings back when the person chooses."""
    gone = requests.get(f"{address}&choice={choice}", timeout=10, allow_redirects=False).headers["Location"]
    return {name: values[0] for name, values in parse_qs(urlsplit(gone).query).items()}


def signed_in(visitor: Visitor, now: datetime) -> choosing.Offer:
    back = returned(left(visitor, now))
    attempt = connecting.come_back(visitor=visitor, system="facebook", state=back["state"], code=back["code"], at=now)
    return choosing.offer(visitor=visitor, attempt_id=attempt, at=now)


def pasted(visitor: Visitor, now: datetime, **given: str) -> choosing.Offer:
    attempt = connecting.paste(visitor=visitor, system="facebook", environment="sandbox", given=given, at=now)
    return choosing.offer(visitor=visitor, attempt_id=attempt, at=now)


def connected(visitor: Visitor, offered: choosing.Offer, now: datetime, *ids: str) -> Connection:
    choosing.choose(visitor=visitor, offered=offered, external_ids=ids or (BUSINESS,), at=now)
    return the_connection(visitor)


def the_connection(visitor: Visitor) -> Connection:
    with workspace_scope(visitor.workspace_id):
        return Connection.objects.get()


def test_b01_facebook_login_offers_accounts_and_keeps_only_those_that_are_chosen(
    visitor: Visitor, control: Control, now: datetime
) -> None:
    offered = signed_in(visitor, now)
    assert [(each.external_id, each.cautions) for each in offered.accounts] == [
        (BUSINESS, ()),
        (PERSONAL, ("no_business",)),
    ]
    assert (offered.missing, offered.grant.who) == ({}, "Sandbox user")
    connection = connected(visitor, offered, now)
    assert (connection.name, connection.expires_at) == ("Sandbox user", now + timedelta(days=60))
    assert connection.credentials()["access_token"] == FACEBOOK_TOKEN
    with workspace_scope(visitor.workspace_id):
        assert [each.external_id for each in AdAccount.objects.all()] == [BUSINESS]
        (pixel,) = ConversionAction.objects.all()
    assert (pixel.kind, pixel.external_id, pixel.facts["event:Lead"]) == ("pixel", PIXEL, "31")


def test_b01_a_pasted_token_connects_as_well_and_says_what_it_lacks(
    visitor: Visitor, control: Control, now: datetime
) -> None:
    control.change("facebook", "tokens", FACEBOOK_TOKEN, scopes=["ads_management", "ads_read"])
    offered = pasted(visitor, now, access_token=FACEBOOK_TOKEN)
    assert offered.missing["discover"] == ("business_management",)
    assert "send" not in offered.missing
    connection = connected(visitor, offered, now)
    assert (connection.expires_at, connection.ends_at) == (None, None)


def test_b01_no_event_is_made_for_an_account_without_a_business(
    visitor: Visitor, control: Control, now: datetime
) -> None:
    connected(visitor, pasted(visitor, now, access_token=FACEBOOK_TOKEN), now, BUSINESS, PERSONAL)
    with workspace_scope(visitor.workspace_id):
        account = AdAccount.objects.get(external_id=PERSONAL)
        draft = Draft(
            name="Stage",
            account_id=str(account.id),
            trigger=str(Trigger.STAGE_CHANGE),
            trigger_name="customer",
            network_event_name="Customer",
            destination="",
            value_from=ValueFrom.FIXED,
            value="25",
        )
        with pytest.raises(InvalidInput, match="Business Manager"):
            event_create(workspace_id=visitor.workspace_id, draft=draft, by=visitor.by, at=now)


def test_b02_a_pixel_is_made_from_here_and_kept(visitor: Visitor, control: Control, now: datetime) -> None:
    connected(visitor, pasted(visitor, now, access_token=FACEBOOK_TOKEN), now, PERSONAL)
    with workspace_scope(visitor.workspace_id):
        account = AdAccount.objects.get()
        assert not ConversionAction.objects.exists()
    new = NewDestination("pixel", "Shop")
    given: dict[str, Any] = {"workspace_id": visitor.workspace_id, "account_id": account.id}
    made = destination_make(**given, new=new, by=visitor.by, at=now)
    again = destination_make(**given, new=new, by=visitor.by, at=now)
    assert made.id == again.id
    account_refresh(**given, at=now)
    with workspace_scope(visitor.workspace_id):
        assert ConversionAction.objects.get().gone_at is None


def test_meta_29_a_token_is_renewed_at_half_life(visitor: Visitor, control: Control, now: datetime) -> None:
    connection = connected(visitor, signed_in(visitor, now), now)
    before, after = now + timedelta(days=29), now + timedelta(days=31)
    ready: dict[str, Any] = {"workspace_id": visitor.workspace_id, "connection_id": connection.id}
    assert token_ready(**ready, now=before).expires_at == now + timedelta(days=60)
    assert token_ready(**ready, now=after).expires_at == after + timedelta(days=60)


def test_meta_11_a_token_that_died_asks_for_a_person_and_connecting_again_mends_it(
    visitor: Visitor, control: Control, now: datetime
) -> None:
    connection = connected(visitor, signed_in(visitor, now), now)
    control.change("facebook", "tokens", FACEBOOK_TOKEN, state="password_changed")
    ready: dict[str, Any] = {"workspace_id": visitor.workspace_id, "connection_id": connection.id}
    assert token_renew(**ready, used=connection.secret_since, now=now) is Renewal.IMPOSSIBLE
    dead = the_connection(visitor)
    assert (dead.state, dead.state_reason) == (ConnectionState.RECONNECT, "190/460")
    with pytest.raises(NotThere) as caught:
        pasted(visitor, now, access_token=FACEBOOK_TOKEN)
    assert caught.value.outcome.signed_out
    control.change("facebook", "tokens", FACEBOOK_TOKEN, state="valid")
    with workspace_scope(visitor.workspace_id):
        address = connecting.leave(
            visitor=visitor, system="facebook", environment="sandbox", at=now, connection_id=connection.id
        )
    back = returned(address)
    attempt = connecting.come_back(visitor=visitor, system="facebook", state=back["state"], code=back["code"], at=now)
    again = connected(visitor, choosing.offer(visitor=visitor, attempt_id=attempt, at=now), now)
    assert (again.id, again.state) == (connection.id, ConnectionState.WORKING)


def test_b01_disconnecting_gives_the_permissions_back(visitor: Visitor, control: Control, now: datetime) -> None:
    connection = connected(visitor, signed_in(visitor, now), now)
    assert choosing.disconnect(visitor=visitor, connection_id=connection.id, at=now)
    gone = the_connection(visitor)
    assert (gone.state, gone.credentials()) == (ConnectionState.DISCONNECTED, {})
    with pytest.raises(NotThere) as caught:
        pasted(visitor, now, access_token=FACEBOOK_TOKEN)
    assert (caught.value.outcome.code, caught.value.outcome.signed_out) == ("190/458", True)


def test_b01_a_no_in_the_dialog_uses_the_state_up(visitor: Visitor, control: Control, now: datetime) -> None:
    back = returned(left(visitor, now), "no")
    assert "code" not in back
    with workspace_scope(visitor.workspace_id):
        connecting.give_up(visitor=visitor, system="facebook", state=back["state"], at=timezone.now())
    with pytest.raises(NotFound):
        connecting.come_back(visitor=visitor, system="facebook", state=back["state"], code="x", at=timezone.now())

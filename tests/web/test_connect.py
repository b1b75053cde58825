"""Connecting a network: the state is good for one return, for one person, browser, workspace and network (A15)."""

import re
from collections.abc import Iterator
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from apps.ads.asking import NotThere, ask, base_of
from apps.ads.models import AdAccount, ConversionAction
from apps.ads.registry import NETWORKS as NETWORKS_KNOWN
from apps.ads.wire import Target
from apps.audit.models import Entry
from apps.connections.models import Connection, ConnectionState, SignInAttempt
from apps.workspaces.roles import Role
from tests.conftest import Sandbox
from tests.sandbox.callers import Control
from tests.support.consent import agree
from tests.support.world import World, make_world
from tests.web.conftest import SignIn

NETWORKS = ("facebook", "google", "linkedin")
each_network = pytest.mark.parametrize("network", NETWORKS)


@pytest.fixture(autouse=True)
def _sandbox_is_there(sandbox: Sandbox) -> Iterator[None]:
    """It is there, and tokens that a test takes back are good again after it."""
    sandbox.reset()
    yield
    Control(sandbox.url).restore()


def leave(client: Client, network: str, **more: str) -> str:
    """Off to the consent page: its address."""
    page = client.post(f"/connect/{network}/leave/", {"environment": "sandbox", **more})
    assert page.status_code == 200, page.content
    found = re.search(r'href="(http[^"]+/' + network + r'/[^"]+)"', page.content.decode())
    assert found
    return unescape(found[1])


def back(client: Client, network: str, query: dict[str, str]) -> str:
    """Back from it: the address of the page that follows."""
    answer = client.get(f"/connect/{network}/back/", query)
    assert answer.status_code == 302, answer.content.decode()
    return answer["Location"]


def choose(client: Client, picker: str, *external_ids: str) -> None:
    answer = client.post(picker, {"accounts": list(external_ids)})
    assert answer.status_code == 302, answer.content.decode()


def offered(client: Client, picker: str) -> list[str]:
    page = client.get(picker).content.decode()
    return re.findall(r'name="accounts" value="([^"]+)"', page)


@each_network
def test_a15_it_keeps_only_the_accounts_that_were_chosen(world: World, admin: Client, network: str):
    with world.scope():
        AdAccount.objects.filter(network=network).delete()
    picker = back(admin, network, agree(leave(admin, network)))
    first = offered(admin, picker)[0]
    choose(admin, picker, first)
    with world.scope():
        account = AdAccount.objects.get(network=network)
        assert account.external_id == first
        assert account.checked_at is not None
        assert account.connection.state == ConnectionState.WORKING
        assert account.connection.environment == "sandbox"
        assert ConversionAction.objects.filter(account=account).exists()
        assert Entry.objects.filter(action="ad_account.connect").count() == 1
        assert not SignInAttempt.objects.exists()


@each_network
def test_it_takes_a_state_once(world: World, admin: Client, network: str):
    query = agree(leave(admin, network))
    back(admin, network, query)
    assert admin.get(f"/connect/{network}/back/", query).status_code == 404


@each_network
def test_it_takes_a_state_only_from_the_browser_it_was_given_to(
    world: World, sign_in: SignIn, admin: Client, network: str
):
    query = agree(leave(admin, network))
    elsewhere = sign_in(Role.ADMIN)  # the same person, in another browser
    assert elsewhere.get(f"/connect/{network}/back/", query).status_code == 404
    assert back(admin, network, query)


@each_network
def test_it_takes_a_state_only_for_the_network_it_was_given_for(world: World, admin: Client, network: str):
    query = agree(leave(admin, network))
    other = "linkedin" if network != "linkedin" else "facebook"
    assert admin.get(f"/connect/{other}/back/", query).status_code == 404


@each_network
def test_it_takes_a_state_only_in_the_workspace_it_was_given_in(world: World, sign_in: SignIn, network: str):
    other = make_world("Other")
    query = agree(leave(sign_in(world.admin), network))
    assert sign_in(other.admin).get(f"/connect/{network}/back/", query).status_code == 404


@each_network
def test_it_connects_nothing_when_the_person_says_no(world: World, admin: Client, network: str):
    with world.scope():
        before = Connection.objects.count()
    assert back(admin, network, agree(leave(admin, network), yes=False)) == f"/connect/{network}/"
    with world.scope():
        assert Connection.objects.count() == before


@each_network
def test_it_refuses_an_account_that_was_not_offered(world: World, admin: Client, network: str):
    picker = back(admin, network, agree(leave(admin, network)))
    answer = admin.post(picker, {"accounts": ["4711"]})
    assert answer.status_code == 422
    assert admin.post(picker, {}).status_code == 422


@each_network
def test_it_never_writes_a_token_into_a_page_or_an_address(world: World, admin: Client, network: str):
    picker = back(admin, network, agree(leave(admin, network)))
    choose(admin, picker, offered(admin, picker)[0])
    with world.scope():
        connection = Connection.objects.filter(system=network).latest("created_at")
        secrets = [value for value in connection.credentials().values() if len(value) > 8]
    pages = "".join(admin.get(page).content.decode() for page in ("/accounts/", f"/connect/{network}/"))
    assert not [secret for secret in secrets if secret in pages]
    assert not [secret for secret in secrets if secret in picker]


@each_network
def test_it_connects_again_with_the_same_accounts(world: World, admin: Client, network: str):
    account = world.account(network)
    with world.scope():
        Connection.objects.filter(id=account.connection_id).update(state=ConnectionState.RECONNECT)
    picker = back(admin, network, agree(leave(admin, network, again=str(account.connection_id))))
    page = admin.get(picker).content.decode()
    assert re.search(rf'value="{account.external_id}"\s+checked', page)
    choose(admin, picker, account.external_id)
    with world.scope():
        mended = AdAccount.objects.select_related("connection").get(id=account.id).connection
        assert (mended.id, mended.state) == (account.connection_id, ConnectionState.WORKING)


@each_network
def test_it_gives_the_sign_in_back_and_forgets_it(world: World, admin: Client, network: str):
    picker = back(admin, network, agree(leave(admin, network)))
    choose(admin, picker, offered(admin, picker)[0])
    with world.scope():
        connection = Connection.objects.filter(system=network).latest("created_at")
        credentials = connection.credentials()
    assert admin.post(f"/connections/{connection.id}/disconnect/").status_code == 302
    with world.scope():
        connection.refresh_from_db()
        assert (connection.state, bytes(connection.sealed), connection.credentials()) == ("disconnected", b"", {})
    network_of = NETWORKS_KNOWN[network]
    target = Target(base_of(network_of, "sandbox"), "", credentials)
    with pytest.raises(NotThere) as refused:  # over there the token is dead as well
        ask(network_of, network_of.accounts(target))
    assert refused.value.outcome.signed_out


@pytest.mark.parametrize("role", [Role.MARKETER, Role.VIEWER])
def test_a14_it_lets_only_admins_connect(world: World, sign_in: SignIn, role: Role):
    client = sign_in(role)
    assert client.get("/connect/google/").status_code == 403
    assert client.post("/connect/google/leave/", {"environment": "sandbox"}).status_code == 403
    assert client.post(f"/connections/{world.google.connection_id}/disconnect/").status_code == 403
    assert "/connect/google/" not in client.get("/accounts/").content.decode()


def test_it_says_who_must_register_an_app_where_there_is_none(world: World, admin: Client):
    answer = admin.post("/connect/google/leave/", {"environment": "live"})
    assert answer.status_code == 409
    assert "operator" in answer.content.decode()


def test_it_asks_for_every_permission_by_name_and_for_pkce(world: World, admin: Client):
    query = parse_qs(urlsplit(leave(admin, "google")).query)
    assert set(query["scope"][0].split()) == {
        "https://www.googleapis.com/auth/adwords",
        "https://www.googleapis.com/auth/datamanager",
    }
    assert query["code_challenge_method"] == ["S256"]
    assert len(query["state"][0]) >= 32


def test_google_28_it_names_the_permission_that_was_left_unticked(world: World, admin: Client):
    query = agree(leave(admin, "google"), scope=["https://www.googleapis.com/auth/adwords"])
    page = admin.get(back(admin, "google", query)).content.decode()
    assert "https://www.googleapis.com/auth/datamanager" in page
    assert "Some permissions were not given" in page


@pytest.mark.parametrize(("network", "scope"), [("facebook", "leads_retrieval"), ("linkedin", "r_marketing_leadgen")])
def test_it_asks_for_the_permissions_of_leads_only_when_they_are_wanted(
    world: World, admin: Client, network: str, scope: str
):
    assert scope not in leave(admin, network)
    assert scope in leave(admin, network, leads="1")

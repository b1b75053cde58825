"""What every network's connecting must keep to: pure inquiries, permissions by purpose, words for all that it tells."""

from urllib.parse import parse_qs, urlsplit

import pytest

from apps.ads.asking import SANDBOX_APPS, ask, base_of
from apps.ads.cautions import CAUTIONS
from apps.ads.network import Network
from apps.ads.registry import NETWORKS
from apps.ads.sign_in import Asked, Grant
from apps.ads.wire import Call, Target
from apps.web.network_words import LABELS, OF_EACH
from tests.conftest import Sandbox
from tests.sandbox.callers import FACEBOOK_TOKEN, LINKEDIN_TOKEN, Control

TOKENS = {"facebook": FACEBOOK_TOKEN, "google": "ya29.sandbox", "linkedin": LINKEDIN_TOKEN}
ACCOUNTS = {"facebook": "act_1001001", "google": "1234567890", "linkedin": "507001001"}
each_network = pytest.mark.parametrize("network", NETWORKS.values(), ids=NETWORKS.keys())


@pytest.fixture(autouse=True)
def _default_world(sandbox: Sandbox) -> None:
    Control(sandbox.url).restore()


def target(network: Network, account: bool = True) -> Target:
    key = network.manifest.key
    return Target(base_of(network, "sandbox"), ACCOUNTS[key] if account else "", {"access_token": TOKENS[key]})


@each_network
def test_it_asks_for_permissions_by_purpose(network: Network):
    assert {"send", "discover"} <= network.sign_in.scopes.keys() <= {"send", "discover", "leads"}
    assert ("leads" in network.sign_in.scopes) == (network.leads is not None)
    everything = frozenset(scope for scopes in network.sign_in.scopes.values() for scope in scopes)
    assert network.sign_in.missing(Grant({}, everything), "send") == ()
    assert network.sign_in.missing(Grant({}, frozenset()), "send") == tuple(network.sign_in.scopes["send"])
    assert network.sign_in.missing(Grant({}, None), "send") == ()


@each_network
def test_its_consent_page_gets_the_state_and_the_scopes_and_no_secret(network: Network):
    app = SANDBOX_APPS[network.manifest.key]
    asked = Asked("https://convsync.example/back/", "a-state", ("one", "two"), "a-challenge")
    for base in (network.base, base_of(network, "sandbox")):
        address = network.sign_in.consent_url(base, app, asked)
        query = parse_qs(urlsplit(address).query)
        assert query["state"] == ["a-state"]
        assert query["redirect_uri"] == ["https://convsync.example/back/"]
        assert query["client_id"] == [app.id]
        assert {"one", "two"} == set(query["scope"][0].replace(",", " ").split())
        assert ("code_challenge" in query) == network.sign_in.pkce
        assert app.secret not in address


@each_network
def test_its_live_consent_page_is_at_a_host_of_the_networks_own(network: Network):
    address = network.sign_in.consent_url(network.base, SANDBOX_APPS[network.manifest.key], Asked("u", "s", ("x",)))
    assert urlsplit(address).scheme == "https"
    assert network.manifest.key in (urlsplit(address).hostname or "")


@each_network
def test_it_makes_only_places_where_its_conversions_can_land(network: Network):
    kinds = {shape.destination for shape in network.manifest.shapes.values()}
    assert {made.kind for made in network.makes} <= kinds
    for made in network.makes:
        assert all(not each.options or each.default in each.options for each in made.settings)


@each_network
def test_it_has_words_for_all_that_it_finds(network: Network):
    accounts = ask(network, network.accounts(target(network, account=False)))
    (mine,) = [
        each for each in ask(network, network.accounts(target(network))) if each.external_id in ACCOUNTS.values()
    ]
    places = ask(network, network.destinations(target(network)))
    assert accounts
    assert places
    codes = {code for each in accounts for code in (*each.cautions, each.refused)}
    codes |= {code for each in places for code in each.cautions}
    assert codes - {""} <= CAUTIONS.keys()
    names = {*mine.facts, *(name for each in places for name in each.facts)}
    assert {name for name in names if name.partition(":")[0] not in OF_EACH} <= LABELS.keys()


@each_network
def test_its_inquiries_are_pure_the_same_replies_give_the_same_calls(network: Network):
    first, again = (next(network.accounts(target(network, account=False))) for _ in range(2))
    assert first == again
    assert isinstance(first, Call)
    assert TOKENS[network.manifest.key] not in first.url
    assert TOKENS[network.manifest.key] not in repr(first)

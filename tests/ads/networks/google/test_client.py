"""Where requests go and what their headers say."""

from urllib.parse import urlsplit

from apps.ads.networks.google import NETWORK
from apps.ads.networks.google.client import BASE, address
from apps.ads.wire import Target

TOKEN = {"access_token": "ya29.secret"}


def test_it_addresses_each_method_at_the_customer_of_the_route():
    target = Target(BASE, "1234567890", TOKEN)
    assert address(target, "click:1234567890", 1).url == (
        "https://googleads.googleapis.com/v26/customers/1234567890:uploadClickConversions"
    )
    assert address(target, "adjustment:1234567890", 2000).url == (
        "https://googleads.googleapis.com/v26/customers/1234567890:uploadConversionAdjustments"
    )


def test_it_can_be_pointed_at_a_stand_in():
    target = Target("http://127.0.0.1:8010/google", "1", TOKEN)
    assert address(target, "click:1", 1).url.startswith("http://127.0.0.1:8010/google/v26/customers/1:")


def test_it_finds_the_data_manager_api_at_its_own_host_or_at_the_stand_in():
    live = address(Target(BASE, "1", TOKEN, login_customer_id="9"), "event:1:1003:9", 1)
    assert live.url == "https://datamanager.googleapis.com/v1/events:ingest"
    assert set(live.headers) == {"Authorization", "Content-Type"}
    stand_in = Target("http://127.0.0.1:8010/google", "1", TOKEN)
    assert address(stand_in, "event:1:1003", 1).url == "http://127.0.0.1:8010/google/v1/events:ingest"
    assert urlsplit(live.url).hostname in NETWORK.manifest.hosts


def test_google_30_it_sends_the_token_only_in_its_header():
    sent = address(Target(BASE, "1", TOKEN), "click:1", 1)
    assert sent.headers == {"Authorization": "Bearer ya29.secret", "Content-Type": "application/json"}
    assert "ya29" not in sent.url


def test_it_names_the_login_customer_in_digits_when_there_is_one():
    sent = address(Target(BASE, "1", TOKEN, login_customer_id="987-654-3210"), "click:1", 1)
    assert sent.headers["login-customer-id"] == "9876543210"


def test_google_03_it_sends_a_developer_token_only_where_one_is_held():
    sent = address(Target(BASE, "1", TOKEN | {"developer_token": "dev"}), "click:1", 1)
    assert sent.headers["developer-token"] == "dev"


def test_it_is_reached_only_at_a_host_of_its_manifest():
    assert urlsplit(NETWORK.base).hostname in NETWORK.manifest.hosts

"""What is read at Facebook to connect: by the product's own readers, and by the official, unmodified SDK."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from apps.ads.asking import NotThere, ask
from apps.ads.found import NewDestination
from apps.ads.networks.facebook import NETWORK, discover
from apps.ads.wire import Inquiry, T, Target
from apps.domain.outcome import Verdict
from tests.sandbox.callers import FACEBOOK_TOKEN, PIXEL, Control, Facebook, sdk_says

MANY = [{"id": f"act_{number}", "name": f"Account {number}", "business": "5"} for number in range(1, 231)]


def target(control: Control, account: str = "act_1001001", **credentials: str) -> Target:
    return Target(f"{control.url}/facebook", account, {"access_token": FACEBOOK_TOKEN, **credentials})


def asked(inquiry: Inquiry[T]) -> T:
    """Through the product's one door out."""
    return ask(NETWORK, inquiry)


def raw(control: Control, path: str, token: str = FACEBOOK_TOKEN, **params: Any) -> requests.Response:
    headers = {"Authorization": f"Bearer {token}"}
    return requests.get(f"{control.url}/facebook/v26.0/{path}", params=params, headers=headers, timeout=10)


def test_b01_the_product_reads_its_ad_accounts_and_which_belong_to_no_business(control: Control) -> None:
    business, personal = asked(NETWORK.accounts(target(control, "")))
    assert (business.external_id, business.currency, business.cautions) == ("act_1001001", "EUR", ())
    assert (business.business_id, business.role) == ("5001001", "MANAGE")
    assert (personal.business_id, personal.cautions) == ("", ("no_business",))


def test_the_product_reads_every_page(control: Control) -> None:
    control.change_world("facebook", ad_accounts=MANY)
    control.change("facebook", "tokens", FACEBOOK_TOKEN, ad_accounts=[each["id"] for each in MANY])
    found = asked(NETWORK.accounts(target(control)))
    assert [each.external_id for each in found] == [each["id"] for each in MANY]


def test_b01_the_product_asks_a_system_user_for_personal_ad_accounts_and_finds_none(control: Control) -> None:
    to = target(control)
    assert asked(discover.personal_ad_accounts(to)) == frozenset()
    control.change("facebook", "tokens", FACEBOOK_TOKEN, kind="USER")
    assert asked(discover.personal_ad_accounts(to)) == {"act_1001002"}


def test_b05_the_product_reads_pixels_their_events_and_custom_conversions(control: Control) -> None:
    (pixel,) = asked(NETWORK.destinations(target(control)))
    assert (pixel.kind, pixel.external_id, pixel.cautions) == ("pixel", PIXEL, ())
    assert pixel.facts["last_fired"]
    assert {name: value for name, value in pixel.facts.items() if ":" in name} == {
        "event:PageView": "812",
        "event:Lead": "31",
        "event:Quote requested": "4",
        "custom_conversion:Quotes": "LEAD",
    }


def test_b02_the_product_makes_the_first_pixel_of_an_ad_account_and_no_second(control: Control) -> None:
    bare, new = target(control, "act_1001002"), NewDestination("pixel", "Shop")
    made = asked(NETWORK.make(bare, new))
    (pixel,) = asked(NETWORK.destinations(bare))
    assert (made.external_id, made.name) == (pixel.external_id, "Shop")
    assert asked(NETWORK.make(bare, new)).external_id == made.external_id
    with pytest.raises(NotThere, match="6200"):
        asked(NETWORK.make(bare, NewDestination("pixel", "Second")))
    control.change("facebook", "tokens", FACEBOOK_TOKEN, scopes=["ads_read"])
    with pytest.raises(NotThere, match="200"):
        asked(NETWORK.make(target(control), new))


def test_meta_28_the_product_warns_of_a_pixel_that_takes_nothing(control: Control) -> None:
    control.change("facebook", "pixels", PIXEL, is_unavailable=True, is_restricted_use=True)
    (pixel,) = asked(NETWORK.destinations(target(control)))
    assert pixel.cautions == ("unavailable", "restricted")


def test_meta_31_the_product_reads_how_well_its_own_web_events_are_matched(
    control: Control, facebook: Facebook
) -> None:
    facebook.send(facebook.event(), partner_agent="convsync").raise_for_status()
    facebook.send(facebook.event(event_name="Other"), partner_agent="somebody").raise_for_status()
    (pixel,) = asked(NETWORK.destinations(target(control)))
    told = {name: value for name, value in pixel.facts.items() if name.startswith(("quality:", "freshness:"))}
    assert told == {"quality:Lead": "3.5", "freshness:Lead": "real_time"}


def test_meta_28_the_product_reads_what_a_token_lacks_and_when_it_ends(control: Control) -> None:
    ends = datetime.now(UTC).replace(microsecond=0) + timedelta(days=60)
    control.change(
        "facebook", "tokens", FACEBOOK_TOKEN, scopes=["ads_management"], expires_at=ends.isoformat(), kind="USER"
    )
    to = target(control)
    grant = asked(NETWORK.sign_in.inspect(to.base, None, to.credentials, datetime.now(UTC)))
    assert (grant.expires_at, grant.ends_at) == (ends, ends)
    assert NETWORK.sign_in.missing(grant, "discover") == ("ads_read", "business_management")


def test_an_app_reads_that_a_token_has_ended(control: Control) -> None:
    control.change_world("facebook", app_secret="s3cret")
    control.change("facebook", "tokens", FACEBOOK_TOKEN, state="expired")
    app = control.call("GET", "world").json()["facebook"]["app_id"]
    token = asked(discover.token(target(control, app_id=app, app_secret="s3cret")))
    assert (token.valid, token.scopes, token.fault) == (False, frozenset(), "190/463")


@pytest.mark.parametrize(
    ("change", "code", "signed_out"),
    [
        ({"state": "expired"}, "190/463", True),
        ({"state": "password_changed"}, "190/460", True),
        ({"expires_at": "2020-01-01T00:00:00Z"}, "190/463", True),
        ({"scopes": []}, "200", False),
        ({"ad_accounts": []}, "100/33", False),
    ],
)
def test_meta_11_the_product_reads_why_it_may_not_look(
    control: Control, change: dict[str, Any], code: str, signed_out: bool
) -> None:
    control.change("facebook", "tokens", FACEBOOK_TOKEN, **change)
    with pytest.raises(NotThere) as caught:
        asked(discover.pixels(target(control)))
    why = caught.value.outcome
    assert (why.code, why.verdict, why.signed_out) == (code, Verdict.HOLD, signed_out)


def test_meta_29_the_product_proves_its_app_secret_when_it_reads(control: Control) -> None:
    control.change_world("facebook", app_secret="s3cret")
    assert asked(discover.pixels(target(control, app_secret="s3cret")))
    with pytest.raises(NotThere, match="104"):
        asked(discover.pixels(target(control)))


def test_it_shows_only_the_fields_that_were_asked_for(control: Control) -> None:
    rows = raw(control, "me/adaccounts", fields="name,business{id}").json()["data"]
    assert rows == [
        {"name": "Sandbox account", "business": {"id": "5001001"}, "id": "act_1001001"},
        {"name": "Personal account", "id": "act_1001002"},
    ]
    assert raw(control, "me/adaccounts", fields="shoe_size").json()["error"]["code"] == 100
    assert raw(control, "me/adaccounts", fields="name{").json()["error"]["code"] == 100


def test_it_pages_with_cursors_and_puts_the_token_into_the_next_link(control: Control) -> None:
    first = raw(control, "me/adaccounts", limit=1).json()
    following = first["paging"]["next"]
    assert parse_qs(urlsplit(following).query)["access_token"] == [FACEBOOK_TOKEN]
    last = requests.get(following, timeout=10).json()
    assert [row["id"] for row in first["data"] + last["data"]] == ["act_1001001", "act_1001002"]
    assert "next" not in last["paging"]
    assert raw(control, "me/adaccounts", after=last["paging"]["cursors"]["after"]).json() == {"data": []}


@pytest.mark.parametrize("params", [{"limit": "0"}, {"limit": "x"}, {"limit": "-1"}, {"after": "é"}, {"after": "YQ=="}])
def test_it_refuses_a_page_that_is_none(control: Control, params: dict[str, str]) -> None:
    answer = raw(control, "me/adaccounts", **params)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, 100)


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [("act_9/adspixels", 400, 100), ("me/shoes", 400, 2500), ("act_1001001/stats", 400, 2500), ("1/stats", 400, 100)],
)
def test_it_knows_what_hangs_on_what(control: Control, path: str, status: int, code: int) -> None:
    answer = raw(control, path)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


def test_it_lists_permissions_and_wants_a_token_to_speak_of(control: Control) -> None:
    granted = raw(control, "me/permissions").json()["data"]
    assert {"permission": "ads_read", "status": "granted"} in granted
    assert raw(control, "debug_token").json()["error"]["code"] == 100
    assert raw(control, "debug_token", input_token="x").json()["data"]["is_valid"] is False
    assert raw(control, "debug_token", token="x", input_token="x").status_code == 401


SDK = f"""
import json, sys
from facebook_business.adobjects.adaccount import AdAccount
from facebook_business.adobjects.adspixel import AdsPixel
from facebook_business.adobjects.user import User
from facebook_business.api import FacebookAdsApi
from facebook_business.exceptions import FacebookRequestError
from facebook_business.session import FacebookSession

FacebookSession.GRAPH = sys.argv[1] + "/facebook"
api = FacebookAdsApi(FacebookSession(access_token="{FACEBOOK_TOKEN}", app_secret=sys.argv[2] or None))
try:
    me = User("me", api=api)
    accounts = list(me.get_ad_accounts(fields=["id", "name", "currency", "business"], params={{"limit": 100}}))
    pixels = list(AdAccount(accounts[0]["id"], api=api).get_ads_pixels(fields=["id", "name", "is_crm"]))
    stats = list(AdsPixel(pixels[0]["id"], api=api).get_stats(params={{"aggregation": "event"}})) if pixels else []
    print(json.dumps({{
        "accounts": [[each["id"], each.get("business", {{}}).get("id")] for each in accounts],
        "pixels": [each["id"] for each in pixels],
        "events": [row["value"] for each in stats for row in each["data"]],
    }}))
except FacebookRequestError as error:
    print(json.dumps({{"status": error.http_status(), "code": error.api_error_code(),
                       "subcode": error.api_error_subcode(), "type": error.api_error_type()}}))
"""


def sdk(control: Control, *, secret: str = "") -> Any:
    """Read with the official SDK, with an api object of its own, in a process of its own."""
    return sdk_says(SDK, control.url, secret)


def test_the_official_facebook_sdk_lists_accounts_pixels_and_events(control: Control) -> None:
    assert sdk(control) == {
        "accounts": [["act_1001001", "5001001"], ["act_1001002", None]],
        "pixels": [PIXEL],
        "events": ["PageView", "Lead", "Quote requested"],
    }


def test_the_official_facebook_sdk_lists_every_page(control: Control) -> None:
    control.change_world("facebook", ad_accounts=MANY)
    control.change("facebook", "tokens", FACEBOOK_TOKEN, ad_accounts=[each["id"] for each in MANY])
    assert [number for number, _ in sdk(control)["accounts"]] == [each["id"] for each in MANY]


def test_the_official_facebook_sdk_reads_why_it_may_not_look(control: Control) -> None:
    control.change("facebook", "tokens", FACEBOOK_TOKEN, state="expired")
    assert sdk(control) == {"status": 401, "code": 190, "subcode": 463, "type": "OAuthException"}


def test_the_official_facebook_sdk_proves_its_app_secret_when_it_reads(control: Control) -> None:
    control.change_world("facebook", app_secret="s3cret")
    assert sdk(control, secret="s3cret")["pixels"] == [PIXEL]
    assert sdk(control, secret="wrong")["code"] == 104

"""What is read at Facebook to connect: by the product's own readers, and by the official, unmodified SDK."""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from apps.ads.networks.facebook import discover
from apps.ads.wire import Address, Target
from apps.core import http
from apps.domain.outcome import Reply, Verdict
from tests.sandbox.callers import FACEBOOK_TOKEN, PIXEL, Control

MANY = [{"id": f"act_{number}", "name": f"Account {number}", "business": "5"} for number in range(1, 231)]


def target(control: Control, account: str = "act_1001001", **credentials: str) -> Target:
    return Target(f"{control.url}/facebook", account, {"access_token": FACEBOOK_TOKEN, **credentials})


def get(address: Address) -> Reply:
    """Through the product's one door out."""
    answer = http.call(method="GET", url=address.url, headers=address.headers, allowed_hosts=frozenset())
    return Reply(answer.status, answer.headers, answer.body, answer.fault)


def raw(control: Control, path: str, token: str = FACEBOOK_TOKEN, **params: Any) -> requests.Response:
    headers = {"Authorization": f"Bearer {token}"}
    return requests.get(f"{control.url}/facebook/v26.0/{path}", params=params, headers=headers, timeout=10)


def accounts(control: Control) -> tuple[Any, ...]:
    to = target(control)
    return discover.everything(get, lambda after: discover.ad_accounts(to, after), discover.read_ad_accounts)


def test_the_product_reads_its_ad_accounts_and_which_belong_to_no_business(control: Control) -> None:
    business, personal = accounts(control)
    assert (business.id, business.currency, business.cautions()) == ("act_1001001", "EUR", ())
    assert "ADVERTISE" in business.tasks
    assert personal.cautions() == ("no_business",)


def test_the_product_reads_every_page(control: Control) -> None:
    control.change_world("facebook", ad_accounts=MANY)
    control.change("facebook", "tokens", FACEBOOK_TOKEN, ad_accounts=[each["id"] for each in MANY])
    found = accounts(control)
    assert [each.id for each in found] == [each["id"] for each in MANY]


def test_the_product_asks_a_system_user_for_personal_ad_accounts_and_finds_none(control: Control) -> None:
    to = target(control)
    assert discover.read_personal_ad_accounts(get(discover.personal_ad_accounts(to))).items == ()
    control.change("facebook", "tokens", FACEBOOK_TOKEN, kind="USER")
    assert discover.read_personal_ad_accounts(get(discover.personal_ad_accounts(to))).items == ("act_1001002",)


def test_the_product_reads_pixels_their_events_and_custom_conversions(control: Control) -> None:
    to = target(control)
    (pixel,) = discover.read_pixels(get(discover.pixels(to))).items
    assert (pixel.id, pixel.business_id, pixel.consolidated) == (PIXEL, "5001001", True)
    assert pixel.last_fired_at is not None
    events = discover.read_seen_events(get(discover.seen_events(to, pixel.id))).items
    assert [event.name for event in discover.summed(events)] == ["PageView", "Lead", "Quote requested"]
    (custom,) = discover.read_custom_conversions(get(discover.custom_conversions(to))).items
    assert (custom.name, custom.pixel_id) == ("Quotes", PIXEL)


def test_the_product_reads_what_a_token_lacks_and_when_it_ends(control: Control) -> None:
    ends = datetime.now(UTC).replace(microsecond=0) + timedelta(days=60)
    control.change(
        "facebook", "tokens", FACEBOOK_TOKEN, scopes=["ads_management"], expires_at=ends.isoformat(), kind="USER"
    )
    token = discover.read_token(get(discover.token(target(control))))
    assert (token.valid, token.kind, token.expires_at) == (True, "USER", ends)
    assert token.missing("discover") == ("ads_read", "business_management")


def test_an_app_reads_that_a_token_has_ended(control: Control) -> None:
    control.change_world("facebook", app_secret="s3cret")
    control.change("facebook", "tokens", FACEBOOK_TOKEN, state="expired")
    app = control.call("GET", "world").json()["facebook"]["app_id"]
    token = discover.read_token(get(discover.token(target(control, app_id=app, app_secret="s3cret"))))
    assert not token.valid
    assert token.scopes == frozenset()


@pytest.mark.parametrize(
    ("change", "code", "verdict"),
    [
        ({"state": "expired"}, "190/463", Verdict.HOLD),
        ({"state": "password_changed"}, "190/460", Verdict.HOLD),
        ({"expires_at": "2020-01-01T00:00:00Z"}, "190/463", Verdict.HOLD),
        ({"scopes": []}, "200", Verdict.HOLD),
        ({"ad_accounts": []}, "100/33", Verdict.HOLD),
    ],
)
def test_the_product_reads_why_it_may_not_look(
    control: Control, change: dict[str, Any], code: str, verdict: Verdict
) -> None:
    control.change("facebook", "tokens", FACEBOOK_TOKEN, **change)
    with pytest.raises(discover.NotRead) as caught:
        discover.read_pixels(get(discover.pixels(target(control))))
    assert (caught.value.outcome.code, caught.value.outcome.verdict) == (code, verdict)


def test_the_product_proves_its_app_secret_when_it_reads(control: Control) -> None:
    control.change_world("facebook", app_secret="s3cret")
    assert get(discover.pixels(target(control, app_secret="s3cret"))).status == 200
    with pytest.raises(discover.NotRead, match="104"):
        discover.read_pixels(get(discover.pixels(target(control))))


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
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", SDK, control.url, secret],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


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

"""Who hears of Facebook's leads: the handshake, the subscriptions, who may subscribe, the signed delivery."""

import hashlib
import hmac
import json
import time

import pytest

from tests.sandbox.callers import FACEBOOK_TOKEN, Control
from tests.sandbox.leadads import APP, FORM, PAGE, SECRET, Desk, Subscriber


def test_meta_30_it_subscribes_an_address_that_repeats_the_challenge(lead_ads: Desk, listener: Subscriber) -> None:
    assert lead_ads.subscribe_app(listener.url).json() == {"success": True}
    assert listener.challenges == 1
    (shown,) = lead_ads.call("GET", f"{APP}/subscriptions", token=f"{APP}|{SECRET}").json()["data"]
    assert (shown["object"], shown["callback_url"], shown["active"]) == ("page", listener.url, True)
    assert [field["name"] for field in shown["fields"]] == ["leadgen"]
    assert "let me in" not in str(shown)


def test_meta_30_it_refuses_an_address_that_fails_the_handshake(lead_ads: Desk, listener: Subscriber) -> None:
    for wrong in ({"verify_token": "guessed"}, {"url": "http://127.0.0.1:9/nobody"}):
        refused = lead_ads.subscribe_app(**{"url": listener.url} | wrong)
        assert (refused.status_code, refused.json()["error"]["code"]) == (400, 2200), wrong
    listener.status = 403
    assert "HTTP Status Code = 403" in lead_ads.subscribe_app(listener.url).json()["error"]["message"]
    assert lead_ads.call("GET", f"{APP}/subscriptions", token=f"{APP}|{SECRET}").json()["data"] == []


@pytest.mark.parametrize(
    "changes",
    [{"callback_url": "https://example.com/leads"}, {"object": "user"}, {"fields": "leads"}, {"verify_token": ""}],
)
def test_meta_30_it_calls_no_other_machine_and_knows_pages_only(
    lead_ads: Desk, listener: Subscriber, changes: dict[str, str]
) -> None:
    refused = lead_ads.subscribe_app(listener.url, **changes)
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, 100)
    assert listener.challenges == 0


def test_meta_30_only_the_app_itself_subscribes_the_app(lead_ads: Desk) -> None:
    assert lead_ads.refused("GET", f"{APP}/subscriptions")[0] == 15
    assert lead_ads.call("GET", "me/accounts", token=f"{APP}|{SECRET}").json()["error"]["code"] == 2500
    assert lead_ads.call("GET", f"{APP}/subscriptions", token=f"{APP}|wrong").status_code == 401


def test_meta_30_it_lists_pages_with_a_token_for_each(lead_ads: Desk) -> None:
    (page,) = lead_ads.call("GET", "me/accounts").json()["data"]
    assert (page["id"], page["name"]) == (PAGE, "Sandbox page")
    token = page["access_token"]
    seen = lead_ads.call("GET", "debug_token", input_token=token).json()["data"]
    assert (seen["type"], seen["profile_id"], seen["is_valid"]) == ("PAGE", PAGE, True)
    named = lead_ads.call("GET", PAGE, token=token, fields="name,access_token").json()
    assert named == {"id": PAGE, "name": "Sandbox page", "access_token": token}


def test_meta_30_a_pages_token_dies_with_the_token_it_came_from(lead_ads: Desk) -> None:
    token = lead_ads.page_token
    lead_ads.control.change("facebook", "tokens", FACEBOOK_TOKEN, state="app_removed")
    assert lead_ads.call("GET", PAGE, token=token).json()["error"]["error_subcode"] == 458


def test_meta_30_a_page_subscribes_the_app_with_its_own_token(lead_ads: Desk) -> None:
    path, wanted = f"{PAGE}/subscribed_apps", {"subscribed_fields": "leadgen"}
    assert lead_ads.refused("POST", path, **wanted)[0] == 210
    token = lead_ads.page_token
    assert lead_ads.refused("POST", path, token=token)[0] == 100
    assert lead_ads.refused("POST", path, token=token, subscribed_fields="leads")[0] == 100
    assert lead_ads.call("GET", path, token=token).json()["data"] == []
    assert lead_ads.call("POST", path, token=token, **wanted).json() == {"success": True}
    (app,) = lead_ads.call("GET", path, token=token).json()["data"]
    assert (app["id"], app["subscribed_fields"]) == (APP, ["leadgen"])
    assert lead_ads.call("DELETE", path, token=token).json() == {"success": True}
    assert lead_ads.call("GET", path, token=token).json()["data"] == []


@pytest.mark.parametrize(
    ("method", "path", "by_page", "permission"),
    [
        ("GET", "me/accounts", False, "pages_show_list"),
        ("POST", f"{PAGE}/subscribed_apps", True, "pages_manage_metadata"),
        ("POST", f"{PAGE}/subscribed_apps", True, "leads_retrieval"),
        ("GET", f"{PAGE}/leadgen_forms", True, "pages_manage_ads"),
        ("GET", f"{FORM}/leads", False, "leads_retrieval"),
        ("GET", f"{FORM}/leads", True, "pages_read_engagement"),
        ("POST", f"{FORM}/test_leads", True, "leads_retrieval"),
    ],
)
def test_meta_30_it_wants_the_permission_of_each_call(
    lead_ads: Desk, method: str, path: str, by_page: bool, permission: str
) -> None:
    token = lead_ads.page_token if by_page else FACEBOOK_TOKEN
    given = {"token": token, "subscribed_fields": "leadgen"}
    assert lead_ads.call(method, path, **given).status_code == 200
    scopes = lead_ads.control.call("GET", "world").json()["facebook"]["tokens"][0]["scopes"]
    lead_ads.control.change(
        "facebook", "tokens", FACEBOOK_TOKEN, scopes=[each for each in scopes if each != permission]
    )
    code, message = lead_ads.refused(method, path, **given)
    assert code == 200
    assert permission in message


def test_meta_30_it_delivers_a_lead_signed_over_the_raw_body(lead_ads: Desk, listener: Subscriber) -> None:
    lead_ads.subscribe(listener.url)
    told = lead_ads.button("fill-in", ad="120000000000009")
    assert told["deliveries"] == [{"url": listener.url, "status": 200}]
    (heard,) = listener.heard
    signature = hmac.new(SECRET.encode(), heard.body, hashlib.sha256).hexdigest()
    assert heard.headers["X-Hub-Signature-256"] == f"sha256={signature}"
    body = json.loads(heard.body)
    (entry,) = body["entry"]
    (change,) = entry["changes"]
    assert (body["object"], entry["id"], change["field"]) == ("page", PAGE, "leadgen")
    assert change["value"].pop("created_time") == pytest.approx(time.time(), abs=10)
    assert change["value"] == {
        "leadgen_id": told["leads"][0],
        "page_id": PAGE,
        "form_id": FORM,
        "ad_id": "120000000000009",
        "adgroup_id": "120000000000009",
    }


def test_meta_30_it_signs_with_the_secret_that_the_app_has(
    lead_ads: Desk, listener: Subscriber, control: Control
) -> None:
    lead_ads.subscribe(listener.url)
    control.change_world("facebook", app_secret="s3cret")
    lead_ads.button("fill-in")
    signature = hmac.new(b"s3cret", listener.heard[0].body, hashlib.sha256).hexdigest()
    assert listener.heard[0].headers["X-Hub-Signature-256"] == f"sha256={signature}"


def test_meta_30_it_puts_several_leads_into_one_entry_and_delivers_twice(lead_ads: Desk, listener: Subscriber) -> None:
    lead_ads.subscribe(listener.url)
    told = lead_ads.button("fill-in", leads=3, deliveries=2)
    assert [[value["leadgen_id"] for value in values] for values in listener.changes] == [told["leads"]] * 2
    assert len(json.loads(listener.heard[0].body)["entry"]) == 1


def test_meta_30_it_delivers_late_or_again_or_never(lead_ads: Desk, listener: Subscriber) -> None:
    lead_ads.subscribe(listener.url)
    (lost,) = lead_ads.button("fill-in", silent=True)["leads"]
    assert listener.heard == []
    assert lead_ads.leads() == [lost]
    lead_ads.button("deliver", leads=[lost], deliveries=2)
    assert [values[0]["leadgen_id"] for values in listener.changes] == [lost, lost]
    (late,) = lead_ads.button("fill-in", delay_seconds=1)["leads"]
    assert len(listener.heard) == 2
    until = time.monotonic() + 10
    while len(listener.heard) < 3 and time.monotonic() < until:
        time.sleep(0.05)
    assert listener.changes[2][0]["leadgen_id"] == late


def test_meta_30_nobody_hears_of_a_page_that_did_not_subscribe_the_app(lead_ads: Desk, listener: Subscriber) -> None:
    lead_ads.subscribe_app(listener.url)
    assert lead_ads.button("fill-in")["deliveries"] == []
    lead_ads.subscribe(listener.url)
    lead_ads.call("DELETE", f"{APP}/subscriptions", token=f"{APP}|{SECRET}", object="page")
    assert lead_ads.button("fill-in")["deliveries"] == []
    assert listener.heard == []

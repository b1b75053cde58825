"""What there is at Facebook: businesses, ad accounts, datasets, custom conversions, and what tokens may."""

import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from tests.sandbox.callers import BROWSER, FACEBOOK_TOKEN, PIXEL, Control, Facebook

APP, SECRET, BUSINESS = "770077007700077", "sandbox-client-secret", "5001001"
BACK = "http://127.0.0.1:8000/connections/facebook/back"
NEW = {
    "name": "Quotes over 1000",
    "event_source_id": PIXEL,
    "rule": '{"and":[{"event":{"eq":"Lead"}}]}',
    "custom_event_type": "LEAD",
    "action_source_type": "system_generated",
    "default_conversion_value": "12.50",
}


class Graph:
    """Calls to the Graph API."""

    def __init__(self, control: Control) -> None:
        control.touched = True
        self.control = control

    def call(self, method: str, path: str, *, token: str = FACEBOOK_TOKEN, **params: Any) -> requests.Response:
        """Make a call."""
        headers = {"Authorization": f"Bearer {token}"}
        url = f"{self.control.url}/facebook/v26.0/{path}"
        return requests.request(method, url, params=params, headers=headers, timeout=10)

    def read(self, path: str, **params: Any) -> Any:
        """Read something that can be read."""
        answer = self.call("GET", path, **params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def ids(self, path: str, **params: Any) -> list[str]:
        """The ids of what hangs on something."""
        return [each["id"] for each in self.read(path, **params)["data"]]

    def code(self, method: str, path: str, **given: Any) -> int:
        """Make a call that is refused; the code."""
        code: int = self.call(method, path, **given).json()["error"]["code"]
        return code


@pytest.fixture
def graph(control: Control) -> Graph:
    """The Graph API."""
    return Graph(control)


def test_meta_35_it_reads_a_business_and_what_it_owns(graph: Graph) -> None:
    assert graph.ids("me/businesses") == [BUSINESS]
    assert graph.read(BUSINESS) == {"id": BUSINESS, "name": f"Business {BUSINESS}"}
    assert graph.ids(f"{BUSINESS}/owned_ad_accounts") == ["act_1001001"]
    assert graph.ids(f"{BUSINESS}/owned_pixels") == [PIXEL]
    for edge in ("adspixels", "ads_dataset"):
        assert graph.ids(f"{BUSINESS}/{edge}") == [PIXEL], edge
    assert graph.ids(f"{BUSINESS}/client_ad_accounts") == graph.ids(f"{BUSINESS}/client_pixels") == []


def test_meta_35_what_others_share_with_a_business_is_its_clients(graph: Graph, control: Control) -> None:
    accounts = [{"id": "act_1001001", "business": BUSINESS}, {"id": "act_1001002", "business": "6"}]
    pixels = [{"id": PIXEL, "ad_accounts": ["act_1001001"], "business": "6"}]
    control.change_world("facebook", ad_accounts=accounts, pixels=pixels)
    assert graph.ids(f"{BUSINESS}/client_ad_accounts") == ["act_1001002"]
    assert graph.ids(f"{BUSINESS}/client_pixels") == graph.ids(f"{BUSINESS}/adspixels") == [PIXEL]
    assert graph.ids(f"{BUSINESS}/owned_pixels") == []


def test_meta_35_businesses_want_their_permission(graph: Graph, control: Control) -> None:
    control.change("facebook", "tokens", FACEBOOK_TOKEN, scopes=["ads_read"])
    for path in ("me/businesses", f"{BUSINESS}/owned_pixels"):
        assert graph.code("GET", path) == 200
    assert graph.code("GET", "999/owned_pixels") == 100


def test_meta_35_it_reads_an_account_and_a_dataset_by_themselves(graph: Graph) -> None:
    assert graph.read("act_1001001", fields="currency") == {"currency": "EUR", "id": "act_1001001"}
    dataset = graph.read(PIXEL, fields="is_consolidated_container,is_crm,is_unavailable,is_restricted_use,name")
    assert dataset == {
        "id": PIXEL,
        "name": "Sandbox pixel",
        "is_consolidated_container": True,
        "is_crm": False,
        "is_unavailable": False,
        "is_restricted_use": False,
    }
    assert graph.read("me") == {"id": "100000000000001", "name": "Sandbox user"}
    assert graph.code("GET", "act_9") == 100


def test_meta_35_it_reads_who_shares_a_dataset(graph: Graph) -> None:
    assert graph.ids(f"{PIXEL}/adaccounts", business=BUSINESS) == ["act_1001001"]
    assert graph.ids(f"{PIXEL}/shared_accounts", business=BUSINESS) == []
    (user,) = graph.read(f"{PIXEL}/assigned_users", business=BUSINESS)["data"]
    assert "UPLOAD" in user["tasks"]
    assert graph.code("GET", f"{PIXEL}/assigned_users") == 100
    (check,) = graph.read(f"{PIXEL}/da_checks")["data"]
    assert (check["key"], check["result"]) == ("pixel_active", "passed")


def test_meta_35_the_stats_count_browsers_and_servers(graph: Graph, facebook: Facebook) -> None:
    facebook.send(facebook.event(), facebook.event(event_name="Quote accepted"))

    def counted(aggregation: str) -> dict[str, int]:
        rows = graph.read(f"{PIXEL}/stats", aggregation=aggregation)["data"]
        return {row["data"][0]["value"]: row["data"][0]["count"] for row in rows}

    assert counted("event") == {"PageView": 812, "Lead": 32, "Quote requested": 4, "Quote accepted": 1}
    assert counted("event_total_counts") == {"total": 849}
    assert counted("event_source") == {"BROWSER": 847, "SERVER": 2}
    assert counted("match_keys") == {"em": 2, "client_user_agent": 2}
    assert graph.code("GET", f"{PIXEL}/stats", aggregation="device_os") == 100


def test_meta_35_it_makes_a_custom_conversion(graph: Graph) -> None:
    number = graph.call("POST", "act_1001001/customconversions", **NEW).json()["id"]
    fields = "name,custom_event_type,pixel,rule,action_source_type,default_conversion_value"
    rows = graph.read("act_1001001/customconversions", fields=fields)["data"]
    made = {key: value for key, value in NEW.items() if key != "event_source_id"}
    assert made | {"id": number, "pixel": {"id": PIXEL}} in rows


@pytest.mark.parametrize(
    "changes",
    [
        {"name": ""},
        {"rule": "contains Lead"},
        {"rule": "[]"},
        {"rule": ""},
        {"custom_event_type": "CUSTOMER"},
        {"event_source_id": "1"},
        {"action_source_type": "fax"},
        {"default_conversion_value": "much"},
    ],
)
def test_meta_35_it_refuses_a_custom_conversion_that_is_none(graph: Graph, changes: dict[str, str]) -> None:
    assert graph.code("POST", "act_1001001/customconversions", **NEW | changes) == 100


def test_meta_35_only_who_manages_ads_makes_a_custom_conversion(graph: Graph, control: Control) -> None:
    control.change("facebook", "tokens", FACEBOOK_TOKEN, scopes=["ads_read"])
    assert graph.code("POST", "act_1001001/customconversions", **NEW) == 200
    assert len(graph.read("act_1001001/customconversions")["data"]) == 1


def test_meta_35_it_shows_the_quality_of_the_web_events(graph: Graph, facebook: Facebook) -> None:
    bare = {"external_id": "1", "client_user_agent": BROWSER}
    facebook.send(facebook.event(), facebook.event(user_data=bare), facebook.lead_event())
    (event,) = graph.read("dataset_quality", dataset_id=PIXEL)["web"]
    assert event["event_name"] == "Lead"
    quality = event["event_match_quality"]
    shares = {each["identifier"]: each["coverage"]["percentage"] for each in quality["match_key_feedback"]}
    assert shares == {"email": 50.0, "external_id": 50.0, "user_agent": 100.0}
    assert 0 < quality["composite_score"] < 10
    assert event["data_freshness"] == {"upload_frequency": "real_time"}
    (by_id,) = [each for each in event["dedupe_key_feedback"] if each["dedupe_key"] == "event_id"]
    assert by_id["server_events_with_dedupe_key"] == {"percentage": 100.0}


def test_meta_35_the_quality_is_of_one_agent_and_of_the_fields_asked_for(graph: Graph, facebook: Facebook) -> None:
    facebook.send(facebook.event(event_name="Ours"), partner_agent="convsync")
    facebook.send(facebook.event(event_name="Theirs"), partner_agent="other")
    asked = {"dataset_id": PIXEL, "fields": "web{event_match_quality{composite_score},event_name}"}
    assert graph.read("dataset_quality", agent_name="convsync", **asked) == {
        "web": [{"event_match_quality": {"composite_score": 3.5}, "event_name": "Ours"}]
    }
    assert len(graph.read("dataset_quality", **asked)["web"]) == 2
    assert graph.code("GET", "dataset_quality", dataset_id=PIXEL, fields="web{event_name") == 100


@pytest.mark.parametrize(("scopes", "status"), [(["ads_read"], 403), (["ads_read", "business_management"], 200)])
def test_meta_35_the_quality_wants_two_permissions(
    graph: Graph, control: Control, scopes: list[str], status: int
) -> None:
    control.change("facebook", "tokens", FACEBOOK_TOKEN, scopes=scopes)
    assert graph.call("GET", "dataset_quality", dataset_id=PIXEL).status_code == status
    assert graph.code("GET", "dataset_quality", dataset_id="1") == 100


def exchanged(graph: Graph, **given: str) -> requests.Response:
    params = {"client_id": APP, "client_secret": SECRET, **given}
    return requests.get(f"{graph.control.url}/facebook/v26.0/oauth/access_token", params=params, timeout=10)


def test_meta_35_who_takes_the_permissions_back_has_no_tokens_until_signing_in_again(graph: Graph) -> None:
    assert graph.call("DELETE", "me/permissions").json() == {"success": True}
    dead = graph.call("GET", "me/adaccounts")
    assert (dead.status_code, dead.json()["error"]["error_subcode"]) == (401, 458)
    app = f"{APP}|{SECRET}"
    seen = graph.call("GET", "debug_token", token=app, input_token=FACEBOOK_TOKEN).json()["data"]
    assert (seen["is_valid"], seen["error"]["subcode"]) == (False, 458)
    again = {"client_id": APP, "redirect_uri": BACK, "choice": "yes"}
    url = f"{graph.control.url}/facebook/v26.0/dialog/oauth"
    back = requests.get(url, params=again, timeout=10, allow_redirects=False).headers["Location"]
    assert exchanged(graph, code=parse_qs(urlsplit(back).query)["code"][0], redirect_uri=BACK).ok
    assert graph.ids("me/adaccounts") == ["act_1001001", "act_1001002"]


def test_meta_35_one_permission_can_be_taken_back(graph: Graph) -> None:
    assert graph.call("DELETE", "me/permissions/ads_management").json() == {"success": True}
    scopes = {each["permission"] for each in graph.read("me/permissions")["data"]}
    assert "ads_management" not in scopes
    assert "ads_read" in scopes
    assert graph.code("DELETE", "me/permissions", permission="ads_management") == 100


def test_meta_35_a_system_users_token_is_made_inspected_and_renewed(graph: Graph, control: Control) -> None:
    asked = {"scope": "ads_read,ads_management", "asset": "act_1001001", "set_token_expires_in_60_days": "true"}
    made = graph.call("POST", f"{BUSINESS}/system_user_access_tokens", **asked).json()
    token = made["access_token"]
    assert made["expires_in"] == 60 * 86_400
    seen = graph.read("debug_token", input_token=token)["data"]
    assert (seen["type"], seen["scopes"]) == ("SYSTEM_USER", ["ads_read", "ads_management"])
    assert seen["granular_scopes"][0] == {"scope": "ads_read", "target_ids": ["1001001"]}
    assert graph.ids("me/adaccounts", token=token) == ["act_1001001"]
    control.set_clock(days=30)
    renewed = exchanged(graph, grant_type="fb_exchange_token", fb_exchange_token=token).json()
    assert renewed["access_token"] == token
    ends = graph.read("debug_token", input_token=token)["data"]["expires_at"]
    assert ends == pytest.approx(time.time() + 90 * 86_400, abs=60)
    control.set_clock(days=91)
    assert graph.code("GET", "me/adaccounts", token=token) == 190
    assert exchanged(graph, grant_type="fb_exchange_token", fb_exchange_token=token).status_code == 401


def test_meta_35_a_system_users_token_can_be_endless_and_never_more_than_its_makers(graph: Graph) -> None:
    made = graph.call("POST", f"{BUSINESS}/system_user_access_tokens", scope="ads_read").json()
    assert set(made) == {"access_token"}
    assert graph.read("debug_token", input_token=made["access_token"])["data"]["expires_at"] == 0
    assert graph.code("POST", f"{BUSINESS}/system_user_access_tokens", scope="instagram_basic") == 100


def test_meta_35_a_persons_lasting_token_gets_its_60_days_anew(graph: Graph, control: Control) -> None:
    soon = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    control.change("facebook", "tokens", FACEBOOK_TOKEN, kind="USER", expires_at=soon)
    assert exchanged(graph, grant_type="fb_exchange_token", fb_exchange_token=FACEBOOK_TOKEN).ok
    ends = graph.read("debug_token", input_token=FACEBOOK_TOKEN)["data"]["expires_at"]
    assert ends == pytest.approx(time.time() + 60 * 86_400, abs=60)


def test_meta_35_readings_report_usage_and_a_version_that_is_dying(graph: Graph, control: Control) -> None:
    warning = "The call has been auto-upgraded to v26.0 as v24.0 has been deprecated."
    control.change_world("facebook", version_warning=warning)
    for path in ("act_1001001/adspixels", f"{PIXEL}/stats", "act_1001001/nonsense"):
        headers = graph.call("GET", path).headers
        assert headers["X-Ad-Api-Version-Warning"] == warning
        assert json.loads(headers["X-App-Usage"])["call_count"] == 1
        assert "1001001" in json.loads(headers["X-Business-Use-Case-Usage"])

"""Facebook's lead ads in the sandbox: the handshake, the signed delivery, reading leads, who may."""

import hashlib
import hmac
import json
import time
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import requests

from tests.sandbox.callers import FACEBOOK_TOKEN, Control
from tests.sandbox.listener import Listener

APP, SECRET = "770077007700077", "sandbox-client-secret"
PAGE, FORM = "104000000000001", "205000000000001"
EVERY_FIELD = "created_time,id,ad_id,adset_id,campaign_id,form_id,field_data,is_organic,custom_disclaimer_responses"


class Subscriber(Listener):
    """An app's webhook, which knows the token it was told to expect."""

    def __init__(self) -> None:
        super().__init__(self._answer)
        self.verify_token = "let me in"

    @property
    def changes(self) -> list[list[Any]]:
        """The values of each delivery's changes."""
        told = [json.loads(each.body) for each in self.heard]
        return [[change["value"] for entry in one["entry"] for change in entry["changes"]] for one in told]

    def _answer(self, query: Mapping[str, str]) -> bytes:
        known = query["hub.verify_token"] == self.verify_token and query["hub.mode"] == "subscribe"
        return query["hub.challenge"].encode() if known else b"no"


class Desk:
    """Calls to the Graph API for leads, and to the sandbox's buttons."""

    def __init__(self, control: Control) -> None:
        control.touched = True
        self.control, self.base = control, f"{control.url}/facebook"

    def call(self, method: str, path: str, *, token: str = FACEBOOK_TOKEN, **params: Any) -> requests.Response:
        """Call the Graph API."""
        headers = {"Authorization": f"Bearer {token}"}
        return requests.request(method, f"{self.base}/v26.0/{path}", params=params, headers=headers, timeout=20)

    def refused(self, method: str, path: str, **given: Any) -> tuple[int, str]:
        """Make a call that is refused; the code and what it says."""
        answer = self.call(method, path, **given)
        assert answer.status_code in (400, 403), answer.text
        return answer.json()["error"]["code"], answer.json()["error"]["message"]

    @property
    def page_token(self) -> str:
        """The token of the page."""
        return self.call("GET", "me/accounts").json()["data"][0]["access_token"]

    def subscribe_app(self, url: str, **changes: Any) -> requests.Response:
        """Subscribe an address to pages, as the app."""
        given = {"object": "page", "callback_url": url, "verify_token": "let me in", "fields": "leadgen"} | changes
        return self.call("POST", f"{APP}/subscriptions", token=f"{APP}|{SECRET}", **given)

    def subscribe(self, url: str) -> None:
        """Subscribe an address to the page's leads, all of it."""
        self.subscribe_app(url).raise_for_status()
        given = {"subscribed_fields": "leadgen"}
        self.call("POST", f"{PAGE}/subscribed_apps", token=self.page_token, **given).raise_for_status()

    def button(self, name: str, **given: Any) -> Any:
        """Press a button of the sandbox's."""
        return requests.post(f"{self.base}/_sandbox/{name}", json=given, timeout=20).json()

    def leads(self, **given: Any) -> list[str]:
        """The ids of the form's leads, the newest first."""
        answer = self.call("GET", f"{FORM}/leads", **given)
        assert answer.status_code == 200, answer.text
        return [lead["id"] for lead in answer.json()["data"]]


@pytest.fixture
def subscriber() -> Iterator[Subscriber]:
    """A webhook on this machine."""
    subscriber = Subscriber()
    yield subscriber
    subscriber.close()


@pytest.fixture
def desk(control: Control) -> Desk:
    """The sandbox's buttons, and the Graph API."""
    return Desk(control)


def test_meta_30_it_subscribes_an_address_that_repeats_the_challenge(desk: Desk, subscriber: Subscriber) -> None:
    assert desk.subscribe_app(subscriber.url).json() == {"success": True}
    assert subscriber.challenges == 1
    (shown,) = desk.call("GET", f"{APP}/subscriptions", token=f"{APP}|{SECRET}").json()["data"]
    assert (shown["object"], shown["callback_url"], shown["active"]) == ("page", subscriber.url, True)
    assert [field["name"] for field in shown["fields"]] == ["leadgen"]
    assert "let me in" not in str(shown)


def test_meta_30_it_refuses_an_address_that_fails_the_handshake(desk: Desk, subscriber: Subscriber) -> None:
    for wrong in ({"verify_token": "guessed"}, {"url": "http://127.0.0.1:9/nobody"}):
        refused = desk.subscribe_app(**{"url": subscriber.url} | wrong)
        assert (refused.status_code, refused.json()["error"]["code"]) == (400, 2200), wrong
    subscriber.status = 403
    assert "HTTP Status Code = 403" in desk.subscribe_app(subscriber.url).json()["error"]["message"]
    assert desk.call("GET", f"{APP}/subscriptions", token=f"{APP}|{SECRET}").json()["data"] == []


@pytest.mark.parametrize(
    "changes",
    [{"callback_url": "https://example.com/leads"}, {"object": "user"}, {"fields": "leads"}, {"verify_token": ""}],
)
def test_meta_30_it_calls_no_other_machine_and_knows_pages_only(
    desk: Desk, subscriber: Subscriber, changes: dict[str, str]
) -> None:
    refused = desk.subscribe_app(subscriber.url, **changes)
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, 100)
    assert subscriber.challenges == 0


def test_meta_30_only_the_app_itself_subscribes_the_app(desk: Desk) -> None:
    assert desk.refused("GET", f"{APP}/subscriptions")[0] == 15
    assert desk.call("GET", "me/accounts", token=f"{APP}|{SECRET}").json()["error"]["code"] == 2500
    assert desk.call("GET", f"{APP}/subscriptions", token=f"{APP}|wrong").status_code == 401


def test_meta_30_it_lists_pages_with_a_token_for_each(desk: Desk) -> None:
    (page,) = desk.call("GET", "me/accounts").json()["data"]
    assert (page["id"], page["name"]) == (PAGE, "Sandbox page")
    token = page["access_token"]
    seen = desk.call("GET", "debug_token", input_token=token).json()["data"]
    assert (seen["type"], seen["profile_id"], seen["is_valid"]) == ("PAGE", PAGE, True)
    named = desk.call("GET", PAGE, token=token, fields="name,access_token").json()
    assert named == {"id": PAGE, "name": "Sandbox page", "access_token": token}


def test_meta_30_a_pages_token_dies_with_the_token_it_came_from(desk: Desk) -> None:
    token = desk.page_token
    desk.control.change("facebook", "tokens", FACEBOOK_TOKEN, state="app_removed")
    assert desk.call("GET", PAGE, token=token).json()["error"]["error_subcode"] == 458


def test_meta_30_a_page_subscribes_the_app_with_its_own_token(desk: Desk) -> None:
    path, wanted = f"{PAGE}/subscribed_apps", {"subscribed_fields": "leadgen"}
    assert desk.refused("POST", path, **wanted)[0] == 210
    token = desk.page_token
    assert desk.refused("POST", path, token=token)[0] == 100
    assert desk.refused("POST", path, token=token, subscribed_fields="leads")[0] == 100
    assert desk.call("GET", path, token=token).json()["data"] == []
    assert desk.call("POST", path, token=token, **wanted).json() == {"success": True}
    (app,) = desk.call("GET", path, token=token).json()["data"]
    assert (app["id"], app["subscribed_fields"]) == (APP, ["leadgen"])
    assert desk.call("DELETE", path, token=token).json() == {"success": True}
    assert desk.call("GET", path, token=token).json()["data"] == []


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
    desk: Desk, method: str, path: str, by_page: bool, permission: str
) -> None:
    token = desk.page_token if by_page else FACEBOOK_TOKEN
    given = {"token": token, "subscribed_fields": "leadgen"}
    assert desk.call(method, path, **given).status_code == 200
    scopes = desk.control.call("GET", "world").json()["facebook"]["tokens"][0]["scopes"]
    desk.control.change("facebook", "tokens", FACEBOOK_TOKEN, scopes=[each for each in scopes if each != permission])
    code, message = desk.refused(method, path, **given)
    assert code == 200
    assert permission in message


def test_meta_30_it_delivers_a_lead_signed_over_the_raw_body(desk: Desk, subscriber: Subscriber) -> None:
    desk.subscribe(subscriber.url)
    told = desk.button("fill-in", ad="120000000000009")
    assert told["deliveries"] == [{"url": subscriber.url, "status": 200}]
    (heard,) = subscriber.heard
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
    desk: Desk, subscriber: Subscriber, control: Control
) -> None:
    desk.subscribe(subscriber.url)
    control.change_world("facebook", app_secret="s3cret")
    desk.button("fill-in")
    signature = hmac.new(b"s3cret", subscriber.heard[0].body, hashlib.sha256).hexdigest()
    assert subscriber.heard[0].headers["X-Hub-Signature-256"] == f"sha256={signature}"


def test_meta_30_it_puts_several_leads_into_one_entry_and_delivers_twice(desk: Desk, subscriber: Subscriber) -> None:
    desk.subscribe(subscriber.url)
    told = desk.button("fill-in", leads=3, deliveries=2)
    assert [[value["leadgen_id"] for value in values] for values in subscriber.changes] == [told["leads"]] * 2
    assert len(json.loads(subscriber.heard[0].body)["entry"]) == 1


def test_meta_30_it_delivers_late_or_again_or_never(desk: Desk, subscriber: Subscriber) -> None:
    desk.subscribe(subscriber.url)
    (lost,) = desk.button("fill-in", silent=True)["leads"]
    assert subscriber.heard == []
    assert desk.leads() == [lost]
    desk.button("deliver", leads=[lost], deliveries=2)
    assert [values[0]["leadgen_id"] for values in subscriber.changes] == [lost, lost]
    (late,) = desk.button("fill-in", delay_seconds=1)["leads"]
    assert len(subscriber.heard) == 2
    until = time.monotonic() + 10
    while len(subscriber.heard) < 3 and time.monotonic() < until:
        time.sleep(0.05)
    assert subscriber.changes[2][0]["leadgen_id"] == late


def test_meta_30_nobody_hears_of_a_page_that_did_not_subscribe_the_app(desk: Desk, subscriber: Subscriber) -> None:
    desk.subscribe_app(subscriber.url)
    assert desk.button("fill-in")["deliveries"] == []
    desk.subscribe(subscriber.url)
    desk.call("DELETE", f"{APP}/subscriptions", token=f"{APP}|{SECRET}", object="page")
    assert desk.button("fill-in")["deliveries"] == []
    assert subscriber.heard == []


def test_meta_30_it_reads_a_lead_with_its_answers_its_ad_and_its_consent(desk: Desk) -> None:
    answers = [{"name": "email", "values": ["jo@example.com"]}, {"name": "city", "values": ["Zwolle", "Ede"]}]
    ticked = [{"checkbox_key": "news", "is_checked": True}, {"checkbox_key": "calls", "is_checked": False}]
    (number,) = desk.button("fill-in", answers=answers, disclaimers=ticked)["leads"]
    assert set(desk.call("GET", number).json()) == {"id", "created_time", "field_data"}
    for token in (FACEBOOK_TOKEN, desk.page_token):
        lead = desk.call("GET", number, token=token, fields=EVERY_FIELD).json()
        assert lead.pop("created_time").endswith("+0000")
        assert lead == {
            "id": number,
            "ad_id": "120000000000001",
            "adset_id": "120000000000002",
            "campaign_id": "120000000000003",
            "form_id": FORM,
            "field_data": answers,
            "is_organic": False,
            "custom_disclaimer_responses": [
                {"checkbox_key": "news", "is_checked": "1"},
                {"checkbox_key": "calls", "is_checked": ""},
            ],
        }


def test_meta_30_a_lead_id_has_more_digits_than_a_double(desk: Desk) -> None:
    (number,) = desk.button("fill-in")["leads"]
    assert len(number) == 17
    assert int(number) > 2**53


def test_meta_30_a_lead_from_the_page_itself_is_organic(desk: Desk, subscriber: Subscriber) -> None:
    desk.subscribe(subscriber.url)
    (number,) = desk.button("fill-in", ad="")["leads"]
    assert desk.call("GET", number, fields="is_organic,ad_id").json() == {"id": number, "is_organic": True}
    assert "ad_id" not in subscriber.changes[0][0]


def test_meta_30_who_may_not_manage_ads_does_not_see_the_ad(desk: Desk, control: Control) -> None:
    (number,) = desk.button("fill-in")["leads"]
    scopes = ["leads_retrieval", "pages_read_engagement", "pages_manage_ads", "ads_read"]
    control.change("facebook", "tokens", FACEBOOK_TOKEN, scopes=scopes)
    assert desk.call("GET", number, fields="ad_id,form_id").json() == {"id": number, "form_id": FORM}


def test_meta_30_it_lists_a_forms_leads_by_time_a_page_at_a_time(desk: Desk, control: Control) -> None:
    desk.button("fill-in", leads=2, silent=True)
    control.set_clock(hours=1)
    late = desk.button("fill-in", leads=3, silent=True)["leads"]
    since = int(time.time()) + 1800
    at_least = json.dumps([{"field": "time_created", "operator": "GREATER_THAN", "value": since}])
    assert sorted(desk.leads(filtering=at_least)) == sorted(late)
    assert len(desk.leads(filtering=at_least.replace("GREATER", "LESS"))) == 2
    first = desk.call("GET", f"{FORM}/leads", filtering=at_least, limit=2).json()
    rest = requests.get(first["paging"]["next"], timeout=10).json()
    assert len(first["data"]) == 2
    assert sorted(lead["id"] for lead in first["data"] + rest["data"]) == sorted(late)
    assert "next" not in rest["paging"]


@pytest.mark.parametrize(
    "filtering",
    [
        "nonsense",
        '[{"field":"email","operator":"GREATER_THAN","value":1}]',
        '[{"field":"time_created","operator":"IN","value":1}]',
        '[{"field":"time_created","operator":"LESS_THAN","value":"soon"}]',
        "[1]",
    ],
)
def test_meta_30_it_refuses_a_filter_that_makes_no_sense(desk: Desk, filtering: str) -> None:
    assert desk.refused("GET", f"{FORM}/leads", filtering=filtering)[0] == 100


def test_meta_30_it_lists_a_pages_forms_to_the_page(desk: Desk) -> None:
    assert desk.refused("GET", f"{PAGE}/leadgen_forms")[0] == 210
    desk.button("fill-in", leads=2)
    fields = "id,name,status,leads_count,page{id}"
    (form,) = desk.call("GET", f"{PAGE}/leadgen_forms", token=desk.page_token, fields=fields).json()["data"]
    assert form == {"id": FORM, "name": "Ask for a quote", "status": "ACTIVE", "leads_count": 2, "page": {"id": PAGE}}
    assert desk.call("GET", FORM, fields="name").json() == {"id": FORM, "name": "Ask for a quote"}


def test_meta_30_it_makes_a_test_lead_that_is_delivered_and_can_be_deleted(desk: Desk, subscriber: Subscriber) -> None:
    desk.subscribe(subscriber.url)
    answers = json.dumps([{"name": "email", "values": ["me@example.com"]}])
    number = desk.call("POST", f"{FORM}/test_leads", field_data=answers).json()["id"]
    assert [values[0]["leadgen_id"] for values in subscriber.changes] == [number]
    assert [lead["id"] for lead in desk.call("GET", f"{FORM}/test_leads").json()["data"]] == [number]
    assert desk.call("GET", number).json()["field_data"] == json.loads(answers)
    assert desk.call("DELETE", number).json() == {"success": True}
    assert desk.refused("GET", number)[0] == 100


@pytest.mark.parametrize("data", ["x", '{"name":"email"}', '[{"name":"email"}]', '[{"name":1,"values":[]}]'])
def test_meta_30_it_refuses_answers_that_are_none(desk: Desk, data: str) -> None:
    assert desk.refused("POST", f"{FORM}/test_leads", field_data=data)[0] == 100


def test_meta_30_a_lead_of_a_page_that_is_not_ones_own_does_not_exist(desk: Desk, control: Control) -> None:
    (number,) = desk.button("fill-in")["leads"]
    control.change("facebook", "tokens", FACEBOOK_TOKEN, pages=[])
    for path in (number, f"{FORM}/leads", PAGE):
        assert desk.call("GET", path).json()["error"]["error_subcode"] == 33, path
    assert desk.call("GET", "me/accounts").json()["data"] == []


@pytest.mark.parametrize(
    ("button", "given", "field"),
    [
        ("fill-in", {"form": "1"}, "form"),
        ("fill-in", {"leads": 0}, "leads"),
        ("fill-in", {"deliveries": 11}, "deliveries"),
        ("fill-in", {"delay_seconds": 601}, "delay_seconds"),
        ("fill-in", {"color": "red"}, "color"),
        ("deliver", {"leads": ["1"]}, "leads"),
        ("deliver", {}, "leads"),
    ],
)
def test_the_buttons_name_the_field_that_is_wrong(desk: Desk, button: str, given: dict[str, Any], field: str) -> None:
    assert desk.button(button, **given)["error"]["field"] == field


def test_the_page_has_a_button_for_a_test_lead(desk: Desk, subscriber: Subscriber) -> None:
    url = f"{desk.base}/_sandbox/leads"
    assert "No app has subscribed" in requests.get(url, timeout=10).text
    desk.subscribe(subscriber.url)
    shown = requests.get(url, timeout=10).text
    assert "Send a test lead" in shown
    assert subscriber.url in shown
    pressed = requests.post(url, data={"form": FORM, "leads": "2", "deliveries": "1", "delay_seconds": "0"}, timeout=10)
    pressed.raise_for_status()
    assert len(subscriber.changes[0]) == 2
    assert len(desk.leads()) == 2
    assert requests.post(url, data={"form": "1"}, timeout=10).status_code == 400


def test_the_buttons_take_no_fault_that_waits_for_the_network(desk: Desk, control: Control) -> None:
    control.fault("facebook", status=500)
    assert len(desk.button("fill-in")["leads"]) == 1
    assert desk.call("GET", "me/accounts").status_code == 500

"""Facebook's leads in the sandbox: read one by one or by form and time, made for a test; and the buttons."""

import json
import time
from typing import Any

import pytest
import requests

from tests.sandbox.callers import FACEBOOK_TOKEN, Control
from tests.sandbox.leadads import FORM, PAGE, Desk, Subscriber

EVERY_FIELD = "created_time,id,ad_id,adset_id,campaign_id,form_id,field_data,is_organic,custom_disclaimer_responses"


def test_meta_30_it_reads_a_lead_with_its_answers_its_ad_and_its_consent(lead_ads: Desk) -> None:
    answers = [{"name": "email", "values": ["jo@example.com"]}, {"name": "city", "values": ["Zwolle", "Ede"]}]
    ticked = [{"checkbox_key": "news", "is_checked": True}, {"checkbox_key": "calls", "is_checked": False}]
    (number,) = lead_ads.button("fill-in", answers=answers, disclaimers=ticked)["leads"]
    assert set(lead_ads.call("GET", number).json()) == {"id", "created_time", "field_data"}
    for token in (FACEBOOK_TOKEN, lead_ads.page_token):
        lead = lead_ads.call("GET", number, token=token, fields=EVERY_FIELD).json()
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


def test_meta_30_a_lead_id_has_more_digits_than_a_double(lead_ads: Desk) -> None:
    (number,) = lead_ads.button("fill-in")["leads"]
    assert len(number) == 17
    assert int(number) > 2**53


def test_meta_30_a_lead_from_the_page_itself_is_organic(lead_ads: Desk, listener: Subscriber) -> None:
    lead_ads.subscribe(listener.url)
    (number,) = lead_ads.button("fill-in", ad="")["leads"]
    assert lead_ads.call("GET", number, fields="is_organic,ad_id").json() == {"id": number, "is_organic": True}
    assert "ad_id" not in listener.changes[0][0]


def test_meta_30_who_may_not_manage_ads_does_not_see_the_ad(lead_ads: Desk, control: Control) -> None:
    (number,) = lead_ads.button("fill-in")["leads"]
    scopes = ["leads_retrieval", "pages_read_engagement", "pages_manage_ads", "ads_read"]
    control.change("facebook", "tokens", FACEBOOK_TOKEN, scopes=scopes)
    assert lead_ads.call("GET", number, fields="ad_id,form_id").json() == {"id": number, "form_id": FORM}


def test_meta_30_it_lists_a_forms_leads_by_time_a_page_at_a_time(lead_ads: Desk, control: Control) -> None:
    lead_ads.button("fill-in", leads=2, silent=True)
    control.set_clock(hours=1)
    late = lead_ads.button("fill-in", leads=3, silent=True)["leads"]
    since = int(time.time()) + 1800
    at_least = json.dumps([{"field": "time_created", "operator": "GREATER_THAN", "value": since}])
    assert sorted(lead_ads.leads(filtering=at_least)) == sorted(late)
    assert len(lead_ads.leads(filtering=at_least.replace("GREATER", "LESS"))) == 2
    first = lead_ads.call("GET", f"{FORM}/leads", filtering=at_least, limit=2).json()
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
def test_meta_30_it_refuses_a_filter_that_makes_no_sense(lead_ads: Desk, filtering: str) -> None:
    assert lead_ads.refused("GET", f"{FORM}/leads", filtering=filtering)[0] == 100


def test_meta_30_it_lists_a_pages_forms_to_the_page(lead_ads: Desk) -> None:
    assert lead_ads.refused("GET", f"{PAGE}/leadgen_forms")[0] == 210
    lead_ads.button("fill-in", leads=2)
    fields = "id,name,status,leads_count,page{id}"
    (form,) = lead_ads.call("GET", f"{PAGE}/leadgen_forms", token=lead_ads.page_token, fields=fields).json()["data"]
    assert form == {"id": FORM, "name": "Ask for a quote", "status": "ACTIVE", "leads_count": 2, "page": {"id": PAGE}}
    assert lead_ads.call("GET", FORM, fields="name").json() == {"id": FORM, "name": "Ask for a quote"}


def test_meta_30_it_makes_a_test_lead_that_is_delivered_and_can_be_deleted(
    lead_ads: Desk, listener: Subscriber
) -> None:
    lead_ads.subscribe(listener.url)
    answers = json.dumps([{"name": "email", "values": ["me@example.com"]}])
    number = lead_ads.call("POST", f"{FORM}/test_leads", field_data=answers).json()["id"]
    assert [values[0]["leadgen_id"] for values in listener.changes] == [number]
    assert [lead["id"] for lead in lead_ads.call("GET", f"{FORM}/test_leads").json()["data"]] == [number]
    assert lead_ads.call("GET", number).json()["field_data"] == json.loads(answers)
    assert lead_ads.call("DELETE", number).json() == {"success": True}
    assert lead_ads.refused("GET", number)[0] == 100


@pytest.mark.parametrize("data", ["x", '{"name":"email"}', '[{"name":"email"}]', '[{"name":1,"values":[]}]'])
def test_meta_30_it_refuses_answers_that_are_none(lead_ads: Desk, data: str) -> None:
    assert lead_ads.refused("POST", f"{FORM}/test_leads", field_data=data)[0] == 100


def test_meta_30_a_lead_of_a_page_that_is_not_ones_own_does_not_exist(lead_ads: Desk, control: Control) -> None:
    (number,) = lead_ads.button("fill-in")["leads"]
    control.change("facebook", "tokens", FACEBOOK_TOKEN, pages=[])
    for path in (number, f"{FORM}/leads", PAGE):
        assert lead_ads.call("GET", path).json()["error"]["error_subcode"] == 33, path
    assert lead_ads.call("GET", "me/accounts").json()["data"] == []


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
def test_the_buttons_name_the_field_that_is_wrong(
    lead_ads: Desk, button: str, given: dict[str, Any], field: str
) -> None:
    assert lead_ads.button(button, **given)["error"]["field"] == field


def test_the_page_has_a_button_for_a_test_lead(lead_ads: Desk, listener: Subscriber) -> None:
    url = f"{lead_ads.base}/_sandbox/leads"
    assert "No app has subscribed" in requests.get(url, timeout=10).text
    lead_ads.subscribe(listener.url)
    shown = requests.get(url, timeout=10).text
    assert "Send a test lead" in shown
    assert listener.url in shown
    pressed = requests.post(url, data={"form": FORM, "leads": "2", "deliveries": "1", "delay_seconds": "0"}, timeout=10)
    pressed.raise_for_status()
    assert len(listener.changes[0]) == 2
    assert len(lead_ads.leads()) == 2
    assert requests.post(url, data={"form": "1"}, timeout=10).status_code == 400


def test_the_buttons_take_no_fault_that_waits_for_the_network(lead_ads: Desk, control: Control) -> None:
    control.fault("facebook", status=500)
    assert len(lead_ads.button("fill-in")["leads"]) == 1
    assert lead_ads.call("GET", "me/accounts").status_code == 500

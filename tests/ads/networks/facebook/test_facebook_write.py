"""Conversions in Facebook's words, down to the byte."""

import hashlib
import hmac
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from apps.ads.networks.facebook.client import BASE, address
from apps.ads.networks.facebook.manifest import SOURCES
from apps.ads.networks.facebook.write import amended, body, element, route
from apps.ads.wire import Target
from apps.domain.decision import Owed
from apps.domain.facts import Account, Signal, Trigger, Workspace
from apps.domain.money import Money

EM = "8830eedd6c6b5ea97d181563a349476ca1bb25ace1f94b5c5e48d9cad727941b"
PH = "e323ec626319ca94ee8bff2e4c87cf613be6ea19919ed1364124e16807ab3176"
FN = "08e1996b5dd49e62a4b4c010d44e4345592a863bb9f8e3976219bac29417149c"

AT = datetime(2026, 11, 20, 13, 5, 9, 999_999, tzinfo=UTC)
FORM = Owed(
    shape="conversions_api",
    network_event_id="5f0c1d2e-3b4a",
    event_name="Lead",
    destination="900100100100101",
    occurred_at=AT,
    value=Money(Decimal("1249.50"), "EUR"),
    identifiers={
        "email": (EM,),
        "phone": (PH,),
        "firstname": (FN,),
        "client_ip_address": ("93.184.216.34",),
        "client_user_agent": ("Mozilla/5.0",),
        "fbc": ("fb.1.1763800000000.IwAR0abc",),
        "fbp": ("fb.1.1763800000001.1098115397",),
        "lead_id": ("12345678901234567",),
    },
    click_kind="",
    click="",
    signal=Signal(
        id="s1",
        kind=Trigger.FORM_SUBMISSION,
        name="form-1",
        occurred_at=AT,
        event_source_url="https://example.nl/offerte?a=1&b=ü",
        referrer_url="https://example.org/",
        client_ip_address="93.184.216.34",
        client_user_agent="Mozilla/5.0",
    ),
    account=Account("facebook", "act_1001001", "EUR"),
    workspace=Workspace("w1", "EUR", crm_name="Acme CRM"),
    options={},
)
STAGE = replace(
    FORM,
    shape="conversion_leads",
    event_name="Sales Opportunity",
    identifiers={"lead_id": ("123456789012345",), "email": (EM,)},
    signal=Signal("s2", Trigger.STAGE_CHANGE, "opportunity", AT),
)
SECRETS = {"access_token": "EAAsecret"}


def test_meta_01_it_writes_a_form_submission_as_a_website_event() -> None:
    assert element(FORM) == (
        '{"event_name":"Lead","event_time":1795179909,"event_id":"5f0c1d2e-3b4a","action_source":"website",'
        '"event_source_url":"https://example.nl/offerte?a=1&b=ü","referrer_url":"https://example.org/",'
        f'"user_data":{{"em":["{EM}"],"ph":["{PH}"],"fn":["{FN}"],'
        '"client_ip_address":"93.184.216.34","client_user_agent":"Mozilla/5.0",'
        '"fbc":"fb.1.1763800000000.IwAR0abc","fbp":"fb.1.1763800000001.1098115397","lead_id":12345678901234567},'
        '"custom_data":{"currency":"EUR","value":1249.50}}'
    )


@pytest.mark.parametrize("source", SOURCES)
def test_meta_01_it_writes_an_event_of_every_action_source(source: str) -> None:
    signal = Signal("s1", Trigger.FORM_SUBMISSION, "form-1", AT, action_source=source)
    if source == "website":
        signal = replace(signal, event_source_url="https://example.nl/")
    told = replace(FORM, signal=signal, identifiers={"email": (EM,)}, value=None)
    page = '"event_source_url":"https://example.nl/",' if source == "website" else ""
    assert element(told) == (
        f'{{"event_name":"Lead","event_time":1795179909,"event_id":"5f0c1d2e-3b4a","action_source":"{source}",'
        f'{page}"user_data":{{"em":["{EM}"]}}}}'
    )


def test_meta_01_it_sends_json_with_the_token_in_a_header_and_nowhere_else() -> None:
    target = Target(BASE, "act_1001001", SECRETS)
    there = address(target, route(FORM), 1)
    assert there.headers == {"Authorization": "Bearer EAAsecret", "Content-Type": "application/json"}
    sent = body(route(FORM), [element(FORM)]).decode()
    assert json.loads(sent)["data"] == [json.loads(element(FORM))]
    assert not [text for text in (there.url, sent, repr(there), repr(target)) if "EAAsecret" in text]


def test_meta_02_it_writes_a_stage_change_as_a_conversion_leads_event() -> None:
    assert element(STAGE) == (
        '{"event_name":"Sales Opportunity","event_time":1795179909,"event_id":"5f0c1d2e-3b4a",'
        f'"action_source":"system_generated","user_data":{{"em":["{EM}"],"lead_id":123456789012345}},'
        '"custom_data":{"event_source":"crm","lead_event_source":"Acme CRM","currency":"EUR","value":1249.50}}'
    )


def test_b07_it_names_a_stage_that_is_not_mapped_as_the_crm_does() -> None:
    assert json.loads(element(replace(STAGE, event_name="")))["event_name"] == "opportunity"


def test_meta_01_it_writes_a_custom_event_as_a_conversions_api_event_under_its_own_name_if_no_other_is_given() -> None:
    signal = replace(FORM.signal, kind=Trigger.CUSTOM_EVENT, name="Quote ready", order_id="order-9")
    event = json.loads(element(replace(FORM, event_name="", signal=signal)))
    assert (event["event_name"], event["action_source"]) == ("Quote ready", "website")
    assert event["custom_data"] == {"currency": "EUR", "value": 1249.5, "order_id": "order-9"}


@pytest.mark.parametrize(
    ("of_signal", "of_event", "sent"),
    [("chat", "email", "chat"), ("chat", "", "chat"), ("", "email", "email"), ("", "", "website")],
)
def test_meta_01_it_takes_the_action_source_of_the_signal_then_of_the_event(
    of_signal: str, of_event: str, sent: str
) -> None:
    options = {"action_source": of_event} if of_event else {}
    told = replace(FORM, signal=replace(FORM.signal, action_source=of_signal), options=options)
    assert json.loads(element(told))["action_source"] == sent


def test_b07_it_sends_a_stage_as_a_systems_event_whatever_the_signal_says() -> None:
    told = replace(STAGE, signal=replace(STAGE.signal, action_source="chat"), options={"action_source": "email"})
    assert element(told) == element(STAGE)


def test_meta_23_it_leaves_out_a_page_that_has_no_web_address() -> None:
    call = replace(FORM.signal, action_source="phone_call", event_source_url="app://x", referrer_url="android-app://y/")
    event = json.loads(element(replace(FORM, signal=call)))
    assert "event_source_url" not in event
    assert event["referrer_url"] == "android-app://y/"


@pytest.mark.parametrize(
    ("told", "country", "state"),
    [
        ('{"country": 1, "state": 1000}', 1, 1000),
        ('{"country": "1", "state": "1011"}', 1, 1011),
        ('{"country": "US", "state": "CA"}', 1, 1000),
        ('{"country": "United States", "state": "rhode island"}', 1, 1013),
        ('{"state": "TX"}', 1, 1005),
        ('{"country": 1}', 1, 0),
        ('{"country": 1, "state": 1014}', 1, 0),
        ('{"country": "US", "state": "New York"}', 1, 0),
        ('{"country": 0, "state": 0}', 0, 0),
        ('{"country": "NL", "state": "CA"}', 0, 0),
        ("{}", 0, 0),
        ("[]", 0, 0),
        ("geolocate", 0, 0),
        ("NJ", 1, 1010),
        ("1003", 1, 1003),
    ],
)
@pytest.mark.parametrize("event", [FORM, STAGE], ids=["form", "stage"])
def test_meta_25_it_limits_the_use_of_data_and_lets_meta_locate_whom_it_cannot(
    event: Owed, told: str, country: int, state: int
) -> None:
    limited = json.loads(element(replace(event, options={"limited_data_use": told})))
    assert limited["data_processing_options"] == ["LDU"]
    assert limited["data_processing_options_country"] == country
    assert limited["data_processing_options_state"] == state


def test_meta_25_it_limits_no_use_unless_told_to() -> None:
    assert "data_processing" not in element(FORM) + element(STAGE)


def test_meta_31_it_names_itself_once_a_request_in_fewer_than_23_characters() -> None:
    agent = json.loads(body(route(FORM), [element(FORM)]))["partner_agent"]
    assert 2 <= len(agent) < 23
    assert agent not in element(FORM)


def test_meta_34_it_sorts_hashes_and_sends_each_once() -> None:
    several = replace(FORM, identifiers={"email": ("ff", "aa", "ff"), "external_id": ("b", "a")})
    assert json.loads(element(several))["user_data"] == {"em": ["aa", "ff"], "external_id": ["a", "b"]}


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        ("0.00", "EUR", '"value":0.00}'),
        ("1000", "JPY", '"value":1000}'),
        ("1E+3", "JPY", '"value":1000}'),
        ("0.100", "KWD", '"value":0.100}'),
        ("9999999999999.99", "EUR", '"value":9999999999999.99}'),
    ],
)
def test_meta_24_it_writes_the_value_as_a_plain_number_with_every_digit(amount: str, currency: str, text: str) -> None:
    assert text in element(replace(FORM, value=Money(Decimal(amount), currency)))


def test_it_leaves_custom_data_out_when_there_is_nothing_in_it() -> None:
    assert "custom_data" not in json.loads(element(replace(FORM, value=None)))
    assert json.loads(element(replace(STAGE, value=None)))["custom_data"] == {
        "event_source": "crm",
        "lead_event_source": "Acme CRM",
    }


@pytest.mark.parametrize(("score", "text"), [("87.50", "87.50"), ("1e2", "100"), ("-3", "-3")])
def test_b04_it_sends_the_lead_score_as_a_number(score: str, text: str) -> None:
    assert f'"lead_score":{text}}}' in element(replace(FORM, options={"lead_score": score}))


@pytest.mark.parametrize("score", ["high", "NaN", "Infinity", "1,5", " "])
def test_b04_it_leaves_out_a_lead_score_that_is_no_number(score: str) -> None:
    assert "lead_score" not in element(replace(FORM, options={"lead_score": score}))


def test_meta_25_it_marks_events_that_are_for_measuring_only() -> None:
    for told in ("True", "true"):
        assert json.loads(element(replace(STAGE, options={"opt_out": told})))["opt_out"] is True
    assert "opt_out" not in element(replace(STAGE, options={"opt_out": "False"}))


def test_meta_01_it_counts_the_same_moment_the_same_in_every_time_zone() -> None:
    elsewhere = replace(FORM, occurred_at=AT.astimezone(timezone(timedelta(hours=-9, minutes=-30))))
    assert element(elsewhere) == element(FORM)


def test_meta_27_it_gives_each_pixel_and_test_code_a_request_of_its_own() -> None:
    tested = replace(FORM, options={"test_event_code": "TEST123"})
    assert route(FORM) == "900100100100101"
    assert route(tested) == "900100100100101:TEST123"
    assert element(tested) == element(FORM)
    assert body(route(FORM), ["{1}", "{2}"]) == b'{"data":[{1},{2}],"partner_agent":"convsync"}'
    assert body(route(tested), ["{1}"]) == b'{"data":[{1}],"test_event_code":"TEST123","partner_agent":"convsync"}'


@pytest.mark.parametrize("owed", [FORM, STAGE, replace(FORM, identifiers={"fbc": FORM.identifiers["fbc"]})])
def test_meta_21_it_takes_the_click_id_out_and_leaves_every_other_byte(owed: Owed) -> None:
    without = replace(owed, identifiers={name: held for name, held in owed.identifiers.items() if name != "fbc"})
    assert amended(element(owed)) == element(without)
    assert amended(element(without)) == element(without)


def test_meta_21_it_takes_no_words_of_a_person_for_a_click_id() -> None:
    odd = replace(FORM, event_name='a,"fbc":"b","c', identifiers={"email": (EM,)})
    assert amended(element(odd)) == element(odd)


def test_meta_33_it_calls_the_pixel_of_the_route_at_the_version_of_the_manifest() -> None:
    called = address(Target(BASE, "act_1001001", SECRETS), "900100100100101:TEST123", 2)
    assert called.url == "https://graph.facebook.com/v26.0/900100100100101/events"
    assert called.headers == {"Authorization": "Bearer EAAsecret", "Content-Type": "application/json"}


def test_meta_29_it_proves_the_app_secret_without_sending_it() -> None:
    called = address(Target(BASE, "1", {**SECRETS, "app_secret": "shhh"}), "9", 1)
    proof = hmac.new(b"shhh", b"EAAsecret", hashlib.sha256).hexdigest()
    assert called.url.endswith(f"/9/events?appsecret_proof={proof}")
    assert "shhh" not in called.url + str(called.headers)


def test_meta_37_it_cannot_be_led_to_another_address_by_a_pixel_id() -> None:
    called = address(Target(BASE, "1", SECRETS), "9/../me?access_token=x#", 1)
    assert called.url == "https://graph.facebook.com/v26.0/9%2F..%2Fme%3Faccess_token%3Dx%23/events"

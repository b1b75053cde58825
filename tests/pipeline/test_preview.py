"""The payload preview: what it answers to a line, and that it opens nothing to do so."""

import io
import json
from copy import deepcopy
from datetime import UTC, datetime

import pytest

from apps.ads.registry import NETWORKS
from apps.ads.wire import Target
from apps.domain.facts import Account
from apps.domain.identity import sha256_hex
from apps.pipeline.preview import preview_case, render, request_line
from apps.pipeline.preview.lines import answers
from apps.pipeline.preview.reading import LONGEST_LINE
from tests.domain.cases import case
from tests.pipeline.preview_line import LINE

pytestmark = pytest.mark.usefixtures("no_sockets")


def asked(network="facebook", **sections):
    """The answer to LINE with some keys of its sections changed; a section that is no dict replaces it."""
    line = deepcopy(LINE)
    for name, changes in sections.items():
        line[name] = {**(line[name] or {}), **changes} if isinstance(changes, dict) else changes
    return json.loads(request_line(network, json.dumps(line).encode()))


def body(network="facebook", **sections):
    (request,) = asked(network, **sections)["requests"]
    return request["body"]


def event(**sections):
    return body(**sections)["data"][0]


def reason(line):
    told = json.loads(request_line("facebook", line if isinstance(line, bytes) else line.encode()))
    assert told["verdict"] == "error"
    assert (told["requests"], told["dropped_identifiers"], told["trace"]) == ([], [], [])
    return told["reason"]


@pytest.mark.parametrize("network", list(NETWORKS))
def test_it_shows_the_request_with_its_tokens_masked(network):
    told = asked(network)
    assert (told["verdict"], told["reason"]) == ("send", None)
    (request,) = told["requests"]
    assert set(told) == {"verdict", "reason", "requests", "dropped_identifiers", "trace"}
    assert set(request) == {"method", "url", "headers", "body"}
    assert request["method"] == "POST"
    assert request["headers"]["Authorization"] == "Bearer ***"
    assert request["url"].startswith(NETWORKS[network].base)
    assert sha256_hex("anneke@example.nl") in json.dumps(request["body"])
    assert all(set(step) == {"step", "looked_at", "result"} for step in told["trace"])


@pytest.mark.parametrize("network", list(NETWORKS))
def test_it_masks_the_secrets_of_a_real_account(network):
    secret = {"access_token": "tok-1", "developer_token": "dev-1", "app_secret": "app-1"}
    network_itself = NETWORKS[network]
    judged = case(shape=network_itself.manifest.shapes["form_submission"], account=Account(network, "1234567890"))
    told = preview_case(network, judged, target=Target(network_itself.base, "1234567890", secret, "99"))
    text = render.written(told).decode()
    assert told["requests"]
    assert not [value for value in secret.values() if value in text]
    if network == "facebook":
        assert told["requests"][0]["url"].endswith("appsecret_proof=***")
    if network == "google":
        assert told["requests"][0]["headers"]["developer-token"] == "***"


def test_it_keeps_the_order_and_answers_every_line_but_blanks_at_the_end():
    good = json.dumps(LINE).encode()
    lines = b"\xef\xbb\xbf" + good + b"\n\n{]\r\n" + good.replace(b"s-1", b"s-2") + b"\n\n  \n"
    told = [json.loads(each) for each in answers(io.BytesIO(lines), lambda line: request_line("facebook", line))]
    assert [each["verdict"] for each in told] == ["send", "error", "error", "send"]
    first, last = (each["requests"][0]["body"]["data"][0]["event_id"] for each in (told[0], told[3]))
    assert first != last


def test_it_answers_a_line_without_end_and_goes_on():
    lines = b"x" * (3 * LONGEST_LINE) + b"\n" + json.dumps(LINE).encode()
    told = [json.loads(each) for each in answers(io.BytesIO(lines), lambda line: request_line("facebook", line))]
    assert [each["verdict"] for each in told] == ["error", "send"]
    assert "longer than" in told[0]["reason"]


HOSTILE = {
    "[" * 100_000: "nested too deeply",
    '{"a":' * 100_000: "nested too deeply",
    "[]": "one JSON object",
    "null": "one JSON object",
    "": "not JSON",
    '{"now": NaN}': "NaN",
    '{"now": -Infinity}': "-Infinity",
    '{"now": 1e}': "not JSON",
    '{"now": "2026-11-22T12:00:00Z", "now": null}': "now: given twice",
    '{"nou": 1}': "nou: unknown key",
    '{"\\ud800": 1}': "?: unknown key",
}


@pytest.mark.parametrize("line", list(HOSTILE), ids=range(len(HOSTILE)))
def test_it_says_what_is_wrong_with_a_line_that_is_not_right(line):
    assert HOSTILE[line] in reason(line)


def test_it_says_that_a_line_is_not_utf8():
    assert "not UTF-8" in reason(b'{"now": "\xff"}')


@pytest.mark.parametrize("section", ["signal", "event", "workspace", "deal"])
def test_it_names_an_unknown_key_anywhere(section):
    assert f"{section}.nonsense: unknown key" in asked(**{section: {"nonsense": 1}})["reason"]


@pytest.mark.parametrize(
    ("sections", "named"),
    [
        ({"signal": {"occurred_at": "2026-11-22T10:00:00"}}, "signal.occurred_at: write a time with its offset"),
        ({"signal": {"occurred_at": "2026-13-22T10:00:00Z"}}, "signal.occurred_at"),
        ({"signal": {"occurred_at": 1763800000000}}, "signal.occurred_at"),
        ({"signal": {"id": ["s"]}}, "signal.id"),
        ({"signal": {"id": None}}, "signal.id: required"),
        ({"signal": {"name": "\ud800"}}, "signal.name"),
        ({"signal": {"value": True}}, "signal.value"),
        ({"signal": {"value": "1" * 50}}, "signal.value"),
        ({"signal": {"kind": "stage_change"}}, "signal.kind: the event's trigger is form_submission"),
        ({"signal": {"kind": "adjustment"}}, "signal.adjustment: required"),
        ({"signal": {"kind": "adjustment", "adjustment": "retraction"}}, "signal.adjustment: Facebook takes no"),
        ({"signal": "s-1"}, "signal: write an object or null"),
        ({"contact": []}, "contact: write an object or null"),
        ({"contact": {"email": {"a": 1}}}, "contact.email"),
        ({"contact": {"email": [["a"]]}}, "contact.email"),
        ({"contact": {"first_seen": {"email": "2026-11-22T10:00:00Z"}}}, "contact.first_seen.email: unknown key"),
        ({"contact": {"consent": {"ad_user_data": "yes"}}}, "contact.consent.ad_user_data: write one of granted"),
        ({"contact": {"client_user_agent": "\ud800"}}, "contact.client_user_agent"),
        ({"deal": {"hs_deal_stage_probability": 20}}, "deal.hs_deal_stage_probability: write a number from 0 to 1"),
        ({"event": {"pixel_id": None}}, "event.pixel_id: required"),
        ({"event": {"created_at": None}}, "event.created_at: required"),
        ({"event": {"currency": "eur"}}, "event.currency: write an ISO 4217 code"),
        ({"event": {"value": -1}}, "event.value"),
        ({"event": {"opt_out": 1}}, "event.opt_out: write true or false"),
        ({"event": {"shared_fields": ["e-mail"]}}, "event.shared_fields: e-mail is no field"),
        ({"event": {"limited_data_use": {"city": 1}}}, "event.limited_data_use.city: unknown key"),
        ({"workspace": {"time_zone": "Mars/Olympus"}}, "workspace.time_zone"),
        ({"workspace": {"time_zone": "../etc"}}, "workspace.time_zone"),
        ({"workspace": {"date_order": "dym"}}, "workspace.date_order: write one of dmy, mdy, ymd"),
        ({"now": None}, "now: required"),
    ],
)
def test_it_names_the_key_that_cannot_be_used(sections, named):
    told = asked(**sections)
    assert told["verdict"] == "error"
    assert named in told["reason"]


def test_it_answers_times_beyond_reality_with_an_error():
    line = {"signal": {"occurred_at": "9999-12-31T23:59:59Z"}, "now": "9999-12-31T23:59:59Z"}
    assert asked(**line)["verdict"] == "error"


def test_it_never_rounds_a_lead_id_or_an_amount():
    line = json.dumps({**LINE, "deal": {"amount": 0}, "contact": {**LINE["contact"], "lead_id": 12345678901234567}})
    line = line.replace('"value_from": "fixed"', '"value_from": "deal"').replace(
        '"amount": 0', '"amount": 100000000.07'
    )
    line = line.replace('"deal": {', '"deal": {"deal_currency_code": "EUR", "hs_is_closed_won": true, ')
    text = request_line("facebook", line.encode()).decode()
    assert '"lead_id":12345678901234567' in text
    assert '"value":100000000.07' in text


def test_it_takes_numbers_and_booleans_where_texts_stand():
    told = event(event={"name": 7, "opt_out": "true", "test_event_code": 12}, contact={"zip": 12345, "country": "US"})
    assert told["event_name"] == "7"
    assert told["opt_out"] is True
    assert told["user_data"]["zp"] == [sha256_hex("12345")]


def test_it_sends_several_values_where_the_network_takes_them():
    contact = {
        "email": ["a@example.nl", None, "b@example.nl"],
        "phone": "06 12345678",
        "mobilephone": "+31 20 794 0958",
    }
    data = event(contact=contact)["user_data"]
    assert data["em"] == sorted(map(sha256_hex, ("a@example.nl", "b@example.nl")))
    assert data["ph"] == sorted(map(sha256_hex, ("31612345678", "31207940958")))


def test_it_names_identifiers_that_were_dropped():
    told = asked(contact={"phone": "12", "zip": "\ud800"})
    assert told["verdict"] == "send"
    dropped = {each["field"]: each["reason"] for each in told["dropped_identifiers"]}
    assert dropped == {"phone": "invalid_phone", "zip": "invalid_text"}


def test_it_makes_fbc_of_fbclid_at_the_moment_it_was_first_seen():
    seen = {"fbclid": "IwAR0abc", "first_seen": {"fbclid": "2026-11-20T09:00:00.123Z"}}
    at = int(datetime(2026, 11, 20, 9, tzinfo=UTC).timestamp()) * 1000 + 123
    assert event(contact=seen)["user_data"]["fbc"] == f"fb.1.{at}.IwAR0abc"


def test_it_credits_a_click_without_a_time_and_blocks_one_that_came_later():
    stage = {"signal": {"kind": "stage_change"}, "event": {"trigger": "stage_change"}}
    assert asked("google", **stage)["verdict"] == "send"
    later = {"first_seen": {"gclid": "2026-11-22T11:00:00Z"}}
    assert asked("google", **stage, contact=later)["reason"] == "before_click"


def test_it_asks_consent_only_where_a_property_is_named():
    asks = {"event": {"consent_property": "marketing", "consent_values": ["yes", True]}}
    assert asked()["verdict"] == "send"
    assert asked(**asks)["reason"] == "consent_unknown"
    assert asked(**asks, contact={"marketing": "no"})["reason"] == "consent_denied"
    assert asked(**asks, contact={"marketing": True})["verdict"] == "send"
    assert asked(contact={"consent": {"ad_user_data": "denied"}})["reason"] == "consent_denied"


def test_it_withholds_the_ip_address_on_request():
    assert event()["user_data"]["client_ip_address"] == "93.184.216.34"
    assert "client_ip_address" not in event(event={"share_ip": False})["user_data"]


def test_it_shares_only_the_fields_that_are_chosen():
    contact = {"firstname": "Anneke", "phone": "+31612345678"}
    data = event(contact=contact, event={"shared_fields": ["email", "mobilephone"]})["user_data"]
    assert {"em", "ph"} <= set(data)
    assert "fn" not in data


def test_it_prefers_what_the_signal_says_of_the_visit():
    told = event(signal={"client_user_agent": "Signal/1", "action_source": "chat"}, event={"action_source": "website"})
    assert told["user_data"]["client_user_agent"] == "Signal/1"
    assert told["action_source"] == "chat"
    assert event(event={"action_source": "phone_call"})["action_source"] == "phone_call"


@pytest.mark.parametrize(
    ("sections", "worth"),
    [
        ({"event": {"value_from": "deal"}, "deal": {"amount": "1000", "hs_deal_stage_probability": 0.2}}, ("EUR", 200)),
        ({"event": {"value_from": "deal"}, "deal": {"amount": "lots", "hs_deal_stage_probability": 0.2}}, ("EUR", 25)),
        ({"event": {"value_from": "deal"}, "deal": {"amount": 900, "hs_is_closed_lost": True}}, ("EUR", 25)),
        ({"event": {"value_from": "deal"}, "deal": {"amount": 900, "hs_is_closed_won": "true"}}, ("EUR", 900)),
        ({"event": {"value_from": "deal"}, "deal": None}, ("EUR", 25)),
        ({"event": {"value_from": "signal"}, "signal": {"value": "0", "currency": "USD"}}, ("USD", 0)),
        ({"event": {"value_from": "signal"}, "signal": {"value": 9.5}}, ("EUR", 9.5)),
        ({"event": {"currency": None, "account_currency": "SEK"}, "workspace": {"currency": None}}, ("SEK", 25)),
    ],
)
def test_a07_it_takes_the_value_from_deal_signal_or_event(sections, worth):
    told = event(**sections)["custom_data"]
    assert (told["currency"], told["value"]) == worth


def test_a07_it_sends_no_value_rather_than_a_made_up_one():
    assert "custom_data" not in event(event={"value": None})
    assert "custom_data" not in event(event={"value": None, "value_from": "deal"})


@pytest.mark.parametrize("source", ["fixed", "deal", "signal"])
def test_a07_it_never_guesses_a_currency(source):
    told = asked(
        event={"currency": None, "value_from": source},
        signal={"value": 3},
        deal={"amount": 5, "hs_deal_stage_probability": 1},
        workspace={"currency": None},
    )
    assert told["verdict"] == "error"
    assert told["reason"].startswith("workspace.currency: required")


def test_it_takes_a_resource_name_for_the_customer_and_asks_for_one_otherwise():
    action = {"customer_id": None, "conversion_action": "customers/1234567890/conversionActions/7001"}
    (request,) = asked("google", event={**action, "login_customer_id": "999-888-7777"})["requests"]
    assert "/customers/1234567890:" in request["url"]
    assert request["headers"]["login-customer-id"] == "9998887777"
    told = asked("google", event={"customer_id": None})
    assert told["reason"].startswith("event.customer_id: required")

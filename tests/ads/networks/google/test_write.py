"""What Google is sent: golden texts for each shape, and what holds whatever a contact's data are."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.ads.networks.google.write import body, element, route
from apps.domain.facts import Account, Signal, Trigger
from apps.domain.money import Money

EMAIL = "509e933019bb285a134a9334b8bb679dff79d0ce023d529af4bd744d47b4fd8a"
PHONE = "fb4f73a6ec5fdb7077d564cdd22c3554b43ce49168550c3b12c547b78c517b30"
GIVEN = "128a07bfe2df877c52076e60d7774cf5baaa046c5a6c48daf30ff43ecca2f814"
FAMILY = "77762c287e61ce065bee5c15464012c6fbe088398b8057627d5577249430d574"

FIELDS = ("email", "phone", "firstname", "lastname", "street", "city", "state", "zip", "country")
identifiers = st.dictionaries(
    st.sampled_from(FIELDS), st.lists(st.text(min_size=1, max_size=8), min_size=1, max_size=3, unique=True).map(tuple)
)


def test_it_writes_a_stage_change_as_a_click_conversion(stage):
    assert element(stage()) == (
        '{"gclid":"Cj0KCQ_-Example","conversionAction":"customers/1234567890/conversionActions/1003",'
        '"conversionDateTime":"2026-11-20 14:05:09+00:00","orderId":"cs-7f3a-customer",'
        '"conversionValue":1250.50,"currencyCode":"EUR",'
        f'"userIdentifiers":[{{"hashedEmail":"{EMAIL}"}},{{"hashedPhoneNumber":"{PHONE}"}}],'
        '"consent":{"adUserData":"GRANTED"}}'
    )


def test_c10_it_writes_a_form_as_an_enhancement(form):
    assert element(form()) == (
        '{"adjustmentType":"ENHANCEMENT","conversionAction":"customers/1234567890/conversionActions/2001",'
        '"orderId":"tag-556677","gclidDateTimePair":{"conversionDateTime":"2026-11-20 14:05:09+00:00"},'
        f'"userIdentifiers":[{{"hashedEmail":"{EMAIL}"}},{{"hashedPhoneNumber":"{PHONE}"}},{{"addressInfo":'
        f'{{"hashedFirstName":"{GIVEN}","hashedLastName":"{FAMILY}","hashedStreetAddress":"5e3f","city":"Zürich",'
        '"state":"ZH","postalCode":"8001","countryCode":"CH"}}],'
        '"userAgent":"Mozilla/5.0 (X11; \\"Linux\\")",'
        '"restatementValue":{"adjustedValue":1250.50,"currencyCode":"EUR"}}'
    )


def test_c11_it_dates_an_enhancement_by_its_original(form):
    happened = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
    adjusted = replace(form().signal, adjustment="enhancement", original_occurred_at=happened)
    pair = json.loads(element(form(signal=adjusted)))["gclidDateTimePair"]
    assert pair == {"conversionDateTime": "2026-11-20 02:00:00+00:00"}


def test_it_corrects_a_conversion_by_its_order_id_where_it_had_one(correction):
    known = replace(correction().signal, order_id="tag-556677")
    assert element(correction(signal=known)) == (
        '{"adjustmentType":"RESTATEMENT","conversionAction":"customers/1234567890/conversionActions/1003",'
        '"orderId":"tag-556677","adjustmentDateTime":"2026-11-20 14:05:09+00:00",'
        '"restatementValue":{"adjustedValue":1250.50,"currencyCode":"EUR"}}'
    )


def test_it_corrects_a_conversion_without_order_id_by_its_click(correction):
    assert element(correction(shape="retraction")) == (
        '{"adjustmentType":"RETRACTION","conversionAction":"customers/1234567890/conversionActions/1003",'
        '"gclidDateTimePair":{"gclid":"Cj0KCQ_-Example","conversionDateTime":"2026-11-01 08:00:00+00:00"},'
        '"adjustmentDateTime":"2026-11-20 14:05:09+00:00"}'
    )
    assert "restatementValue" in element(correction())


def test_it_writes_only_what_is_known(stage, form):
    bare: dict[str, Any] = {"identifiers": {}, "value": None, "options": {"route": "ads_api"}}
    assert set(json.loads(element(stage(**bare)))) == {"gclid", "conversionAction", "conversionDateTime", "orderId"}
    adjustment = json.loads(element(form(**bare | {"identifiers": {"email": (EMAIL,)}, "signal": stage().signal})))
    assert set(adjustment) == {
        "adjustmentType",
        "conversionAction",
        "orderId",
        "gclidDateTimePair",
        "userIdentifiers",
    }
    assert adjustment["orderId"] == "cs-91bd-contact"


@pytest.mark.parametrize("kind", ["gbraid", "wbraid"])
def test_google_08_it_sends_a_braid_alone_without_identifiers(stage, kind):
    conversion = json.loads(element(stage(click_kind=kind, click="0AAAAA")))
    assert conversion[kind] == "0AAAAA"
    assert not {"gclid", "gbraid", "wbraid", "userIdentifiers"} - {kind} & conversion.keys()


def test_it_adds_the_gclid_to_an_enhancement_that_has_one(form):
    def pair(**click: str) -> dict[str, str]:
        return dict(json.loads(element(form(**click)))["gclidDateTimePair"])

    assert pair(click_kind="gclid", click="Cj0")["gclid"] == "Cj0"
    assert "gclid" not in pair(click_kind="wbraid", click="0AA")


def test_google_14_it_says_consent_only_when_it_was_given(stage):
    assert "consent" not in json.loads(element(stage(options={"route": "ads_api"})))
    assert "consent" not in json.loads(element(stage(options={"ad_user_data": "denied", "route": "ads_api"})))


@pytest.mark.parametrize("missing", ["firstname", "lastname", "zip", "country"])
def test_google_07_it_leaves_out_an_address_that_lacks_a_needed_part(form, missing):
    rest = {name: value for name, value in form().identifiers.items() if name != missing}
    users = json.loads(element(form(identifiers=rest)))["userIdentifiers"]
    assert [next(iter(user)) for user in users] == ["hashedEmail", "hashedPhoneNumber"]


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("0", "0"),
        ("0.10", "0.10"),
        ("1E+3", "1000"),
        ("9999999999999.9999", "9999999999999.9999"),
        ("0.000000000001", "0.000000000001"),
    ],
)
def test_google_10_it_prints_an_amount_with_its_own_decimals(stage, amount, text):
    assert f'"conversionValue":{text},' in element(stage(value=Money(Decimal(amount), "EUR")))


def test_google_09_it_writes_moments_in_utc_with_whole_seconds(stage):
    amsterdam = datetime(2026, 3, 29, 3, 0, 0, 999999, tzinfo=timezone(timedelta(hours=2)))
    assert '"conversionDateTime":"2026-03-29 01:00:00+00:00"' in element(stage(occurred_at=amsterdam))


def test_it_keeps_a_click_id_byte_for_byte(stage):
    click = "CjwKCAiA_-9~.%2B/é"
    assert json.loads(element(stage(click=click)))["gclid"] == click


def test_it_takes_a_destination_as_an_id_or_as_a_resource_name(stage):
    assert element(stage(destination="customers/1/conversionActions/1003")) == element(stage())


def test_it_routes_by_method_and_customer(stage, form):
    assert route(stage()) == "click:1234567890"
    assert route(form(account=Account("google", "42"))) == "adjustment:42"


@pytest.mark.parametrize("chosen", ["", "ads_api", "data_manager"])
def test_c13_google_02_it_takes_the_route_that_the_event_chose(event, form, correction, chosen):
    options = {"route": chosen}
    assert route(event(options=options)).partition(":")[0] == ("click" if chosen == "ads_api" else "event")
    assert route(form(options=options)).partition(":")[0] == ("event" if chosen == "data_manager" else "adjustment")
    assert route(correction(options=options)).partition(":")[0] == "adjustment"


@pytest.mark.parametrize("summer", [True, False])
def test_google_09_it_writes_one_moment_on_either_side_of_a_clock_change(stage, summer):
    amsterdam = ZoneInfo("Europe/Amsterdam")
    moment = datetime(2026, 10, 25, 2, 30, fold=0 if summer else 1, tzinfo=amsterdam)
    written = json.loads(element(stage(occurred_at=moment)))["conversionDateTime"]
    assert written == ("2026-10-25 00:30:00+00:00" if summer else "2026-10-25 01:30:00+00:00")


@pytest.mark.parametrize("amount", ["0", "0.00"])
def test_google_10_it_keeps_an_explicit_nought_apart_from_no_value(stage, event, amount):
    for make in (stage, event):
        assert json.loads(element(make(value=Money(Decimal(amount), "EUR"))))["conversionValue"] == 0
        assert "conversionValue" not in element(make(value=None))


@pytest.mark.parametrize("tried", ["data_manager", "data_manager_only"])
def test_google_02_it_takes_no_route_that_trying_found_closed(event, tried):
    account = Account("google", "1234567890", route=tried)
    assert route(event(options={"route": "ads_api"}, account=account)).startswith("event:")


def test_google_31_it_addresses_uploads_to_the_customer_that_tracks_conversions(stage, event, form):
    account = Account("google", "111-222-3333", login_customer_id="9876543210", conversion_customer_id="9876543210")
    assert route(stage(account=account)) == "click:9876543210"
    assert route(form(account=account)) == "adjustment:9876543210"
    assert route(event(account=account)) == "event:9876543210:1003"
    assert json.loads(element(stage(account=account)))["conversionAction"] == (
        "customers/9876543210/conversionActions/1003"
    )


def test_it_joins_elements_without_touching_them():
    frozen = ['{"b": 1,  "a":1.50}', '{"é":"\\u00e9"}']
    assert body("click:1", frozen) == (
        '{"partialFailure":true,"conversions":[{"b": 1,  "a":1.50},{"é":"\\u00e9"}]}'.encode()
    )
    assert body("adjustment:1", ["{}"]) == b'{"partialFailure":true,"conversionAdjustments":[{}]}'


@given(order=st.permutations(FIELDS), known=identifiers, shape=st.sampled_from(["click_conversion", "enhancement"]))
def test_it_writes_the_same_bytes_whatever_the_order_of_identifiers(stage, form, order, known, shape):
    make = stage if shape == "click_conversion" else form
    shuffled = {name: known[name] for name in order if name in known}
    assert element(make(identifiers=known)) == element(make(identifiers=shuffled))


@given(known=identifiers, shape=st.sampled_from(["click_conversion", "enhancement"]))
def test_google_06_it_sends_at_most_five_identifiers_each_in_its_own_object(stage, form, known, shape):
    make = stage if shape == "click_conversion" else form
    users: list[dict[str, Any]] = json.loads(element(make(identifiers=known))).get("userIdentifiers", [])
    allowed = {"hashedEmail", "hashedPhoneNumber"} | ({"addressInfo"} if shape == "enhancement" else set())
    assert len(users) <= 5
    assert all(len(user) == 1 and user.keys() <= allowed for user in users)


@given(
    moment=st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=-9, minutes=-30))])),
    order=st.text(max_size=20),
    agent=st.text(max_size=40),
    amount=st.decimals(min_value=0, max_value=10**13, places=4),
)
def test_it_writes_json_that_says_what_went_in(form, moment, order, agent, amount):
    signal = Signal("s", Trigger.FORM_SUBMISSION, "f", moment, order_id=order, client_user_agent=agent)
    text = element(form(signal=signal, value=Money(amount, "EUR")))
    written = json.loads(text, parse_float=Decimal, parse_int=Decimal)
    assert written["restatementValue"]["adjustedValue"] == amount
    assert written["orderId"] == (order or "cs-91bd-contact")
    assert written.get("userAgent", "") == agent
    assert body("adjustment:1", [text, text]).decode().count(text) == 2

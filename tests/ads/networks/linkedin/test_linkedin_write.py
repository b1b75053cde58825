"""Conversions in LinkedIn's words, down to the byte."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from apps.ads.network import Target
from apps.ads.networks.linkedin.client import BASE, address
from apps.ads.networks.linkedin.write import body, element, route
from apps.domain.decision import Owed
from apps.domain.facts import Account, Signal, Trigger, Workspace
from apps.domain.money import Money

EMAIL = "8830eedd6c6b5ea97d181563a349476ca1bb25ace1f94b5c5e48d9cad727941b"
AT = datetime(2026, 11, 20, 13, 5, 9, 123_999, tzinfo=UTC)
OWED = Owed(
    shape="conversion_event",
    network_event_id="5f0c1d2e-3b4a",
    event_name="",
    destination="104001",
    occurred_at=AT,
    value=Money(Decimal("1249.5"), "EUR"),
    identifiers={
        "email": (EMAIL,),
        "li_fat_id": ("df5gf5-gh6t7",),
        "acxiom_id": ("AX-1",),
        "client_ip_address": ("93.184.216.34",),
        "firstname": ("Anneke",),
        "lastname": ("de Vries",),
        "jobtitle": ("Head of Growth",),
        "company": ("Bakkerij & Zonen",),
        "country": ("NL",),
        "external_id": ("crm-4711",),
        "lead_id": ("urn:li:leadGenFormResponse:6ba7b810-1",),
    },
    click_kind="",
    click="",
    signal=Signal("s1", Trigger.STAGE_CHANGE, "customer", AT),
    account=Account("linkedin", "507001001", "EUR"),
    workspace=Workspace("w1", "EUR"),
    options={},
)


def user(**identifiers: tuple[str, ...]) -> dict[str, Any]:
    written: dict[str, Any] = json.loads(element(replace(OWED, identifiers=identifiers)))["user"]
    return written


def test_it_writes_a_conversion_event() -> None:
    assert element(OWED) == (
        '{"conversion":"urn:lla:llaPartnerConversion:104001","conversionHappenedAt":1795179909123,'
        '"conversionValue":{"currencyCode":"EUR","amount":"1249.50"},'
        f'"user":{{"userIds":[{{"idType":"SHA256_EMAIL","idValue":"{EMAIL}"}},'
        '{"idType":"LINKEDIN_FIRST_PARTY_ADS_TRACKING_UUID","idValue":"df5gf5-gh6t7"},'
        '{"idType":"ACXIOM_ID","idValue":"AX-1"},{"idType":"PLAINTEXT_IP_ADDRESS","idValue":"93.184.216.34"}],'
        '"userInfo":{"firstName":"Anneke","lastName":"de Vries","title":"Head of Growth",'
        '"companyName":"Bakkerij & Zonen","countryCode":"NL"},"externalIds":["crm-4711"],'
        '"lead":"urn:li:leadGenFormResponse:6ba7b810-1"},"eventId":"5f0c1d2e-3b4a"}'
    )


def test_it_takes_a_rule_by_its_urn_as_by_its_id() -> None:
    by_urn = replace(OWED, destination="urn:lla:llaPartnerConversion:104001")
    assert element(by_urn) == element(OWED)
    assert route(by_urn) == route(OWED) == "104001"


def test_it_lists_user_ids_even_when_there_are_none() -> None:
    assert user(external_id=("crm-1",)) == {"userIds": [], "externalIds": ["crm-1"]}


@pytest.mark.parametrize("lone", ["firstname", "lastname", "jobtitle"])
def test_it_leaves_out_who_it_is_without_both_names(lone: str) -> None:
    assert "userInfo" not in user(**{"email": (EMAIL,), "country": ("NL",), lone: ("Anneke",)})


def test_it_sends_one_external_id_and_every_hashed_email_in_one_order() -> None:
    sent = user(email=("bb", "aa", "bb"), external_id=("first", "second"))
    assert [one["idValue"] for one in sent["userIds"]] == ["aa", "bb"]
    assert sent["externalIds"] == ["first"]


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        ("19.9", "EUR", "19.90"),
        ("0", "EUR", "0.00"),
        ("1000", "JPY", "1000"),
        ("1E+3", "JPY", "1000"),
        ("1.5", "KWD", "1.500"),
        ("9999999999999.99", "USD", "9999999999999.99"),
    ],
)
def test_it_writes_the_amount_as_text_with_the_decimals_of_its_currency(amount: str, currency: str, text: str) -> None:
    written = json.loads(element(replace(OWED, value=Money(Decimal(amount), currency))))
    assert written["conversionValue"] == {"currencyCode": currency, "amount": text}


def test_it_leaves_the_value_out_when_there_is_none() -> None:
    assert "conversionValue" not in json.loads(element(replace(OWED, value=None)))


def test_it_keeps_an_event_id_up_to_64_characters_and_hashes_a_longer_one() -> None:
    def event_id(given: str) -> str:
        return str(json.loads(element(replace(OWED, network_event_id=given)))["eventId"])

    assert event_id("x" * 64) == "x" * 64
    assert len(event_id("x" * 65)) == 64
    assert event_id("x" * 65) == event_id("x" * 65) != event_id("x" * 66)


def test_it_counts_the_same_moment_the_same_in_every_time_zone() -> None:
    assert element(replace(OWED, occurred_at=AT.astimezone(timezone(timedelta(hours=5, minutes=45))))) == element(OWED)


def test_it_sends_a_single_event_as_a_batch_too() -> None:
    assert body("104001", ["{1}"]) == b'{"elements":[{1}]}'
    assert body("104001", ["{1}", "{2}"]) == b'{"elements":[{1},{2}]}'


def test_it_names_version_and_protocol_on_every_call() -> None:
    called = address(Target(BASE, "507001001", {"access_token": "AQsecret"}), "104001", 1)
    assert called.url == "https://api.linkedin.com/rest/conversionEvents"
    assert called.headers == {
        "Authorization": "Bearer AQsecret",
        "Content-Type": "application/json",
        "LinkedIn-Version": "202607",
        "X-Restli-Protocol-Version": "2.0.0",
        "X-RestLi-Method": "BATCH_CREATE",
    }

"""LinkedIn's rules as `decide` applies them: who can be matched, and what goes along."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any

import pytest

from apps.ads.networks.linkedin import NETWORK
from apps.domain.decide import decide
from apps.domain.decision import Case, Decision, Verdict
from apps.domain.facts import (
    Account,
    Click,
    Contact,
    Deal,
    EventRules,
    Signal,
    Trigger,
    ValueFrom,
    ValueRule,
    Workspace,
)

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
FIXED = ValueRule(ValueFrom.FIXED, Decimal(25), "EUR")
EMAIL_HASH = "8830eedd6c6b5ea97d181563a349476ca1bb25ace1f94b5c5e48d9cad727941b"
PERSON = {
    "email": " Joe@EG.com ",
    "firstname": "Joe",
    "lastname": "O'Neill",
    "jobtitle": "Engineer",
    "company": "Acme",
    "country": "Ireland",
    "external_id": "crm-1",
}


def decided(
    properties: Mapping[str, str],
    *,
    clicks: Mapping[str, str] | None = None,
    shared: frozenset[str] | None = None,
    age: timedelta = timedelta(hours=1),
    ip: str = "",
    value: ValueRule = FIXED,
    deal: Deal | None = None,
    kind: Trigger = Trigger.STAGE_CHANGE,
) -> Decision:
    seen = NOW - timedelta(days=100)
    case = Case(
        signal=Signal("s1", kind, "customer", NOW - age, client_ip_address=ip),
        contact=Contact(properties, {kind: (Click(value, seen),) for kind, value in (clicks or {}).items()}),
        deal=deal,
        event=EventRules(
            id="e1",
            trigger=kind,
            trigger_name="customer",
            on_since=seen,
            network_event_name="",
            destination="104001",
            value=value,
            consent=None,
            shared=shared,
        ),
        account=Account("linkedin", "507001001", "EUR"),
        workspace=Workspace("w1", "EUR"),
        shape=NETWORK.manifest.shapes[kind],
        now=NOW,
    )
    return decide(case, network_event_id="id-1")


def user(decision: Decision) -> dict[str, Any]:
    assert decision.owed is not None
    written: dict[str, Any] = json.loads(NETWORK.element(decision.owed))["user"]
    return written


def test_l02_it_sends_all_that_is_known_of_a_member() -> None:
    assert user(decided(PERSON)) == {
        "userIds": [
            {
                "idType": "SHA256_EMAIL",
                "idValue": "8830eedd6c6b5ea97d181563a349476ca1bb25ace1f94b5c5e48d9cad727941b",
            }
        ],
        "userInfo": {
            "firstName": "Joe",
            "lastName": "O'Neill",
            "title": "Engineer",
            "companyName": "Acme",
            "countryCode": "IE",
        },
        "externalIds": ["crm-1"],
    }


def test_linkedin_a06_it_says_nothing_of_a_member_with_one_name() -> None:
    half = {name: value for name, value in PERSON.items() if name != "lastname"}
    assert "userInfo" not in user(decided(half))


@pytest.mark.parametrize(
    "properties",
    [{}, {"jobtitle": "Engineer", "company": "Acme", "country": "IE"}, {"firstname": "Joe", "country": "IE"}],
)
def test_linkedin_a07_it_sends_nothing_that_cannot_be_matched(properties: dict[str, str]) -> None:
    decision = decided(properties, ip="93.184.216.34")
    assert (decision.verdict, decision.reason) == (Verdict.BLOCKED, "no_identifier")


@pytest.mark.parametrize(
    ("properties", "clicks"),
    [
        ({"email": "joe@eg.com"}, {}),
        ({"external_id": "crm-1"}, {}),
        ({"firstname": "Joe", "lastname": "O'Neill"}, {}),
        ({}, {"li_fat_id": "df5gf5-gh6t7"}),
        ({}, {"lead_id": "6ba7b810-9dad-11d1"}),
    ],
)
def test_linkedin_a07_it_matches_by_any_one_identifier(properties: dict[str, str], clicks: dict[str, str]) -> None:
    assert decided(properties, clicks=clicks).verdict is Verdict.SEND


def test_linkedin_a12_it_gives_linkedin_no_facebook_lead() -> None:
    assert "lead" not in user(decided(PERSON, clicks={"lead_id": "123456789012345"}))


def test_l02_it_shares_linkedins_own_ids_whatever_the_choice() -> None:
    kept = user(decided(PERSON, clicks={"li_fat_id": "df5gf5-gh6t7"}, shared=frozenset({"external_id"})))
    assert kept == {
        "userIds": [{"idType": "LINKEDIN_FIRST_PARTY_ADS_TRACKING_UUID", "idValue": "df5gf5-gh6t7"}],
        "externalIds": ["crm-1"],
    }


def test_linkedin_a11_it_cuts_names_to_what_linkedin_holds() -> None:
    long = {"firstname": "J" * 40, "lastname": "O" * 40, "jobtitle": "E" * 60, "company": "A" * 60}
    info = user(decided(long))["userInfo"]
    assert {name: len(value) for name, value in info.items()} == {
        "firstName": 35,
        "lastName": 35,
        "title": 50,
        "companyName": 50,
    }


def test_l03_linkedin_a05_it_stops_a_margin_before_ninety_days() -> None:
    limit = timedelta(days=90) - timedelta(minutes=10)
    assert decided(PERSON, age=limit).verdict is Verdict.SEND
    assert decided(PERSON, age=limit + timedelta(seconds=1)).reason == "too_old"


@pytest.mark.parametrize("kind", list(Trigger))
def test_l02_it_takes_forms_stages_and_custom_events_alike(kind: Trigger) -> None:
    assert decided(PERSON, kind=kind).verdict is Verdict.SEND


def test_linkedin_a04_it_sends_no_value_in_a_currency_that_is_none() -> None:
    from_deal = ValueRule(ValueFrom.DEAL, Decimal(25), "EUR")
    decision = decided(PERSON, value=from_deal, deal=Deal(Decimal(100), "EURO", Decimal("0.5")))
    assert (decision.verdict, decision.reason) == (Verdict.BLOCKED, "bad_currency")


def test_linkedin_a04_it_leaves_the_value_to_the_rule_or_takes_a_default() -> None:
    def value(rule: ValueRule) -> object:
        owed = decided(PERSON, value=rule).owed
        assert owed is not None
        return json.loads(NETWORK.element(owed)).get("conversionValue")

    assert value(ValueRule(ValueFrom.NONE)) is None
    assert value(ValueRule(ValueFrom.SIGNAL)) is None
    assert value(ValueRule(ValueFrom.DEAL, Decimal(25), "EUR")) == {"currencyCode": "EUR", "amount": "25.00"}


def test_linkedin_a04_it_says_that_linkedin_may_drop_what_has_no_value() -> None:
    assert all("without a value" in warning for warning in NETWORK.manifest.warnings.values())


def test_linkedin_a05_it_takes_five_minutes_ahead_for_now_and_no_more() -> None:
    ahead = decided(PERSON, age=timedelta(minutes=-5))
    assert ahead.owed is not None
    assert ahead.owed.occurred_at == NOW
    too_far = decided(PERSON, age=timedelta(minutes=-5, seconds=-1))
    assert (too_far.verdict, too_far.reason) == (Verdict.BLOCKED, "in_the_future")


@pytest.mark.parametrize(
    ("email", "sent"),
    [
        (" Mike@Example.COM ", sha256(b"mike@example.com").hexdigest()),
        ("mike@example.com", sha256(b"mike@example.com").hexdigest()),
        ("m.i.k.e+ads@gmail.com", sha256(b"m.i.k.e+ads@gmail.com").hexdigest()),
        (EMAIL_HASH.upper(), EMAIL_HASH),
    ],
)
def test_linkedin_a08_it_hashes_an_email_once_and_folds_nothing(email: str, sent: str) -> None:
    assert user(decided({"email": email}))["userIds"] == [{"idType": "SHA256_EMAIL", "idValue": sent}]


def test_linkedin_a08_it_refuses_an_md5_hash() -> None:
    assert decided({"email": "d41d8cd98f00b204e9800998ecf8427e"}).reason == "no_identifier"


@pytest.mark.parametrize("ip", ["10.0.0.1", "127.0.0.1", "192.168.1.9", "2a02:a450::1", "999.999.999.999", ""])
def test_linkedin_a10_it_sends_no_address_but_a_public_ipv4_one(ip: str) -> None:
    assert [each["idType"] for each in user(decided(PERSON, ip=ip))["userIds"]] == ["SHA256_EMAIL"]


def test_linkedin_a10_it_sends_the_visitors_address_only_when_that_is_shared() -> None:
    shared = user(decided(PERSON, ip="93.184.216.34", shared=frozenset({"email", "client_ip_address"})))
    assert {"idType": "PLAINTEXT_IP_ADDRESS", "idValue": "93.184.216.34"} in shared["userIds"]
    kept_back = user(decided(PERSON, ip="93.184.216.34", shared=frozenset({"email"})))
    assert [each["idType"] for each in kept_back["userIds"]] == ["SHA256_EMAIL"]


def test_linkedin_a09_it_sends_no_advertising_id_of_someone_who_opted_out() -> None:
    opted_out = {"email": "joe@eg.com", "google_aid": "00000000-0000-0000-0000-000000000000"}
    assert [each["idType"] for each in user(decided(opted_out))["userIds"]] == ["SHA256_EMAIL"]

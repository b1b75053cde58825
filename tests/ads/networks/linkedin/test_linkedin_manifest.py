"""LinkedIn's rules as `decide` applies them: who can be matched, and what goes along."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from apps.ads.networks.linkedin import NETWORK
from apps.domain.decide import decide
from apps.domain.decision import Case, Decision, Verdict
from apps.domain.facts import Account, Click, Contact, EventRules, Signal, Trigger, ValueFrom, ValueRule, Workspace

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
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
) -> Decision:
    seen = NOW - timedelta(days=100)
    case = Case(
        signal=Signal("s1", Trigger.STAGE_CHANGE, "customer", NOW - age, client_ip_address=ip),
        contact=Contact(properties, {kind: (Click(value, seen),) for kind, value in (clicks or {}).items()}),
        deal=None,
        event=EventRules(
            id="e1",
            trigger=Trigger.STAGE_CHANGE,
            trigger_name="customer",
            on_since=seen,
            network_event_name="",
            destination="104001",
            value=ValueRule(ValueFrom.FIXED, Decimal(25), "EUR"),
            consent=None,
            shared=shared,
        ),
        account=Account("linkedin", "507001001", "EUR"),
        workspace=Workspace("w1", "EUR"),
        shape=NETWORK.manifest.shapes[Trigger.STAGE_CHANGE],
        now=NOW,
    )
    return decide(case, network_event_id="id-1")


def user(decision: Decision) -> dict[str, Any]:
    assert decision.owed is not None
    written: dict[str, Any] = json.loads(NETWORK.element(decision.owed))["user"]
    return written


def test_it_sends_all_that_is_known_of_a_member() -> None:
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


def test_it_says_nothing_of_a_member_with_one_name() -> None:
    half = {name: value for name, value in PERSON.items() if name != "lastname"}
    assert "userInfo" not in user(decided(half))


@pytest.mark.parametrize(
    "properties",
    [{}, {"jobtitle": "Engineer", "company": "Acme", "country": "IE"}, {"firstname": "Joe", "country": "IE"}],
)
def test_it_sends_nothing_that_cannot_be_matched(properties: dict[str, str]) -> None:
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
def test_it_matches_by_any_one_identifier(properties: dict[str, str], clicks: dict[str, str]) -> None:
    assert decided(properties, clicks=clicks).verdict is Verdict.SEND


def test_it_gives_linkedin_no_facebook_lead() -> None:
    assert "lead" not in user(decided(PERSON, clicks={"lead_id": "123456789012345"}))


def test_it_shares_linkedins_own_ids_whatever_the_choice() -> None:
    kept = user(decided(PERSON, clicks={"li_fat_id": "df5gf5-gh6t7"}, shared=frozenset({"external_id"})))
    assert kept == {
        "userIds": [{"idType": "LINKEDIN_FIRST_PARTY_ADS_TRACKING_UUID", "idValue": "df5gf5-gh6t7"}],
        "externalIds": ["crm-1"],
    }


def test_it_cuts_names_to_what_linkedin_holds() -> None:
    long = {"firstname": "J" * 40, "lastname": "O" * 40, "jobtitle": "E" * 60, "company": "A" * 60}
    info = user(decided(long))["userInfo"]
    assert {name: len(value) for name, value in info.items()} == {
        "firstName": 35,
        "lastName": 35,
        "title": 50,
        "companyName": 50,
    }


def test_it_stops_a_margin_before_ninety_days() -> None:
    limit = timedelta(days=90) - timedelta(minutes=10)
    assert decided(PERSON, age=limit).verdict is Verdict.SEND
    assert decided(PERSON, age=limit + timedelta(seconds=1)).reason == "too_old"

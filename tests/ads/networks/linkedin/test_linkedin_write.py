"""Conversions in LinkedIn's words, down to the byte."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from hashlib import sha256
from typing import Any

import pytest

from apps.ads.networks.linkedin.client import BASE, address
from apps.ads.networks.linkedin.manifest import HASH_NAMES, MANIFEST
from apps.ads.networks.linkedin.versions import IN_USE, PINNED, VERSIONS, WITH_HASHED_NAMES, Version
from apps.ads.networks.linkedin.write import body, element, route
from apps.ads.wire import Target
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
        "google_aid": ("38400000-8cf0-11bd-b23e-10b96e40000d",),
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
        '{"idType":"ACXIOM_ID","idValue":"AX-1"},{"idType":"PLAINTEXT_IP_ADDRESS","idValue":"93.184.216.34"},'
        '{"idType":"GOOGLE_AID","idValue":"38400000-8cf0-11bd-b23e-10b96e40000d"}],'
        '"userInfo":{"firstName":"Anneke","lastName":"de Vries","title":"Head of Growth",'
        '"companyName":"Bakkerij & Zonen","countryCode":"NL"},"externalIds":["crm-4711"],'
        '"lead":"urn:li:leadGenFormResponse:6ba7b810-1"},"eventId":"5f0c1d2e-3b4a"}'
    )


def test_it_takes_a_rule_by_its_urn_as_by_its_id() -> None:
    by_urn = replace(OWED, destination="urn:lla:llaPartnerConversion:104001")
    assert element(by_urn) == element(OWED)
    assert route(by_urn) == route(OWED) == "104001@202607"


def test_linkedin_a06_it_lists_user_ids_even_when_there_are_none() -> None:
    assert user(external_id=("crm-1",)) == {"userIds": [], "externalIds": ["crm-1"]}


@pytest.mark.parametrize("lone", ["firstname", "lastname", "jobtitle"])
def test_linkedin_a06_it_leaves_out_who_it_is_without_both_names(lone: str) -> None:
    assert "userInfo" not in user(**{"email": (EMAIL,), "country": ("NL",), lone: ("Anneke",)})


def test_linkedin_a12_it_sends_one_external_id_and_every_hashed_email_in_one_order() -> None:
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
def test_linkedin_a03_it_writes_the_amount_as_text_with_the_decimals_of_its_currency(
    amount: str, currency: str, text: str
) -> None:
    written = json.loads(element(replace(OWED, value=Money(Decimal(amount), currency))))
    assert written["conversionValue"] == {"currencyCode": currency, "amount": text}


def test_linkedin_a04_it_leaves_the_value_out_when_there_is_none() -> None:
    assert "conversionValue" not in json.loads(element(replace(OWED, value=None)))


def test_linkedin_a13_it_keeps_an_event_id_up_to_64_characters_and_hashes_a_longer_one() -> None:
    def event_id(given: str) -> str:
        return str(json.loads(element(replace(OWED, network_event_id=given)))["eventId"])

    assert event_id("x" * 64) == "x" * 64
    assert len(event_id("x" * 65)) == 64
    assert event_id("x" * 65) == event_id("x" * 65) != event_id("x" * 66)


def test_it_counts_the_same_moment_the_same_in_every_time_zone() -> None:
    assert element(replace(OWED, occurred_at=AT.astimezone(timezone(timedelta(hours=5, minutes=45))))) == element(OWED)


def test_linkedin_a01_it_sends_a_single_event_as_a_batch_too() -> None:
    assert body("104001@202607", ["{1}"]) == b'{"elements":[{1}]}'
    assert body("104001@202607", ["{1}", "{2}"]) == b'{"elements":[{1},{2}]}'


def test_linkedin_a02_it_names_version_and_protocol_on_every_call() -> None:
    called = address(Target(BASE, "507001001", {"access_token": "AQsecret"}), "104001", 1)
    assert called.url == "https://api.linkedin.com/rest/conversionEvents"
    assert called.headers == {
        "Authorization": "Bearer AQsecret",
        "Content-Type": "application/json",
        "LinkedIn-Version": "202607",
        "X-Restli-Protocol-Version": "2.0.0",
        "X-RestLi-Method": "BATCH_CREATE",
    }


def parts(elements: list[str]) -> Iterator[list[str]]:
    """Requests as the sender fills them."""
    for start in range(0, len(elements), MANIFEST.batch_limit):
        yield elements[start : start + MANIFEST.batch_limit]


def test_l03_linkedin_a01_a14_it_splits_what_is_more_than_5000_and_keeps_the_order() -> None:
    elements = [element(replace(OWED, network_event_id=f"event-{number}")) for number in range(12_001)]
    bodies = [json.loads(body(route(OWED), part))["elements"] for part in parts(elements)]
    assert [len(each) for each in bodies] == [5000, 5000, 2001]
    assert [each["eventId"] for part in bodies for each in part] == [f"event-{number}" for number in range(12_001)]


@pytest.mark.parametrize("version", list(IN_USE.values()), ids=list(IN_USE))
def test_linkedin_a02_it_speaks_no_version_that_has_ended(version: Version) -> None:
    assert datetime.now(UTC).date() < version.ends, f"{version.name} has ended: choose a newer one in versions.py"
    assert MANIFEST.version_ends is not None
    assert MANIFEST.version_ends <= version.ends


def test_linkedin_a02_it_names_the_version_that_the_elements_were_written_for() -> None:
    def version(at: str) -> str:
        return address(Target(BASE, "507001001", {"access_token": "AQsecret"}), at, 2).headers["LinkedIn-Version"]

    assert version("104001@202607") == "202607"
    assert version("104001@202609") == "202609"
    assert version("104001@202501") == version("104001") == PINNED.name


def test_linkedin_a03_it_writes_no_exponent_and_no_float() -> None:
    given = replace(OWED, value=Money(Decimal(str(19.9)), "EUR"))
    assert '"amount":"19.90"' in element(given)
    assert '"amount":"1200000.00"' in element(replace(OWED, value=Money(Decimal("1.2E+6"), "EUR")))


def test_linkedin_a04_it_never_writes_a_currency_that_is_none() -> None:
    with pytest.raises(KeyError):
        element(replace(OWED, value=Money(Decimal(1), "EURO")))


@pytest.mark.parametrize("options", [{}, {HASH_NAMES: "true"}])
def test_linkedin_a06_it_writes_only_keys_that_the_schema_knows(options: dict[str, str]) -> None:
    written = json.loads(element(replace(OWED, options=options)))
    assert set(written) <= {"conversion", "conversionHappenedAt", "conversionValue", "eventId", "user"}
    assert set(written["user"]) <= {"userIds", "userInfo", "externalIds", "lead"}
    names = {"hashedFirstName", "hashedLastName"} if options else {"firstName", "lastName"}
    assert set(written["user"]["userInfo"]) == names | {"title", "companyName", "countryCode"}
    assert all(set(each) == {"idType", "idValue"} for each in written["user"]["userIds"])


@pytest.mark.parametrize("options", [{}, {HASH_NAMES: "true"}])
def test_linkedin_a09_it_sends_no_identifier_type_that_the_version_lacks(options: dict[str, str]) -> None:
    given = replace(OWED, options=options, identifiers={**OWED.identifiers, "phone": ("31612345678",)})
    version = IN_USE[route(given).partition("@")[2]]
    sent = {each["idType"] for each in json.loads(element(given))["user"]["userIds"]}
    assert sent == set(version.id_types.values())


@pytest.mark.parametrize(
    ("version", "symbol", "known"),
    [
        ("202604", "PLAINTEXT_IP_ADDRESS", False),
        ("202605", "PLAINTEXT_IP_ADDRESS", True),
        ("202604", "GOOGLE_AID", False),
        ("202605", "GOOGLE_AID", True),
        ("202601", "SHA256_EMAIL", True),
        ("202609", "ORACLE_MOAT_ID", False),
    ],
)
def test_linkedin_a09_it_knows_since_when_a_version_has_an_identifier_type(
    version: str, symbol: str, known: bool
) -> None:
    assert (symbol in VERSIONS[version].id_types.values()) is known


def test_linkedin_a24_it_knows_which_rules_and_windows_a_version_has() -> None:
    old, new = VERSIONS["202607"], VERSIONS["202608"]
    assert "MARKETING_QUALIFIED_LEAD" in new.rule_types - old.rule_types
    assert old.windows_of("PURCHASE") == {1, 7, 30, 90, 180, 365}
    assert old.windows_of("DOWNLOAD") == {1, 7, 30, 90}
    assert 365 in new.windows_of("SALES_QUALIFIED_LEAD") - old.windows_of("SALES_QUALIFIED_LEAD")


def test_linkedin_a11_it_hashes_names_only_where_the_event_says_so_and_the_version_takes_it() -> None:
    hashed = replace(OWED, options={HASH_NAMES: "true"})
    assert route(OWED) == "104001@202607"
    assert route(hashed) == "104001@202609"
    assert not PINNED.hashed_names
    assert WITH_HASHED_NAMES.hashed_names
    assert json.loads(element(hashed))["user"]["userInfo"] == {
        "hashedFirstName": sha256(b"anneke").hexdigest(),
        "hashedLastName": sha256(b"devries").hexdigest(),
        "title": "Head of Growth",
        "companyName": "Bakkerij & Zonen",
        "countryCode": "NL",
    }
    assert "Anneke" not in element(hashed)


@pytest.mark.parametrize("lead", ["6ba7b810-1", "urn:li:leadGenFormResponse:6ba7b810-1"])
def test_linkedin_a12_it_takes_a_lead_by_its_urn_as_by_its_id_and_lets_it_stand_alone(lead: str) -> None:
    assert user(lead_id=(lead,)) == {"userIds": [], "lead": "urn:li:leadGenFormResponse:6ba7b810-1"}
    assert all(version.lead_alone for version in IN_USE.values())
    assert not VERSIONS["202604"].lead_alone


def test_linkedin_a13_it_carries_the_same_id_however_often_it_is_written() -> None:
    assert element(OWED) == element(replace(OWED, identifiers=dict(reversed(list(OWED.identifiers.items())))))


def test_linkedin_a14_it_shares_no_request_between_two_rules_or_two_versions() -> None:
    other_rule = replace(OWED, destination="104002")
    other_version = replace(OWED, options={HASH_NAMES: "true"})
    assert len({route(OWED), route(other_rule), route(other_version)}) == 3


def test_linkedin_a22_it_shows_no_token_when_it_is_printed() -> None:
    target = Target(BASE, "507001001", {"access_token": "AQsecret"})
    assert "AQsecret" not in repr(target) + repr(address(target, "104001@202607", 1))

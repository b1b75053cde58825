"""What a token reaches at LinkedIn: the calls, down to the header, and what their answers say."""

from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import orjson
import pytest

from apps.ads.networks.linkedin import discover
from apps.ads.networks.linkedin.assets import Account, NewRule, Rule
from apps.ads.wire import Target
from apps.domain.outcome import Reply, Verdict
from apps.domain.reasons import Who
from tests.contracts.answers import linkedin_error, reply

TARGET = Target("https://api.linkedin.com", "507001001", {"access_token": "AQsecret"})
RULE = Rule("104001", "Lead", "507001001", "LEAD", "CONVERSIONS_API", True, 30, 7, "DYNAMIC", "", ("600",))
CAMPAIGNS = "/rest/adAccounts/507001001/adCampaigns?q=search&search=(status:(values:List(ACTIVE,DRAFT)))"
NEW = NewRule("Qualified lead", "507001001", "QUALIFIED_LEAD")


def listed(count: int, start: int = 0, **element: Any) -> Reply:
    elements = [{"id": number, **element} for number in range(start, start + count)]
    return reply(200, {"elements": elements, "paging": {"start": start, "count": discover.PAGE, "total": -1}})


@pytest.mark.parametrize(
    ("call", "path"),
    [
        (
            discover.accounts(TARGET),
            "/rest/adAccounts?q=search&search=(status:(values:List(ACTIVE)),test:false)&pageSize=100",
        ),
        (discover.seats(TARGET, "100"), "/rest/adAccountUsers?q=authenticatedUser&start=100&count=100"),
        (
            discover.rules(TARGET),
            "/rest/conversions?q=account&account=urn%3Ali%3AsponsoredAccount%3A507001001&start=0&count=100",
        ),
        (discover.campaigns(TARGET, "a/b=="), f"{CAMPAIGNS}&pageSize=100&pageToken=a%2Fb%3D%3D"),
        (
            discover.rule(TARGET, "urn:lla:llaPartnerConversion:104001"),
            "/rest/conversions/104001?account=urn%3Ali%3AsponsoredAccount%3A507001001",
        ),
    ],
)
def test_it_asks_for_what_there_is_a23(call: discover.Call, path: str) -> None:
    assert (call.method, call.body) == ("GET", b"")
    assert call.url == f"https://api.linkedin.com{path}"
    assert call.headers == {
        "Authorization": "Bearer AQsecret",
        "LinkedIn-Version": "202607",
        "X-Restli-Protocol-Version": "2.0.0",
    }
    assert "AQsecret" not in repr(call)


def test_it_goes_on_until_a_short_page_whatever_the_total_says_a23() -> None:
    assert discover.read_rules(listed(100)).following == "100"
    assert discover.read_rules(listed(100, 100)).following == "200"
    assert discover.read_rules(listed(99)).following == ""
    assert discover.read_rules(listed(0)).following == ""


def test_it_follows_a_page_token_a23() -> None:
    account = {"id": 507, "name": "Acme", "currency": "EUR", "status": "ACTIVE", "test": False}
    page = discover.read_accounts(reply(200, {"elements": [account], "metadata": {"nextPageToken": "t2"}}))
    assert page.following == "t2"
    assert page.items == (Account("507", "Acme", "EUR", "ACTIVE", False),)
    assert discover.read_accounts(reply(200, {"elements": [], "metadata": {}})).following == ""


def test_it_knows_who_may_send_a23() -> None:
    seats = [
        {"account": "urn:li:sponsoredAccount:1", "user": "urn:li:person:x", "role": "CAMPAIGN_MANAGER"},
        {"account": "urn:li:sponsoredAccount:2", "user": "urn:li:person:x", "role": "VIEWER"},
    ]
    found = discover.read_seats(reply(200, {"elements": seats})).items
    assert [(seat.account, seat.may_send) for seat in found] == [("1", True), ("2", False)]


def test_it_reads_a_rule_a23() -> None:
    element = {
        "id": 104001,
        "name": "Lead",
        "account": "urn:li:sponsoredAccount:507001001",
        "type": "LEAD",
        "conversionMethod": "CONVERSIONS_API",
        "enabled": True,
        "postClickAttributionWindowSize": 30,
        "viewThroughAttributionWindowSize": 7,
        "valueType": "DYNAMIC",
        "associatedCampaigns": [{"campaign": "urn:li:sponsoredCampaign:600", "associatedAt": 1}],
    }
    page = discover.read_rules(reply(200, {"elements": [element]}))
    assert page.items == (RULE,)
    assert RULE.takes_events
    assert RULE.cautions == ()


@pytest.mark.parametrize(
    ("changes", "caution"),
    [
        ({"method": "INSIGHT_TAG"}, "wrong_method"),
        ({"enabled": False}, "disabled"),
        ({"campaigns": ()}, "no_campaigns"),
        ({"value_type": "FIXED"}, "own_value"),
    ],
)
def test_it_warns_of_a_rule_that_will_not_count_a23(changes: dict[str, Any], caution: str) -> None:
    changed = replace(RULE, **changes)
    assert changed.cautions == (caution,)
    assert changed.takes_events is (caution in ("no_campaigns", "own_value"))


def test_it_claims_nothing_about_campaigns_that_the_answer_does_not_name_a23() -> None:
    page = discover.read_rules(listed(1, conversionMethod="CONVERSIONS_API"))
    assert page.items[0].campaigns is None
    assert page.items[0].cautions == ()


@pytest.mark.parametrize("body", [b"<html>", b"[]", b"{}", b'{"elements": [3]}', b'{"elements": [{}]}'])
def test_it_takes_no_broken_answer_for_an_empty_list(body: bytes) -> None:
    with pytest.raises(ValueError, match="LinkedIn's"):
        discover.read_accounts(Reply(200, {}, body))


def test_it_makes_a_rule_that_takes_the_events_value() -> None:
    call = discover.make_rule(TARGET, NEW)
    assert (call.method, urlsplit(call.url).query) == ("POST", "autoAssociationType=ALL_CAMPAIGNS")
    assert orjson.loads(call.body) == {
        "name": "Qualified lead",
        "account": "urn:li:sponsoredAccount:507001001",
        "conversionMethod": "CONVERSIONS_API",
        "type": "QUALIFIED_LEAD",
        "enabled": True,
        "postClickAttributionWindowSize": 30,
        "viewThroughAttributionWindowSize": 7,
        "attributionType": "LAST_TOUCH_BY_CAMPAIGN",
        "valueType": "DYNAMIC",
    }


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"name": " "}, "name"),
        ({"type": "SALES_QUALIFIED_LEAD"}, "type"),
        ({"type": "DOWNLOAD", "post_click_days": 365}, "post_click_days"),
        ({"type": "DOWNLOAD", "view_through_days": 180}, "view_through_days"),
        ({"post_click_days": 14}, "post_click_days"),
        ({"attribution": "FIRST"}, "attribution"),
        ({"value_type": "BIG"}, "value_type"),
        ({"associate": "SOME"}, "associate"),
    ],
)
def test_it_makes_no_rule_that_linkedin_would_refuse_a24(changes: dict[str, Any], named: str) -> None:
    with pytest.raises(ValueError, match=f"^{named}: "):
        discover.make_rule(TARGET, replace(NEW, **changes))


@pytest.mark.parametrize("days", [180, 365])
def test_it_takes_a_long_window_where_the_type_has_it_a24(days: int) -> None:
    assert replace(NEW, post_click_days=days).fault() == ""


def test_it_finds_a_rule_that_was_made_before_a24() -> None:
    assert discover.named([RULE], " lead ") == RULE
    assert discover.named([RULE], "Leads") is None


def test_it_reads_the_id_of_what_it_made() -> None:
    assert discover.read_made_rule(Reply(201, {"X-RestLi-Id": "104777"}, b"")) == "104777"
    assert discover.read_made_rule(reply(201, {"id": 104778})) == "104778"
    with pytest.raises(ValueError, match="look it up by its name"):
        discover.read_made_rule(Reply(201))


def test_it_switches_a_rule_and_links_a_campaign() -> None:
    switched = discover.switch_rule(TARGET, "104001", enabled=False)
    assert switched.headers["X-RestLi-Method"] == "PARTIAL_UPDATE"
    assert orjson.loads(switched.body) == {"patch": {"$set": {"enabled": False}}}
    linked = discover.link_campaign(TARGET, "104001", "urn:li:sponsoredCampaign:600")
    assert linked.method == "PUT"
    assert linked.url.endswith(
        "/rest/campaignConversions/(campaign:urn%3Ali%3AsponsoredCampaign%3A600,"
        "conversion:urn%3Alla%3AllaPartnerConversion%3A104001)"
    )
    assert orjson.loads(linked.body) == {
        "campaign": "urn:li:sponsoredCampaign:600",
        "conversion": "urn:lla:llaPartnerConversion:104001",
    }


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (reply(200, {"id": 1}), "no_permission"),
        (linkedin_error(404), "rule_missing"),
        (linkedin_error(403), "no_access"),
    ],
)
def test_it_names_what_no_ad_accounts_found_was_about_a18(answer: Reply, cause: str) -> None:
    assert discover.read_forbidden(answer) == cause


def test_it_says_why_a_call_came_to_nothing() -> None:
    assert discover.refusal(reply(200, {})) is None
    assert discover.refusal(Reply(204)) is None
    refused = discover.refusal(linkedin_error(401, code="X", serviceErrorCode=65601))
    assert refused is not None
    assert (refused.verdict, refused.code, refused.who) == (Verdict.HOLD, "65601", Who.ADMIN)

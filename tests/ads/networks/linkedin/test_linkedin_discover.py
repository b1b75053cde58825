"""What a token reaches at LinkedIn: the calls, down to the header, and what their answers say."""

from dataclasses import replace
from typing import Any

import pytest

from apps.ads.found import FoundAccount
from apps.ads.networks.linkedin import discover
from apps.ads.networks.linkedin.assets import Rule
from apps.ads.networks.linkedin.rest import PAGE
from apps.ads.wire import Refused, Target
from apps.domain.outcome import Reply, Verdict
from apps.domain.reasons import Who
from tests.contracts.answers import linkedin_error, reply
from tests.support.inquiries import fed

TARGET = Target("https://api.linkedin.com", "507001001", {"access_token": "AQsecret"})
RULE = Rule("104001", "Lead", "LEAD", "CONVERSIONS_API", True, "30", "7", "DYNAMIC", "", ("600",))
REST = "https://api.linkedin.com/rest"
ROLES = f"{REST}/adAccountUsers?q=authenticatedUser"
RULES = f"{REST}/conversions?q=account&account=urn%3Ali%3AsponsoredAccount%3A507001001"
CAMPAIGNS = f"{REST}/adAccounts/507001001/adCampaigns?q=search&search=(status:(values:List(ACTIVE,DRAFT)))"
NOTHING = reply(200, {"elements": [], "metadata": {}})
ACME = {"id": 507, "name": "Acme", "currency": "EUR", "status": "ACTIVE", "test": False}


def listed(count: int, start: int = 0, **element: Any) -> Reply:
    elements = [{"id": number, **element} for number in range(start, start + count)]
    return reply(200, {"elements": elements, "paging": {"start": start, "count": PAGE, "total": -1}})


def seats(**roles: str) -> Reply:
    return reply(
        200, {"elements": [{"account": f"urn:li:sponsoredAccount:{name[1:]}", "role": roles[name]} for name in roles]}
    )


def found(account: dict[str, Any], role: Reply) -> FoundAccount:
    (one,), _ = fed(discover.accounts(TARGET), [reply(200, {"elements": [account]}), role])
    return one


def test_linkedin_a23_it_asks_for_what_there_is() -> None:
    _, calls = fed(discover.accounts(TARGET), [NOTHING, NOTHING])
    _, more = fed(discover.destinations(TARGET), [NOTHING, NOTHING])
    assert [call.url for call in (*calls, *more)] == [
        f"{REST}/adAccounts?q=search&pageSize=100",
        f"{ROLES}&start=0&count=100",
        f"{RULES}&start=0&count=100",
        f"{CAMPAIGNS}&pageSize=100",
    ]
    for call in (*calls, *more):
        assert (call.method, call.body) == ("GET", b"")
        assert call.headers == {
            "Authorization": "Bearer AQsecret",
            "LinkedIn-Version": "202607",
            "X-Restli-Protocol-Version": "2.0.0",
        }
        assert "AQsecret" not in repr(call)


def test_linkedin_a23_it_goes_on_until_a_short_page_whatever_the_total_says() -> None:
    rules, calls = fed(discover.rules(TARGET), [listed(100), listed(100, 100), listed(99, 200)])
    assert len(rules) == 299
    assert [call.url for call in calls] == [f"{RULES}&start={start}&count=100" for start in (0, 100, 200)]
    rules, calls = fed(discover.rules(TARGET), [listed(100), listed(0, 100)])
    assert (len(rules), len(calls)) == (100, 2)


def test_linkedin_a23_it_follows_a_page_token() -> None:
    first = reply(200, {"elements": [{"id": 1, "name": "One"}], "metadata": {"nextPageToken": "a/b=="}})
    second = reply(200, {"elements": [{"id": 2, "name": "Two"}], "metadata": {}})
    names, calls = fed(discover.linkable(TARGET), [first, second])
    assert names == {"1": "One", "2": "Two"}
    assert calls[1].url == f"{CAMPAIGNS}&pageSize=100&pageToken=a%2Fb%3D%3D"


def test_linkedin_a23_it_refuses_a_viewer_and_shows_the_role() -> None:
    manager, viewer = found(ACME, seats(_507="CAMPAIGN_MANAGER")), found(ACME, seats(_507="VIEWER"))
    assert (manager.role, manager.refused, manager.cautions) == ("CAMPAIGN_MANAGER", "", ())
    assert (manager.external_id, manager.name, manager.currency) == ("507", "Acme", "EUR")
    assert manager.facts == {"status": "ACTIVE", "role": "CAMPAIGN_MANAGER"}
    assert (viewer.role, viewer.refused) == ("VIEWER", "viewer_role")


@pytest.mark.parametrize(
    ("changes", "caution"),
    [({"status": "CANCELED"}, "not_active"), ({"test": True}, "test_account"), ({"id": 508}, "no_role")],
)
def test_linkedin_a23_it_warns_of_an_account_that_may_not_serve(changes: dict[str, Any], caution: str) -> None:
    one = found(ACME | changes, seats(_507="ACCOUNT_MANAGER"))
    assert one.cautions == (caution,)
    assert one.refused == ""


def test_linkedin_a23_it_shows_a_rule_with_its_settings_and_campaigns_by_name() -> None:
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
        "attributionType": "LAST_TOUCH_BY_CAMPAIGN",
        "associatedCampaigns": [
            {"campaign": "urn:li:sponsoredCampaign:600", "associatedAt": 1},
            {"campaign": "urn:li:sponsoredCampaign:601"},
        ],
    }
    campaigns = reply(200, {"elements": [{"id": 600, "name": "Brochure"}]})
    (rule,), _ = fed(discover.destinations(TARGET), [reply(200, {"elements": [element]}), campaigns])
    assert (rule.kind, rule.external_id, rule.name, rule.cautions) == ("rule", "104001", "Lead", ())
    assert rule.facts == {
        "type": "LEAD",
        "method": "CONVERSIONS_API",
        "enabled": "yes",
        "post_click_days": "30",
        "view_through_days": "7",
        "value_type": "DYNAMIC",
        "attribution": "LAST_TOUCH_BY_CAMPAIGN",
        "campaigns": "Brochure, 601",
    }


@pytest.mark.parametrize(
    ("changes", "caution"),
    [
        ({"method": "INSIGHT_TAG"}, "wrong_method"),
        ({"enabled": False}, "disabled"),
        ({"campaigns": ()}, "no_campaign"),
        ({"value_type": "FIXED"}, "own_value"),
    ],
)
def test_linkedin_a23_it_warns_of_a_rule_that_will_not_count(changes: dict[str, Any], caution: str) -> None:
    assert RULE.cautions == ()
    assert replace(RULE, **changes).cautions == (caution,)


def test_linkedin_a23_it_puts_rules_that_cannot_be_chosen_last() -> None:
    tag = {"id": 1, "conversionMethod": "INSIGHT_TAG"}
    api = {"id": 2, "conversionMethod": "CONVERSIONS_API"}
    rules, _ = fed(discover.destinations(TARGET), [reply(200, {"elements": [tag, api]}), NOTHING])
    assert [rule.external_id for rule in rules] == ["2", "1"]


def test_linkedin_a23_it_claims_nothing_about_campaigns_that_the_answer_does_not_name() -> None:
    (rule,), _ = fed(discover.destinations(TARGET), [listed(1, conversionMethod="CONVERSIONS_API"), NOTHING])
    assert rule.cautions == ()
    assert "campaigns" not in rule.facts


@pytest.mark.parametrize("body", [b"<html>", b"[]", b"{}", b'{"elements": [3]}', b'{"elements": [{}]}'])
def test_it_takes_no_broken_answer_for_an_empty_list(body: bytes) -> None:
    with pytest.raises(Refused, match="unreadable_answer"):
        fed(discover.accounts(TARGET), [Reply(200, {}, body)])


def test_it_says_why_a_call_came_to_nothing() -> None:
    with pytest.raises(Refused) as refused:
        fed(discover.accounts(TARGET), [linkedin_error(401, code="X", serviceErrorCode=65601)])
    why = refused.value.outcome
    assert (why.verdict, why.code, why.who, why.signed_out) == (Verdict.HOLD, "65601", Who.ADMIN, True)

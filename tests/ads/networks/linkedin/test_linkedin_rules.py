"""Conversion rules at LinkedIn: found or made, switched, linked, and asked for when a 403 hides the cause."""

from dataclasses import replace
from typing import Any

import orjson
import pytest

from apps.ads.found import NewDestination
from apps.ads.networks.linkedin import rules
from apps.ads.networks.linkedin.rules import NewRule
from apps.ads.wire import Refused, Target
from apps.core.errors import InvalidInput
from apps.domain.outcome import Outcome, Reply, Verdict
from apps.domain.reasons import Who
from tests.contracts.answers import linkedin_error, reply
from tests.support.inquiries import fed

TARGET = Target("https://api.linkedin.com", "507001001", {"access_token": "AQsecret"})
ACCOUNT = "account=urn%3Ali%3AsponsoredAccount%3A507001001"
NEW = NewRule("Qualified lead", "QUALIFIED_LEAD")
RULE = {
    "id": 104777,
    "name": "Qualified lead",
    "conversionMethod": "CONVERSIONS_API",
    "type": "QUALIFIED_LEAD",
    "enabled": True,
    "associatedCampaigns": [{"campaign": "urn:li:sponsoredCampaign:600"}],
}
NO_RULES = reply(200, {"elements": []})
CAMPAIGNS = reply(200, {"elements": [{"id": 600, "name": "Brochure"}, {"id": 601, "name": "Webinar"}]})
MADE = Reply(201, {"X-RestLi-Id": "104777"}, b"")


def wanted(name: str = "Qualified lead", **settings: str) -> NewDestination:
    return NewDestination("rule", name, {"type": "QUALIFIED_LEAD", **settings})


def test_linkedin_a24_it_makes_a_rule_that_takes_the_events_value() -> None:
    made, calls = fed(rules.make(TARGET, wanted()), [NO_RULES, MADE, reply(200, RULE), CAMPAIGNS, reply(200, RULE)])
    look_up, post = calls[:2]
    assert look_up.method == "GET"
    assert (post.method, post.url.partition("?")[2]) == ("POST", "autoAssociationType=ALL_CAMPAIGNS")
    assert orjson.loads(post.body) == {
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
    assert (made.kind, made.external_id, made.facts["campaigns"]) == ("rule", "104777", "Brochure")


def test_linkedin_a24_it_finds_a_rule_that_was_made_before_and_makes_no_second() -> None:
    listed = reply(200, {"elements": [RULE | {"id": 9, "conversionMethod": "INSIGHT_TAG"}, RULE]})
    found, calls = fed(rules.make(TARGET, wanted(" qualified LEAD ")), [listed, CAMPAIGNS, reply(200, RULE)])
    assert found.external_id == "104777"
    assert {call.method for call in calls} == {"GET"}


def test_linkedin_a24_it_goes_by_our_own_record_when_linkedin_lists_no_such_name() -> None:
    new = replace(wanted(), known="104777")
    found, calls = fed(rules.make(TARGET, new), [NO_RULES, reply(200, RULE), CAMPAIGNS, reply(200, RULE)])
    assert found.external_id == "104777"
    assert {call.method for call in calls} == {"GET"}
    gone = [NO_RULES, linkedin_error(404), MADE, reply(200, RULE), CAMPAIGNS, reply(200, RULE)]
    _, calls = fed(rules.make(TARGET, new), gone)
    assert [call.method for call in calls].count("POST") == 1


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"name": ""}, "name"),
        ({"type": "SALES_QUALIFIED_LEAD"}, "type"),
        ({"type": "DOWNLOAD", "post_click_days": "365"}, "post_click_days"),
        ({"type": "DOWNLOAD", "view_through_days": "180"}, "view_through_days"),
        ({"post_click_days": "14"}, "post_click_days"),
        ({"post_click_days": "a month"}, "post_click_days"),
        ({"attribution": "FIRST"}, "attribution"),
        ({"value_type": "BIG"}, "value_type"),
        ({"associate": "SOME"}, "associate"),
    ],
)
def test_linkedin_a24_it_makes_no_rule_that_linkedin_would_refuse(changes: dict[str, Any], named: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        fed(rules.make(TARGET, wanted(**changes)), [])
    (fault,) = refused.value.faults
    assert fault.field == named
    assert fault.message.startswith(("Use one of ", "Give one of "))


@pytest.mark.parametrize("days", ["180", "365"])
def test_linkedin_a24_it_takes_a_long_window_where_the_type_has_it(days: str) -> None:
    assert replace(NEW, post_click_days=days).fault() == ("", "")


@pytest.mark.parametrize("answer", [Reply(201), reply(200, {"id": 1})])
def test_linkedin_a24_it_says_so_when_an_answer_names_no_rule(answer: Reply) -> None:
    with pytest.raises(Refused, match="unreadable_answer"):
        fed(rules.make(TARGET, wanted()), [NO_RULES, answer])


def test_l01_it_switches_on_and_links_what_is_asked_for_and_not_linked_yet() -> None:
    listed = reply(200, {"elements": [RULE | {"enabled": False}]})
    answers = [CAMPAIGNS, listed, Reply(204), Reply(204), CAMPAIGNS, reply(200, RULE)]
    _, calls = fed(rules.make(TARGET, wanted(campaigns="600, urn:li:sponsoredCampaign:601")), answers)
    switched, linked = [call for call in calls if call.method != "GET"]
    assert switched.url == f"https://api.linkedin.com/rest/conversions/104777?{ACCOUNT}"
    assert switched.headers["X-RestLi-Method"] == "PARTIAL_UPDATE"
    assert orjson.loads(switched.body) == {"patch": {"$set": {"enabled": True}}}
    assert linked.method == "PUT"
    assert linked.url.endswith(
        "/rest/campaignConversions/(campaign:urn%3Ali%3AsponsoredCampaign%3A601,"
        "conversion:urn%3Alla%3AllaPartnerConversion%3A104777)"
    )
    assert orjson.loads(linked.body) == {
        "campaign": "urn:li:sponsoredCampaign:601",
        "conversion": "urn:lla:llaPartnerConversion:104777",
    }


def test_l01_it_links_no_campaign_that_the_account_has_not() -> None:
    with pytest.raises(InvalidInput, match="campaigns: "):
        fed(rules.make(TARGET, wanted(campaigns="602")), [CAMPAIGNS])


@pytest.mark.parametrize(
    ("answer", "cause", "who"),
    [
        (reply(200, {"id": 1}), "no_permission", Who.ADMIN),
        (linkedin_error(404), "rule_missing", Who.MARKETER),
        (linkedin_error(403), "no_access", Who.ADMIN),
    ],
)
def test_linkedin_a18_it_names_what_no_ad_accounts_found_was_about(answer: Reply, cause: str, who: Who) -> None:
    held = Outcome(Verdict.HOLD, "forbidden", Who.ADMIN)
    told, (call,) = fed(rules.diagnose(TARGET, "104001@202607", held), [answer])
    assert call.url == f"https://api.linkedin.com/rest/conversions/104001?{ACCOUNT}"
    assert (told.verdict, told.code, told.who) == (Verdict.HOLD, cause, who)


def test_linkedin_a18_it_asks_about_no_other_hold_and_keeps_it_when_the_answer_says_nothing() -> None:
    ended, held = Outcome(Verdict.HOLD, "NONEXISTENT_VERSION"), Outcome(Verdict.HOLD, "forbidden", Who.ADMIN)
    assert fed(rules.diagnose(TARGET, "104001@202607", ended), []) == (ended, [])
    told, _ = fed(rules.diagnose(TARGET, "104001@202607", held), [linkedin_error(500)])
    assert told is held

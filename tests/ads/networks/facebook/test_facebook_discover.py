"""What a token reaches at Facebook: what is asked, and what is made of the answers."""

from contextlib import suppress
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.ads.found import NewDestination
from apps.ads.networks.facebook import discover, found
from apps.ads.networks.facebook.assets import Account, SeenEvent
from apps.ads.networks.facebook.client import BASE
from apps.ads.wire import Call, Refused, Target
from apps.domain.outcome import Reply, Verdict
from apps.domain.reasons import Who
from tests.contracts.answers import facebook_error, reply
from tests.support.inquiries import fed, held

TARGET = Target(BASE, "1001001", {"access_token": "EAAsecret"})
OURS = Target(BASE, "act_1001001", {"access_token": "EAAsecret", "app_id": "77", "app_secret": "shhh"})
LISTS: dict[str, Any] = {
    "ad accounts": discover.ad_accounts,
    "personal ad accounts": discover.personal_ad_accounts,
    "pixels": discover.pixels,
    "custom conversions": discover.custom_conversions,
    "seen events": lambda target: discover.seen_events(target, "9001"),
}
each_list = pytest.mark.parametrize("ask", LISTS.values(), ids=LISTS)
NOTHING = reply(200, {"data": []})


def asked(call: Call) -> tuple[str, dict[str, str]]:
    url = urlsplit(call.url)
    return url.path, {name: values[0] for name, values in parse_qs(url.query).items()}


def first(inquiry: Any) -> Call:
    call: Call = next(inquiry)
    return call


def listed(*rows: dict[str, Any]) -> Reply:
    return reply(200, {"data": list(rows)})


def test_b01_it_asks_for_the_ad_accounts_with_what_the_business_check_needs() -> None:
    path, params = asked(first(discover.ad_accounts(TARGET)))
    assert path == "/v26.0/me/adaccounts"
    assert {"business{id", "account_status", "currency", "timezone_name", "user_tasks"} <= set(
        params["fields"].split(",")
    )
    assert "after" not in params


@each_list
@pytest.mark.parametrize("target", [TARGET, OURS], ids=["pasted", "ours"])
def test_meta_29_it_keeps_the_token_in_a_header_and_proves_the_secret(ask: Any, target: Target) -> None:
    more = reply(200, {"data": [], "paging": {"next": "?after=cursor%3D%26x"}})
    _, calls = fed(ask(target), [more, NOTHING])
    for call in calls:
        assert call.headers["Authorization"] == "Bearer EAAsecret"
        assert "EAAsecret" not in call.url
        assert ("appsecret_proof" in asked(call)[1]) is ("app_secret" in target.credentials)
    assert asked(calls[1])[1]["after"] == "cursor=&x"


def test_it_asks_for_the_pixels_of_one_ad_account_however_its_id_is_written() -> None:
    first_path, other_path = (asked(first(discover.pixels(each)))[0] for each in (TARGET, OURS))
    assert first_path == other_path == "/v26.0/act_1001001/adspixels"


def test_meta_37_it_cannot_be_led_to_another_address_by_an_id() -> None:
    call = first(discover.seen_events(TARGET, "9/../me?x=#"))
    assert urlsplit(call.url).path == "/v26.0/9%2F..%2Fme%3Fx%3D%23/stats"


def test_meta_28_it_asks_about_a_token_as_our_app_where_we_have_one() -> None:
    own, app = first(discover.token(TARGET)), first(discover.token(OURS))
    assert own.headers["Authorization"] == "Bearer EAAsecret"
    assert app.headers["Authorization"] == "Bearer 77|shhh"
    assert asked(own) == asked(app) == ("/v26.0/debug_token", {"input_token": "EAAsecret"})


@pytest.mark.parametrize("body", [{"data": {}}, {"data": []}, {}, {"data": {"is_valid": "yes"}}])
def test_it_takes_nothing_else_for_a_token(body: object) -> None:
    with pytest.raises(Refused, match="unreadable_answer"):
        fed(discover.token(TARGET), [reply(200, body)])


def test_b01_it_reads_an_ad_account_and_says_what_stands_in_its_way() -> None:
    rows: list[dict[str, Any]] = [
        {
            "id": "act_1",
            "name": "Shop",
            "currency": "EUR",
            "timezone_name": "Europe/Amsterdam",
            "account_status": 1,
            "business": {"id": "5", "name": "Acme"},
            "user_tasks": ["ADVERTISE", "ANALYZE"],
        },
        {"id": "act_2", "name": "Mine", "account_status": 2, "disable_reason": 3, "user_tasks": ["ANALYZE"]},
    ]
    (shop, mine), _ = fed(discover.ad_accounts(TARGET), [listed(*rows)])
    assert shop == Account(
        "act_1", "Shop", "EUR", "Europe/Amsterdam", 1, 0, "5", "Acme", frozenset({"ADVERTISE", "ANALYZE"})
    )
    assert shop.cautions() == ()
    assert shop.cautions(frozenset({"act_1"})) == ("no_business",)
    assert mine.cautions() == ("no_business", "not_active", "read_only")


def test_b01_it_offers_a_personal_ad_account_without_a_business_and_says_why() -> None:
    rows = [{"id": "act_1", "business": {"id": "5", "name": "Acme"}, "account_status": 1, "user_tasks": ["MANAGE"]}]
    (account,), _ = fed(found.accounts(TARGET), [listed(*rows), listed({"id": "act_1"})])
    assert (account.business_id, account.cautions, account.role) == ("", ("no_business",), "MANAGE")
    assert account.facts == {"status": "active", "business": "Acme", "tasks": "MANAGE"}


def test_meta_28_it_knows_a_business_by_its_owner_too() -> None:
    rows = [{"id": "act_1", "owner_business": {"id": "5", "name": "Acme"}, "account_status": 2, "disable_reason": 3}]
    (account,), _ = fed(found.accounts(TARGET), [listed(*rows), facebook_error(100)])
    assert (account.business_id, account.cautions) == ("5", ("not_active",))
    assert account.facts == {"status": "disabled", "disable_reason": "payment risk", "business": "Acme"}


def test_b01_it_finds_no_personal_ad_accounts_for_a_system_user_and_says_so_for_any_other_fault() -> None:
    assert fed(discover.personal_ad_accounts(TARGET), [facebook_error(100)])[0] == frozenset()
    with pytest.raises(Refused):
        fed(discover.personal_ad_accounts(TARGET), [facebook_error(190, 463)])


def test_b05_it_counts_each_kind_of_event_once_the_most_frequent_first() -> None:
    hours: list[dict[str, Any]] = [
        {"start_time": "2026-11-22T08:00:00+0000", "data": [{"value": "Lead", "count": 2}, {"value": "A", "count": 3}]},
        {
            "start_time": "2026-11-22T09:00:00+0000",
            "data": [{"value": "Lead", "count": "5"}, {"value": "", "count": 1}],
        },
        {"start_time": "2026-11-22T10:00:00+0000", "data": []},
    ]
    events, _ = fed(discover.seen_events(TARGET, "9001"), [listed(*hours)])
    assert events == (SeenEvent("Lead", 7), SeenEvent("A", 3))


PIXEL = {
    "id": "9001",
    "name": "Site",
    "owner_business": {"id": "5"},
    "last_fired_time": "2026-11-22T09:30:00+0000",
    "is_crm": True,
}


def pixel_graph(**changed: Reply) -> Any:
    """Answers each of the calls for one pixel; `changed` are other answers, by the last word of the path."""
    web = {"event_name": "Lead", "event_match_quality": {"composite_score": 6.2}}
    fresh = {"data_freshness": {"upload_frequency": "real_time"}}
    custom = {"id": "3", "name": "Quotes", "custom_event_type": "LEAD", "pixel": {"id": "9001"}, "rule": "{}"}
    answers = {
        "adspixels": listed(PIXEL),
        "customconversions": listed(custom, custom | {"id": "4", "name": "Old", "is_archived": True}),
        "stats": listed({"data": [{"value": "Lead", "count": 7}]}),
        "dataset_quality": reply(200, {"web": [web | fresh]}),
    } | changed
    return lambda call: answers[urlsplit(call.url).path.rpartition("/")[2]]


def test_meta_28_it_shows_a_pixel_with_its_settings_its_events_and_its_custom_conversions() -> None:
    (pixel,), _ = held(found.destinations(TARGET), pixel_graph())
    assert (pixel.kind, pixel.external_id, pixel.name, pixel.cautions) == ("pixel", "9001", "Site", ())
    assert pixel.facts == {
        "business_id": "5",
        "last_fired": "2026-11-22T09:30:00+00:00",
        "crm": "yes",
        "consolidated": "no",
        "event:Lead": "7",
        "custom_conversion:Quotes": "LEAD",
        "quality:Lead": "6.2",
        "freshness:Lead": "real_time",
    }


def test_meta_31_it_asks_for_the_quality_of_what_convsync_itself_sent() -> None:
    _, calls = held(found.destinations(TARGET), pixel_graph())
    params = asked(calls[-1])[1]
    assert (params["dataset_id"], params["agent_name"]) == ("9001", "convsync")


def test_meta_28_it_warns_of_a_pixel_that_is_unavailable_restricted_or_not_assigned() -> None:
    shut = PIXEL | {"is_unavailable": True, "is_restricted_use": True}
    graph = pixel_graph(adspixels=listed(shut), stats=facebook_error(100, 33), dataset_quality=facebook_error(200))
    (pixel,), _ = held(found.destinations(TARGET), graph)
    assert pixel.cautions == ("unavailable", "not_assigned", "restricted")
    assert not [name for name in pixel.facts if name.startswith(("event:", "quality:"))]


@pytest.mark.parametrize("part", ["stats", "dataset_quality", "customconversions"])
@pytest.mark.parametrize("error", [facebook_error(190, 463), facebook_error(4), facebook_error(2)])
def test_it_takes_no_passing_fault_for_a_missing_permission(part: str, error: Reply) -> None:
    with pytest.raises(Refused):
        held(found.destinations(TARGET), pixel_graph(**{part: error}))


def test_meta_28_it_reads_on_until_facebook_names_no_next_page() -> None:
    elsewhere = "https://evil.example/?access_token=EAAsecret"
    pages = [
        {"data": [{"id": "act_1"}, {"id": "act_2"}], "paging": {"cursors": {"after": "1"}, "next": elsewhere}},
        {"data": [], "paging": {"next": f"{elsewhere}&after=2"}},
        {"data": [{"id": "act_3"}], "paging": {"cursors": {"before": "1", "after": "3"}}},
    ]
    ids, calls = fed(discover.personal_ad_accounts(TARGET), [reply(200, each) for each in pages])
    assert ids == {"act_1", "act_2", "act_3"}
    assert [asked(call)[1].get("after", "") for call in calls] == ["", "1", "2"]
    assert {urlsplit(call.url).hostname for call in calls} == {"graph.facebook.com"}


def test_it_stops_when_pages_go_round_in_a_circle() -> None:
    circle = reply(200, {"data": [{"id": "act_1"}], "paging": {"next": "?after=1"}})
    with pytest.raises(Refused, match="endless_paging"):
        held(discover.ad_accounts(TARGET), lambda _: circle)


@each_list
@pytest.mark.parametrize(
    ("answer", "code", "verdict", "who"),
    [
        (facebook_error(190, 463, status=401), "190/463", Verdict.HOLD, Who.ADMIN),
        (facebook_error(200, status=403), "200", Verdict.HOLD, Who.ADMIN),
        (facebook_error(17), "17", Verdict.HOLD, Who.NOBODY),
        (Reply(502, {}, b"<html>"), "http_502", Verdict.UNKNOWN, Who.NOBODY),
        (Reply(0, fault="not_sent"), "not_sent", Verdict.RETRY, Who.NOBODY),
        (Reply(200, {}, b"<html>"), "unreadable_answer", Verdict.UNKNOWN, Who.OPERATOR),
        (reply(200, {"data": {}}), "unreadable_answer", Verdict.RETRY, Who.OPERATOR),
        (reply(200, {"data": [], "paging": {"next": "https://x/"}}), "unreadable_answer", Verdict.RETRY, Who.OPERATOR),
    ],
)
def test_meta_28_it_takes_no_failure_for_an_empty_list(
    ask: Any, answer: Reply, code: str, verdict: Verdict, who: Who
) -> None:
    with pytest.raises(Refused) as caught:
        fed(ask(TARGET), [answer])
    why = caught.value.outcome
    assert (why.code, why.verdict, why.who) == (code, verdict, who)


@settings(deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=6),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["data", "paging", "next", "cursors", "after", "business", "count", "value", "id"]),
                inner,
                max_size=4,
            )
        ),
        max_leaves=12,
    )
)
def test_it_reads_any_answer_or_says_that_it_cannot(document: object) -> None:
    try:
        answer = reply(200, document)
    except TypeError:  # an integer that JSON's writer does not take
        return
    for ask in (*LISTS.values(), discover.token, discover.who):
        with suppress(Refused):
            held(ask(TARGET), lambda _: answer)


def test_b02_it_makes_a_pixel_and_finds_the_one_that_bears_the_name() -> None:
    new = NewDestination("pixel", "Site")
    made, calls = fed(found.make(TARGET, new), [NOTHING, reply(200, {"id": "9002"})])
    assert (made.kind, made.external_id, made.name) == ("pixel", "9002", "Site")
    assert (calls[1].method, calls[1].body, "Site" in calls[1].url) == ("POST", b"name=Site", False)
    known, _ = fed(found.make(TARGET, new), [listed(PIXEL)])
    assert known.external_id == "9001"


def test_b02_it_says_when_the_account_may_have_no_other_pixel() -> None:
    with pytest.raises(Refused) as caught:
        fed(found.make(TARGET, NewDestination("pixel", "Second")), [listed(PIXEL), facebook_error(6200)])
    assert (caught.value.outcome.code, caught.value.outcome.who) == ("6200", Who.MARKETER)
    with pytest.raises(Refused, match="unknown_kind"):
        fed(found.make(TARGET, NewDestination("rule", "Second")), [])

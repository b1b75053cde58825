"""What a token reaches at Facebook: what is asked, and what is made of the answers."""

from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.ads.networks.facebook import discover
from apps.ads.networks.facebook.assets import Account, SeenEvent
from apps.ads.networks.facebook.client import BASE
from apps.ads.wire import Address, Target
from apps.domain.outcome import Reply, Verdict
from apps.domain.reasons import Who
from tests.contracts.answers import facebook_error, reply

TARGET = Target(BASE, "1001001", {"access_token": "EAAsecret"})
OURS = Target(BASE, "act_1001001", {"access_token": "EAAsecret", "app_id": "77", "app_secret": "shhh"})
LISTS = (
    discover.ad_accounts,
    discover.personal_ad_accounts,
    discover.pixels,
    discover.custom_conversions,
    lambda target, following="": discover.seen_events(target, "9001", following),
)
READERS = (
    discover.read_ad_accounts,
    discover.read_personal_ad_accounts,
    discover.read_pixels,
    discover.read_custom_conversions,
    discover.read_seen_events,
)


def asked(address: Address) -> tuple[str, dict[str, str]]:
    url = urlsplit(address.url)
    return url.path, {name: values[0] for name, values in parse_qs(url.query).items()}


def test_it_asks_for_the_ad_accounts_with_what_the_business_check_needs() -> None:
    path, params = asked(discover.ad_accounts(TARGET))
    assert path == "/v26.0/me/adaccounts"
    assert {"business{id", "account_status", "currency", "timezone_name", "user_tasks"} <= set(
        params["fields"].split(",")
    )
    assert "after" not in params


@pytest.mark.parametrize("ask", LISTS)
@pytest.mark.parametrize("target", [TARGET, OURS], ids=["pasted", "ours"])
def test_it_keeps_the_token_in_a_header_and_proves_the_secret(ask: Any, target: Target) -> None:
    address = ask(target, "cursor=&x")
    assert address.headers["Authorization"] == "Bearer EAAsecret"
    assert "EAAsecret" not in address.url
    params = asked(address)[1]
    assert params["after"] == "cursor=&x"
    assert ("appsecret_proof" in params) is ("app_secret" in target.credentials)


def test_it_asks_for_the_pixels_of_one_ad_account_however_its_id_is_written() -> None:
    assert asked(discover.pixels(TARGET))[0] == asked(discover.pixels(OURS))[0] == "/v26.0/act_1001001/adspixels"


def test_it_cannot_be_led_to_another_address_by_an_id() -> None:
    assert urlsplit(discover.seen_events(TARGET, "9/../me?x=#").url).path == "/v26.0/9%2F..%2Fme%3Fx%3D%23/stats"


def test_it_asks_about_a_token_as_our_app_where_we_have_one() -> None:
    own, app = discover.token(TARGET), discover.token(OURS)
    assert own.headers["Authorization"] == "Bearer EAAsecret"
    assert app.headers["Authorization"] == "Bearer 77|shhh"
    assert asked(own) == asked(app) == ("/v26.0/debug_token", {"input_token": "EAAsecret"})


def test_it_reads_a_token_and_names_the_permissions_that_it_lacks() -> None:
    found = discover.read_token(
        reply(
            200,
            {
                "data": {
                    "is_valid": True,
                    "type": "SYSTEM_USER",
                    "app_id": "77",
                    "expires_at": 1795392000,
                    "data_access_expires_at": 0,
                    "scopes": ["ads_management", "ads_read"],
                }
            },
        )
    )
    assert found.valid
    assert found.expires_at == datetime(2026, 11, 23, 0, 0, tzinfo=UTC)
    assert found.data_access_expires_at is None
    assert found.missing("send") == ()
    assert found.missing("discover") == ("business_management",)
    assert "leads_retrieval" in found.missing("leads")


@pytest.mark.parametrize("body", [{"data": {}}, {"data": []}, {}, {"data": {"is_valid": "yes"}}])
def test_it_takes_nothing_else_for_a_token(body: object) -> None:
    with pytest.raises(discover.NotRead, match="unreadable_answer"):
        discover.read_token(reply(200, body))


def test_it_reads_an_ad_account_and_says_what_stands_in_its_way() -> None:
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
        {"id": "act_2", "name": "Mine", "account_status": 2, "disable_reason": 3},
    ]
    page = discover.read_ad_accounts(reply(200, {"data": rows}))
    shop, mine = page.items
    assert shop == Account(
        "act_1", "Shop", "EUR", "Europe/Amsterdam", 1, 0, "5", "Acme", frozenset({"ADVERTISE", "ANALYZE"})
    )
    assert shop.cautions() == ()
    assert shop.cautions(frozenset({"act_1"})) == ("no_business",)
    assert mine.cautions() == ("no_business", "not_active")
    assert page.following == ""


def test_it_finds_no_personal_ad_accounts_for_a_system_user_and_says_so_for_any_other_fault() -> None:
    assert discover.read_personal_ad_accounts(facebook_error(100)).items == ()
    with pytest.raises(discover.NotRead):
        discover.read_personal_ad_accounts(facebook_error(190, 463))


def test_it_reads_pixels_and_custom_conversions() -> None:
    row = {
        "id": "9001",
        "name": "Site",
        "owner_business": {"id": "5"},
        "last_fired_time": "2026-11-22T09:30:00+0000",
        "is_crm": True,
    }
    (pixel,) = discover.read_pixels(reply(200, {"data": [row]})).items
    assert (pixel.id, pixel.business_id, pixel.crm, pixel.consolidated) == ("9001", "5", True, False)
    assert pixel.last_fired_at == datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
    made = {"id": "3", "name": "Quotes", "custom_event_type": "LEAD", "pixel": {"id": "9001"}, "rule": "{}"}
    (custom,) = discover.read_custom_conversions(reply(200, {"data": [made]})).items
    assert (custom.kind, custom.pixel_id, custom.archived) == ("LEAD", "9001", False)


def test_it_counts_each_kind_of_event_once_the_most_frequent_first() -> None:
    hours = [
        {"start_time": "2026-11-22T08:00:00+0000", "data": [{"value": "Lead", "count": 2}, {"value": "A", "count": 3}]},
        {
            "start_time": "2026-11-22T09:00:00+0000",
            "data": [{"value": "Lead", "count": "5"}, {"value": "", "count": 1}],
        },
        {"start_time": "2026-11-22T10:00:00+0000", "data": []},
    ]
    events = discover.read_seen_events(reply(200, {"data": hours})).items
    assert discover.summed(events) == (SeenEvent("Lead", 7), SeenEvent("A", 3))


class Graph:
    """Answers in pages of numbers, some of them short or empty."""

    def __init__(self, *pages: tuple[list[str], dict[str, Any]]) -> None:
        self.pages = {str(number) if number else "": page for number, page in enumerate(pages)}
        self.asked: list[str] = []

    def get(self, address: Address) -> Reply:
        following = asked(address)[1].get("after", "")
        self.asked.append(following)
        ids, paging = self.pages[following]
        return reply(200, {"data": [{"id": each} for each in ids], "paging": paging})

    def everything(self) -> tuple[str, ...]:
        return discover.everything(
            self.get,
            lambda following: discover.personal_ad_accounts(TARGET, following),
            discover.read_personal_ad_accounts,
        )


def test_it_reads_on_until_facebook_names_no_next_page() -> None:
    elsewhere = "https://evil.example/?access_token=EAAsecret"
    graph = Graph(
        (["act_1", "act_2"], {"cursors": {"before": "0", "after": "1"}, "next": elsewhere}),
        ([], {"next": f"{elsewhere}&after=2"}),
        (["act_3"], {"cursors": {"before": "1", "after": "3"}}),
    )
    assert graph.everything() == ("act_1", "act_2", "act_3")
    assert graph.asked == ["", "1", "2"]


def test_it_stops_when_pages_go_round_in_a_circle() -> None:
    with pytest.raises(discover.NotRead, match="endless_paging"):
        Graph(
            (["act_1"], {"cursors": {"after": "1"}, "next": "x"}), ([], {"cursors": {"after": ""}, "next": "?after=1"})
        ).everything()


@pytest.mark.parametrize("read", READERS)
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
def test_it_takes_no_failure_for_an_empty_list(read: Any, answer: Reply, code: str, verdict: Verdict, who: Who) -> None:
    with pytest.raises(discover.NotRead) as caught:
        read(answer)
    why = caught.value.outcome
    assert (why.code, why.verdict, why.who) == (code, verdict, who)


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
    for read in (*READERS, discover.read_token):
        with suppress(discover.NotRead):
            read(answer)

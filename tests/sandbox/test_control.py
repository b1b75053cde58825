"""The sandbox's own API: ledger, world, clock, reset; and that it serves nobody but this machine."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.sandbox.callers import EMAIL, Control, Facebook, Google, LinkedIn, now_ms


def test_it_is_healthy(control: Control) -> None:
    answer = control.call("GET", "health").json()
    assert answer["status"] == "ok"
    assert answer["networks"] == ["facebook", "google", "linkedin"]


def test_the_default_world_is_the_one_that_others_rely_on(control: Control) -> None:
    world = control.call("GET", "world").json()
    facebook, google, linkedin = world["facebook"], world["google"], world["linkedin"]
    assert facebook["tokens"][0]["token"] == "EAAsandboxtoken"
    assert facebook["app_secret"] is None
    assert [(a["id"], a["business"]) for a in facebook["ad_accounts"]] == [
        ("act_1001001", "5001001"),
        ("act_1001002", None),
    ]
    assert [(p["id"], p["ad_accounts"]) for p in facebook["pixels"]] == [("900100100100101", ["act_1001001"])]
    assert google["tokens"][0]["token"] == "ya29.sandbox"
    assert [(c["id"], c["manager"]) for c in google["customers"]] == [("1234567890", False), ("9876543210", True)]
    customer = google["customers"][0]
    assert (customer["currency_code"], customer["time_zone"]) == ("EUR", "Europe/Amsterdam")
    assert customer["terms_accepted"]
    assert customer["allow_listed"]
    assert [(a["id"], a["name"], a["type"]) for a in google["actions"]] == [
        ("1001", "Lead", "UPLOAD_CLICKS"),
        ("1002", "Qualified lead", "UPLOAD_CLICKS"),
        ("1003", "Customer", "UPLOAD_CLICKS"),
        ("2001", "Contact form", "WEBPAGE"),
    ]
    assert linkedin["tokens"][0]["token"] == "AQsandbox"
    assert linkedin["accounts"][0]["id"] == "507001001"
    assert [(r["id"], r["name"], r["method"]) for r in linkedin["rules"]][:3] == [
        ("104001", "Qualified lead", "CONVERSIONS_API"),
        ("104002", "Customer", "CONVERSIONS_API"),
        ("104003", "Contact form", "CONVERSIONS_API"),
    ]
    assert (linkedin["rules"][3]["id"], linkedin["rules"][3]["method"]) == ("104009", "INSIGHT_TAG")


def test_the_ledger_adds_up_over_all_networks(
    control: Control, facebook: Facebook, google: Google, linkedin: LinkedIn
) -> None:
    event = facebook.event()
    facebook.send(event, facebook.event())
    facebook.send(event)
    google.clicks(google.click(), google.click(gclid="x"))
    linkedin.batch(linkedin.element(), linkedin.element())
    linkedin.send(linkedin.element(user={}))
    assert control.ledger()["counts"] == {
        "facebook": {"requests": 2, "accepted": 2, "refused": 0, "duplicates": 1},
        "google": {"requests": 1, "accepted": 1, "refused": 1, "duplicates": 0},
        "linkedin": {"requests": 2, "accepted": 2, "refused": 1, "duplicates": 0},
    }


def test_the_ledger_counts_a_call_that_was_refused_before_it_was_read(control: Control, facebook: Facebook) -> None:
    facebook.send(facebook.event(), token="stolen")
    counts = control.ledger()["counts"]["facebook"]
    assert counts == {"requests": 1, "accepted": 0, "refused": 0, "duplicates": 0}


def test_the_ledger_filters_and_pages_newest_first(control: Control, facebook: Facebook, google: Google) -> None:
    events = [facebook.event(event_id=f"e{number}") for number in range(5)]
    facebook.send(*events)
    facebook.send(facebook.event(event_id="bad", event_time=None))
    google.clicks(google.click(orderId="order"))
    first = control.ledger(network="facebook", state="accepted", limit=3)
    assert [item["key"] for item in first["items"]] == ["e4", "e3", "e2"]
    second = control.ledger(network="facebook", state="accepted", limit=3, after=first["next"])
    assert [item["key"] for item in second["items"]] == ["e1", "e0"]
    assert second["next"] is None
    assert [item["key"] for item in control.ledger(state="refused")["items"]] == ["bad"]
    assert [item["key"] for item in control.ledger(account="1234567890")["items"]] == ["order"]
    assert control.ledger(account="1234567890")["counts"]["facebook"]["accepted"] == 0


def test_meta_35_a_ledger_item_carries_what_was_sent_and_why(control: Control, facebook: Facebook) -> None:
    event = facebook.event(user_data={"em": "mike@example.com"})
    facebook.send(event)
    item = control.ledger()["items"][0]
    assert item["body"] == event
    assert (item["network"], item["account"], item["key"]) == ("facebook", "900100100100101", event["event_id"])
    assert item["accepted"] is False
    assert "2804019" in item["reason"]
    assert item["received_at"]


def test_it_keeps_text_that_a_database_would_choke_on(control: Control, linkedin: LinkedIn) -> None:
    linkedin.send(
        linkedin.element(eventId="a\x00b 💶 ñ", user={"userIds": [{"idType": "SHA256_EMAIL", "idValue": "\x00"}]})
    )
    item = control.ledger()["items"][0]
    assert item["key"] == "a\ufffdb 💶 ñ"
    assert item["body"]["eventId"] == "a\x00b 💶 ñ"


@pytest.mark.parametrize(
    ("query", "field"),
    [({"network": "tiktok"}, "network"), ({"state": "lost"}, "state"), ({"limit": 0}, "limit")]
    + [
        ({"limit": 1001}, "limit"),
        ({"after": "x"}, "after"),
        ({"after": "9" * 30}, "after"),
        ({"limit": "¹"}, "limit"),
    ],
)
def test_it_names_the_filter_that_makes_no_sense(control: Control, query: dict, field: str) -> None:
    answer = control.call("GET", "ledger", params=query)
    assert (answer.status_code, answer.json()["error"]["field"]) == (400, field)


def test_reset_forgets_what_came_and_keeps_the_world(control: Control, facebook: Facebook) -> None:
    control.change_world("facebook", profile="observed")
    control.fault("facebook", status=500)
    control.set_clock(days=3)
    facebook.send(facebook.event())
    event = facebook.event()
    facebook.send(event)
    control.call("POST", "reset").raise_for_status()
    assert control.ledger()["counts"]["facebook"] == {"requests": 0, "accepted": 0, "refused": 0, "duplicates": 0}
    assert control.call("GET", "faults").json() == {"faults": []}
    assert control.call("GET", "world").json()["facebook"]["profile"] == "observed"
    assert facebook.send(facebook.event()).status_code == 200
    facebook.send(event)
    assert control.counts("facebook") == (2, 0, 0)


def test_a_new_world_replaces_only_the_networks_it_names(control: Control, facebook: Facebook, google: Google) -> None:
    world = {
        "tokens": [{"token": "EAAother", "ad_accounts": ["act_9"]}],
        "pixels": [{"id": "5", "ad_accounts": ["act_9"]}],
    }
    control.call("PUT", "world", json={"facebook": world}).raise_for_status()
    assert facebook.send(facebook.event()).status_code == 401
    answer = facebook.post(
        "facebook/v26.0/5/events", json={"data": [facebook.event()]}, headers={"Authorization": "Bearer EAAother"}
    )
    assert answer.status_code == 200
    assert google.clicks(google.click()).status_code == 200
    control.call("DELETE", "world").raise_for_status()
    assert facebook.send(facebook.event()).status_code == 200


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ([], "body"),
        ({"tiktok": {}}, "tiktok"),
        ({"facebook": {"pixel": []}}, "facebook.pixel"),
        ({"facebook": {"pixels": {}}}, "facebook.pixels"),
        ({"facebook": {"pixels": [{"id": 5}]}}, "facebook.pixels[0].id"),
        ({"facebook": {"profile": "lax"}}, "facebook.profile"),
        ({"google": {"actions": [{"id": "1"}]}}, "google.actions[0].customer"),
        ({"google": {"customers": [{"id": "1", "manager": 1}]}}, "google.customers[0].manager"),
        (
            {"google": {"clicks": [{"gclid": "g", "customer": "1", "clicked_at": "2026-01-01"}]}},
            "google.clicks[0].clicked_at",
        ),
        (
            {"linkedin": {"rules": [{"id": "1", "name": "x", "account": "1", "method": "GUESS"}]}},
            "linkedin.rules[0].method",
        ),
    ],
)
def test_it_names_the_field_of_a_world_that_is_wrong_and_changes_nothing(
    control: Control, facebook: Facebook, body: object, field: str
) -> None:
    answer = control.call("PUT", "world", json=body)
    assert (answer.status_code, answer.json()["error"]["field"]) == (400, field)
    assert facebook.send(facebook.event()).status_code == 200


def test_it_says_when_a_body_is_not_json(control: Control) -> None:
    for method, path in (("PUT", "world"), ("POST", "faults"), ("POST", "clock")):
        answer = control.call(method, path, data=b"{")
        assert (answer.status_code, answer.json()["error"]["field"]) == (400, "body"), path


def test_the_clock_moves_for_all_networks(
    control: Control, facebook: Facebook, google: Google, linkedin: LinkedIn
) -> None:
    control.set_clock(days=100)
    assert facebook.refused(facebook.event())[2] == 2804003
    assert "EXPIRED_EVENT" in google.clicks(google.click()).text
    assert "90 days" in linkedin.send(linkedin.element(), LinkedIn_Version="202609").json()["message"]
    control.set_clock(days=0)
    assert linkedin.send(linkedin.element(conversionHappenedAt=now_ms())).status_code == 201


@pytest.mark.parametrize("offset", [None, "1", 1.5, True, 10**12])
def test_it_refuses_a_clock_that_no_database_can_hold(control: Control, offset: object) -> None:
    answer = control.call("POST", "clock", json={"offset_seconds": offset})
    assert (answer.status_code, answer.json()["error"]["field"]) == (400, "offset_seconds")


def test_it_answers_only_to_its_own_name(control: Control) -> None:
    answer = requests.get(f"{control.url}/", headers={"Host": "ads.example.com"}, timeout=10)
    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"SANDBOX_HOSTS": "127.0.0.1,ads.example.com"}, "loopback"),
        ({"SANDBOX_HOSTS": "0.0.0.0"}, "loopback"),
        ({"SANDBOX_DATABASE_URL": ""}, "SANDBOX_DATABASE_URL"),
        ({"SANDBOX_DATABASE_URL": "sqlite:///x"}, "PostgreSQL"),
    ],
)
def test_it_refuses_to_start_with_a_sentence(variables: dict[str, str], words: str) -> None:
    started = subprocess.run(
        [sys.executable, "manage.py", "check"],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "apps.sandbox.settings", **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    assert started.returncode == 1
    assert words in started.stderr
    assert len(started.stderr.strip().splitlines()) == 1


def test_reset_and_traffic_do_not_stand_in_each_others_way(control: Control, facebook: Facebook) -> None:
    def send_two(caller: Facebook) -> int:
        return caller.send(caller.event(), caller.event()).status_code

    callers = [Facebook(control) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        sending = [pool.submit(send_two, caller) for caller in callers * 15]
        for _ in range(10):
            control.call("POST", "reset").raise_for_status()
        assert {sent.result() for sent in sending} == {200}
    control.call("POST", "reset").raise_for_status()
    facebook.send(facebook.event())
    assert control.counts("facebook") == (1, 0, 0)


def test_two_calls_at_once_accept_an_event_once(control: Control, facebook: Facebook) -> None:
    events = [facebook.event(user_data={"em": EMAIL, "client_user_agent": "x"}) for _ in range(50)]
    callers = [Facebook(control) for _ in range(6)]
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda caller: caller.send(*events).status_code, callers))
    assert answers == [200] * 6
    assert control.counts("facebook") == (50, 0, 250)

"""The pixel in a browser beside the server's events: which of two counts."""

import pytest
import requests

from tests.sandbox.callers import BROWSER, EMAIL, PIXEL, Control, Facebook


def fire(control: Control, **given: str) -> str:
    """Let a browser report a Lead."""
    body = {"pixel": PIXEL, "event_name": "Lead"} | given
    answer = requests.post(f"{control.url}/facebook/_sandbox/pixel", json=body, timeout=10)
    result: str = answer.json()["result"]
    return result


def test_meta_35_the_servers_event_is_dropped_within_48_hours_of_the_browsers(
    facebook: Facebook, control: Control
) -> None:
    assert fire(control, event_id="order-1") == "kept"
    control.set_clock(hours=47)
    assert facebook.send(facebook.event(event_id="order-1")).json()["events_received"] == 1
    assert control.counts("facebook") == (0, 0, 1)
    assert "browser" in control.ledger(state="duplicate")["items"][0]["reason"]
    control.set_clock(hours=49)
    facebook.send(facebook.event(event_id="order-1"))
    facebook.send(facebook.event(event_id="order-1", event_name="Contact"))
    assert control.counts("facebook") == (2, 0, 1)


def test_meta_35_the_browser_wins_within_five_minutes_and_comes_too_late_after(
    facebook: Facebook, control: Control
) -> None:
    facebook.send(facebook.event(event_id="quick"), facebook.event(event_id="slow"))
    assert fire(control, event_id="quick") == "kept"
    assert control.counts("facebook") == (1, 0, 1)
    assert "5 minutes" in control.ledger(state="duplicate")["items"][0]["reason"]
    control.set_clock(minutes=6)
    assert fire(control, event_id="slow") == "discarded"
    assert control.counts("facebook") == (1, 0, 1)
    control.set_clock(hours=49)
    assert fire(control, event_id="slow") == "kept"


@pytest.mark.parametrize(("key", "value"), [("fbp", "fb.1.1790000000000.1098115397"), ("external_id", "crm-1")])
def test_meta_35_a_person_is_recognised_only_from_browser_to_server(
    facebook: Facebook, control: Control, key: str, value: str
) -> None:
    person = {"em": [EMAIL], "client_user_agent": BROWSER, key: value}
    nameless = facebook.event(event_id=None, user_data=person)
    facebook.send(nameless)
    facebook.send(nameless)
    assert control.counts("facebook") == (2, 0, 0)
    assert fire(control, **{key: value}) == "kept"
    assert control.counts("facebook") == (2, 0, 0)
    facebook.send(nameless)
    facebook.send(facebook.event(user_data=person))
    assert control.counts("facebook") == (3, 0, 1)

"""Large calls are answered well under a second."""

import time

from tests.sandbox.callers import EMAIL, Control, Facebook, Google, LinkedIn


def test_meta_38_it_answers_1000_facebook_events_in_under_a_second(facebook: Facebook, control: Control) -> None:
    identifiers = {key: [EMAIL] for key in ("em", "ph", "fn", "ln", "zp", "country")} | {"client_user_agent": "x"}
    events = [facebook.event(user_data=identifiers) for _ in range(1000)]
    began = time.monotonic()
    assert facebook.send(*events).json()["events_received"] == 1000
    assert time.monotonic() - began < 1
    assert control.counts("facebook") == (1000, 0, 0)


def test_it_answers_1000_google_rows_in_under_a_second(google: Google) -> None:
    rows = [google.click(userIdentifiers=[{"hashedEmail": EMAIL}]) for _ in range(1000)]
    began = time.monotonic()
    assert "partialFailureError" not in google.clicks(*rows).json()
    assert time.monotonic() - began < 1


def test_it_answers_1000_linkedin_elements_in_under_a_second(linkedin: LinkedIn) -> None:
    elements = [linkedin.element() for _ in range(1000)]
    began = time.monotonic()
    assert linkedin.batch(*elements).status_code == 200
    assert time.monotonic() - began < 1

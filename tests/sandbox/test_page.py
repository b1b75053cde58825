"""The page: counts, the newest conversions with their reasons, filters, and nothing from elsewhere."""

import re

import pytest
import requests

from tests.sandbox.callers import Control, Facebook, Google


def page(control: Control, path: str = "/") -> str:
    answer = requests.get(f"{control.url}{path}", timeout=10)
    assert answer.status_code == 200
    return answer.text


def words(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def test_it_says_that_nothing_has_arrived(control: Control) -> None:
    assert "Nothing has arrived yet" in page(control)


def test_it_shows_counts_and_the_newest_with_their_reasons(
    control: Control, facebook: Facebook, google: Google
) -> None:
    facebook.send(facebook.event(event_id="first-one"))
    facebook.send(facebook.event(event_id="second-one", event_time=None))
    google.clicks(google.click(orderId="third-one"))
    shown = words(page(control))
    assert "Facebook Accepted 1 Refused 1 Duplicates 0 2 requests" in shown
    assert "Google Ads Accepted 1 Refused 0 Duplicates 0 1 request" in shown
    assert shown.index("third-one") < shown.index("second-one") < shown.index("first-one")
    assert "100/2804019" in shown


def test_it_filters_by_network_and_state(control: Control, facebook: Facebook, google: Google) -> None:
    facebook.send(facebook.event(event_id="from-facebook"))
    google.clicks(google.click(orderId="from-google"))
    google.clicks(google.click(orderId="refused-by-google", gclid="x"))
    assert "from-google" not in page(control, "/?network=facebook")
    refused = page(control, "/?network=google&state=refused")
    assert "refused-by-google" in refused
    assert "from-google" not in refused
    assert "Nothing that matches" in page(control, "/?network=linkedin")


def test_it_leaves_a_senseless_filter_out_and_says_so(control: Control, facebook: Facebook) -> None:
    facebook.send(facebook.event(event_id="still-here"))
    shown = page(control, "/?network=tiktok&after=x")
    assert "That filter was left out" in shown
    assert "still-here" in shown


def test_it_pages_to_the_older_ones(control: Control, facebook: Facebook) -> None:
    facebook.send(*(facebook.event(event_id=f"event-{number:03}") for number in range(60)))
    first = page(control)
    assert "event-059" in first
    assert "event-009" not in first
    older = re.search(r'href="(\?after=\d+)">Older', first)
    assert older
    assert "event-009" in page(control, "/" + older[1])


def test_it_refreshes_by_itself_without_a_script(control: Control) -> None:
    assert 'http-equiv="refresh"' not in page(control)
    assert '<meta http-equiv="refresh" content="5">' in page(control, "/?refresh=on")


def test_it_shows_one_conversion_with_its_call_and_the_answer(control: Control, google: Google) -> None:
    google.clicks(google.click(orderId="shown"), google.click(orderId="hidden", gclid="x"))
    item = control.ledger(state="refused")["items"][0]
    shown = page(control, f"/received/{item['id']}")
    assert "UNPARSEABLE_GCLID" in shown
    assert "uploadClickConversions" in shown
    assert "partialFailureError" in shown
    assert "&quot;orderId&quot;: &quot;hidden&quot;" in shown


def test_it_answers_404_to_a_conversion_that_never_came(control: Control) -> None:
    for identifier in (999999999, 10**25):
        assert requests.get(f"{control.url}/received/{identifier}", timeout=10).status_code == 404


def test_it_escapes_what_was_sent(control: Control, facebook: Facebook) -> None:
    facebook.send(facebook.event(event_name="<script>alert(1)</script>", event_id='"><img src=x>'))
    shown = page(control)
    assert "<script>" not in shown
    assert "<img" not in shown


def test_it_loads_nothing_from_elsewhere_and_runs_no_script(control: Control) -> None:
    answer = requests.get(f"{control.url}/", timeout=10)
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert not re.search(r"<script|<style|style=|https?://", answer.text)
    style = requests.get(f"{control.url}/_sandbox/sandbox.css", timeout=10)
    assert style.headers["Content-Type"].startswith("text/css")
    assert "prefers-color-scheme: dark" in style.text
    assert not re.search(r"url\(|@import|https?://", style.text)


@pytest.mark.parametrize("path", ["/", "/?refresh=on", "/?network=google"])
def test_every_page_has_a_language_a_title_and_one_heading(control: Control, path: str) -> None:
    shown = page(control, path)
    assert '<html lang="en">' in shown
    assert re.search(r"<title>[^<]+</title>", shown)
    assert shown.count("<h1>") == 1

"""Facebook when it is not itself: cut calls, pages of HTML, throttles, tokens that die; and other languages."""

import time

import pytest
import requests

from tests.sandbox.callers import BROWSER, FACEBOOK_TOKEN, Control, Facebook

DAY = 86_400


def test_meta_35_it_can_time_out_after_the_commit_and_knows_the_event_again(
    facebook: Facebook, control: Control
) -> None:
    control.fault("facebook", drop_after_commit=True)
    event = facebook.event()
    with pytest.raises(requests.ConnectionError):
        facebook.send(event)
    assert control.counts("facebook") == (1, 0, 0)
    assert facebook.send(event).json()["events_received"] == 1
    assert control.counts("facebook") == (1, 0, 1)


def test_meta_35_it_can_answer_502_with_a_page_of_html(facebook: Facebook, control: Control) -> None:
    control.fault("facebook", status=502, html=True)
    answer = facebook.send(facebook.event())
    assert answer.status_code == 502
    assert answer.headers["Content-Type"].startswith("text/html")
    assert control.counts("facebook") == (0, 0, 0)


def test_meta_35_it_can_throttle_with_a_400(facebook: Facebook, control: Control) -> None:
    control.fault("facebook", status=400, retry_after=420)
    answer = facebook.send(facebook.event())
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, 613)
    assert '"estimated_time_to_regain_access": 7' in answer.headers["X-Business-Use-Case-Usage"]


def test_meta_35_a_token_can_expire_between_two_batches(facebook: Facebook, control: Control) -> None:
    batches = [[facebook.event(), facebook.event()] for _ in range(3)]
    assert facebook.send(*batches[0]).status_code == 200
    control.fault("facebook", status=401)
    error = facebook.send(*batches[1]).json()["error"]
    assert (error["code"], error["error_subcode"]) == (190, 463)
    control.change("facebook", "tokens", FACEBOOK_TOKEN, state="expired")
    assert facebook.send(*batches[2]).status_code == 401
    control.change("facebook", "tokens", FACEBOOK_TOKEN, state="valid")
    assert facebook.send(*batches[1], *batches[2]).json()["events_received"] == 4
    assert control.counts("facebook") == (6, 0, 0)


@pytest.mark.parametrize(
    ("locale", "message", "title"),
    [
        ("en_US", "Invalid parameter", "Event Timestamp Too Old"),
        ("nl_NL", "Ongeldige parameter", "Tijdstip van gebeurtenis te oud"),
        ("fr_FR", "Paramètre non valide", "Horodatage de l’évènement trop ancien"),
        ("da_DK", "Ugyldig parameter", "Hændelsens tidsstempel er for gammelt"),
    ],
)
def test_meta_35_it_says_titles_in_other_languages_and_numbers_in_none(
    facebook: Facebook, control: Control, locale: str, message: str, title: str
) -> None:
    control.change_world("facebook", locale=locale)
    error = facebook.send(facebook.event(event_time=int(time.time()) - 8 * DAY)).json()["error"]
    assert (error["code"], error["error_subcode"]) == (100, 2804003)
    assert (error["message"], error["error_user_title"]) == (message, title)


@pytest.mark.parametrize("locale", ["en_US", "nl_NL", "fr_FR", "da_DK"])
def test_meta_35_the_json_path_is_the_same_in_every_language(facebook: Facebook, control: Control, locale: str) -> None:
    control.change_world("facebook", locale=locale)
    event = facebook.event(user_data={"e_mail": "x", "client_user_agent": BROWSER})
    error = facebook.send(facebook.event(), event).json()["error"]
    assert "\"$['data'][1]['user_data']\"" in error["error_user_msg"]


def test_meta_35_every_refusal_with_a_title_has_one_in_every_language(facebook: Facebook, control: Control) -> None:
    person = {"em": "x", "client_user_agent": BROWSER}
    refused = [
        facebook.event(user_data={"client_user_agent": BROWSER}),
        facebook.event(user_data=person),
        facebook.event(user_data={"external_id": "1", "fbc": "x", "client_user_agent": BROWSER}),
        facebook.event(event_name="Purchase"),
        facebook.event(event_name="Purchase", custom_data={"value": 1}),
    ]
    said: dict[str, list[str]] = {}
    for locale in ("en_US", "nl_NL", "fr_FR", "da_DK"):
        control.change_world("facebook", locale=locale)
        said[locale] = [facebook.send(event).json()["error"]["error_user_title"] for event in refused]
    assert len({title for titles in said.values() for title in titles}) == len(refused) * len(said)

"""Signing in at Facebook: the dialog, its code, and the tokens that it is swapped for."""

import re
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from tests.sandbox.callers import FACEBOOK_TOKEN, Control

APP = "770077007700077"
BACK = "http://127.0.0.1:8000/connections/facebook/back"
SECRET = "sandbox-client-secret"


def dialog(control: Control, **changes: str) -> requests.Response:
    params = {"client_id": APP, "redirect_uri": BACK, "state": "s/1 &", "scope": "ads_management,ads_read", **changes}
    return requests.get(f"{control.url}/facebook/v26.0/dialog/oauth", params=params, timeout=10, allow_redirects=False)


def chosen(control: Control, answer: str, **changes: str) -> dict[str, str]:
    """What the app gets back when the person clicks."""
    shown = dialog(control, **changes)
    link = unescape(re.search(rf'id="{answer}" href="([^"]+)"', shown.text)[1])  # type: ignore[index]
    gone = requests.get(f"{shown.url.partition('?')[0]}{link}", timeout=10, allow_redirects=False)
    assert gone.status_code == 302
    assert gone.headers["Location"].startswith(BACK)
    return {name: values[0] for name, values in parse_qs(urlsplit(gone.headers["Location"]).query).items()}


def swap(control: Control, **given: str) -> requests.Response:
    params = {"client_id": APP, "client_secret": SECRET, **given}
    return requests.get(f"{control.url}/facebook/v26.0/oauth/access_token", params=params, timeout=10)


def numbers(answer: requests.Response) -> tuple[int, int | None]:
    error = answer.json()["error"]
    return error["code"], error.get("error_subcode")


def test_it_gives_a_code_that_becomes_a_token_for_an_hour_and_then_one_for_60_days(control: Control) -> None:
    assert "ads_management, ads_read" in dialog(control).text
    back = chosen(control, "yes")
    assert back["state"] == "s/1 &"
    short = swap(control, code=back["code"], redirect_uri=BACK).json()
    assert (short["token_type"], short["expires_in"]) == ("bearer", 3600)
    lasting = swap(control, grant_type="fb_exchange_token", fb_exchange_token=short["access_token"]).json()
    assert (lasting["access_token"], lasting["expires_in"]) == (FACEBOOK_TOKEN, 5_184_000)
    for token in (short["access_token"], lasting["access_token"]):
        me = requests.get(f"{control.url}/facebook/v26.0/me/adaccounts", params={"access_token": token}, timeout=10)
        assert len(me.json()["data"]) == 2


def test_it_takes_the_swap_as_a_form_too(control: Control) -> None:
    form = {"client_id": APP, "client_secret": SECRET, "code": chosen(control, "yes")["code"], "redirect_uri": BACK}
    assert requests.post(f"{control.url}/facebook/v26.0/oauth/access_token", data=form, timeout=10).ok


def test_it_goes_back_without_a_code_when_the_person_says_no(control: Control) -> None:
    back = chosen(control, "no")
    assert (back["error"], back["error_reason"], back["state"]) == ("access_denied", "user_denied", "s/1 &")
    assert "code" not in back


@pytest.mark.parametrize(
    "changes", [{"client_id": "1"}, {"redirect_uri": "https://evil.example/"}, {"redirect_uri": "javascript:alert(1)"}]
)
def test_it_goes_nowhere_that_it_does_not_know(control: Control, changes: dict[str, str]) -> None:
    for choice in ({}, {"choice": "yes"}):
        answer = dialog(control, **changes, **choice)
        assert answer.status_code == 400
        assert "Location" not in answer.headers


def test_it_takes_a_code_once_from_the_same_address_within_ten_minutes(control: Control) -> None:
    code = chosen(control, "yes")["code"]
    assert numbers(swap(control, code=code, redirect_uri=f"{BACK}/")) == (100, 36008)
    assert swap(control, code=code, redirect_uri=BACK).ok
    assert numbers(swap(control, code=code, redirect_uri=BACK)) == (100, 36009)
    late = chosen(control, "yes")["code"]
    control.set_clock(minutes=11)
    assert numbers(swap(control, code=late, redirect_uri=BACK)) == (100, 36007)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"client_id": "1"}, 101),
        ({"client_secret": "x"}, 1),
        ({"code": "x", "redirect_uri": BACK}, 100),
        ({}, 100),
        ({"grant_type": "fb_exchange_token"}, 190),
        ({"grant_type": "fb_exchange_token", "fb_exchange_token": "x"}, 190),
    ],
)
def test_it_swaps_for_nobody_else(control: Control, given: dict[str, Any], code: int) -> None:
    assert numbers(swap(control, **given))[0] == code


def test_it_swaps_no_dead_token(control: Control) -> None:
    control.change("facebook", "tokens", "EAAsandboxshort", state="expired")
    dead = swap(control, grant_type="fb_exchange_token", fb_exchange_token="EAAsandboxshort")
    assert numbers(dead) == (190, 463)

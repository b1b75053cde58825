"""LinkedIn's sign-in in the sandbox: consent, tokens with their lives, taking them back."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from tests.sandbox.callers import Control, LinkedIn, now_ms

BACK = "http://127.0.0.1:8000/connect/linkedin/callback"
APP = {"client_id": "78sandbox", "client_secret": "sandbox-secret"}
DAY = 86_400


class SignIn:
    """An app that signs a member in."""

    def __init__(self, control: Control) -> None:
        control.touched = True
        self.control, self.base = control, f"{control.url}/linkedin/oauth/v2"

    def consent(self, decision: str | None = "allow", **changes: str) -> requests.Response:
        """Ask for consent, and answer for the member unless `decision` is None."""
        asked = {
            "response_type": "code",
            "client_id": APP["client_id"],
            "redirect_uri": BACK,
            "state": "s 1",
            "scope": "r_ads rw_conversions",
        } | changes
        url = f"{self.base}/authorization"
        if decision is None:
            return requests.get(url, params=asked, timeout=10)
        return requests.post(url, params=asked, data={"decision": decision}, timeout=10, allow_redirects=False)

    def code(self, **changes: str) -> str:
        """A fresh code."""
        return parse_qs(urlsplit(self.consent(**changes).headers["Location"]).query)["code"][0]

    def post(self, endpoint: str, **form: str) -> requests.Response:
        """Post a form as the app."""
        return requests.post(f"{self.base}/{endpoint}", data=APP | form, timeout=10)

    def tokens(self) -> dict[str, Any]:
        """Fresh tokens."""
        answer = self.post("accessToken", grant_type="authorization_code", code=self.code(), redirect_uri=BACK)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def refreshed(self, refresh_token: str) -> requests.Response:
        """The answer to a refresh."""
        return self.post("accessToken", grant_type="refresh_token", refresh_token=refresh_token)


@pytest.fixture
def sign_in(control: Control) -> SignIn:
    """An app that signs a member in."""
    return SignIn(control)


def sent_as(linkedin: LinkedIn, token: str, **changes: Any) -> requests.Response:
    return linkedin.send(linkedin.element(**changes), Authorization=f"Bearer {token}")


def test_linkedin_s1_it_asks_the_member_and_comes_back_with_a_code_and_the_state(sign_in: SignIn) -> None:
    page = sign_in.consent(None)
    assert page.status_code == 200
    assert "rw_conversions" in page.text
    assert "form-action" not in page.headers["Content-Security-Policy"]
    back = sign_in.consent().headers["Location"]
    assert back.startswith(f"{BACK}?")
    assert parse_qs(urlsplit(back).query)["state"] == ["s 1"]


def test_linkedin_s1_it_comes_back_without_a_code_when_the_member_says_no(sign_in: SignIn) -> None:
    query = parse_qs(urlsplit(sign_in.consent("cancel").headers["Location"]).query)
    assert query["error"] == ["user_cancelled_authorize"]
    assert "code" not in query


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"client_id": "nobody"}, "client_id"),
        ({"redirect_uri": "https://evil.example/"}, "redirect_uri"),
        ({"redirect_uri": f"{BACK}#x"}, "redirect_uri"),
        ({"scope": "rw_everything"}, "rw_everything"),
        ({"scope": ""}, "Scope"),
        ({"response_type": "token"}, "response_type"),
    ],
)
def test_linkedin_s1_it_sends_nobody_back_who_asked_wrongly(
    sign_in: SignIn, changes: dict[str, str], says: str
) -> None:
    answer = sign_in.consent(**changes)
    assert answer.status_code == 400
    assert says in answer.text
    assert "Location" not in answer.headers


def test_linkedin_s7_it_gives_tokens_for_a_code_once(sign_in: SignIn, linkedin: LinkedIn) -> None:
    form = {"grant_type": "authorization_code", "code": sign_in.code(), "redirect_uri": BACK}
    tokens = sign_in.post("accessToken", **form).json()
    assert (tokens["expires_in"], tokens["refresh_token_expires_in"]) == (60 * DAY, 365 * DAY)
    assert tokens["scope"] == "r_ads,rw_conversions"
    assert sent_as(linkedin, tokens["access_token"]).status_code == 201
    assert sign_in.post("accessToken", **form).status_code == 400


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"client_secret": "wrong"}, "invalid_client"),
        ({"redirect_uri": "http://127.0.0.1:8000/other"}, "invalid_redirect_uri"),
        ({"code": "made up"}, "invalid_request"),
        ({"grant_type": "client_credentials"}, "unsupported_grant_type"),
    ],
)
def test_linkedin_s7_it_gives_no_tokens_to_who_cannot_prove_it(
    sign_in: SignIn, changes: dict[str, str], error: str
) -> None:
    form = {"grant_type": "authorization_code", "code": sign_in.code(), "redirect_uri": BACK} | changes
    assert sign_in.post("accessToken", **form).json()["error"] == error


def test_linkedin_s1_it_wants_a_form_and_not_json(sign_in: SignIn) -> None:
    answer = requests.post(f"{sign_in.base}/accessToken", json=APP | {"grant_type": "refresh_token"}, timeout=10)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_linkedin_s7_a_code_lives_half_an_hour(sign_in: SignIn, control: Control) -> None:
    code = sign_in.code()
    control.set_clock(minutes=31)
    answer = sign_in.post("accessToken", grant_type="authorization_code", code=code, redirect_uri=BACK)
    assert answer.status_code == 400


def test_linkedin_s7_an_access_token_lives_60_days(sign_in: SignIn, control: Control, linkedin: LinkedIn) -> None:
    token = sign_in.tokens()["access_token"]
    for days, status in ((59, 201), (60, 401)):
        control.set_clock(days=days)
        assert sent_as(linkedin, token, conversionHappenedAt=now_ms()).status_code == status, days


def test_linkedin_s7_a_refresh_on_day_360_gives_five_days(sign_in: SignIn, control: Control) -> None:
    refresh = sign_in.tokens()["refresh_token"]
    control.set_clock(days=200)
    assert sign_in.refreshed(refresh).json()["expires_in"] == 60 * DAY
    control.set_clock(days=360)
    late = sign_in.refreshed(refresh).json()
    assert 5 * DAY - 60 < late["expires_in"] <= 5 * DAY
    assert late["refresh_token"] == refresh
    assert late["refresh_token_expires_in"] == late["expires_in"]
    control.set_clock(days=365)
    dead = sign_in.refreshed(refresh)
    assert (dead.status_code, dead.json()["error"]) == (400, "invalid_grant")


def test_linkedin_s7_a_fresh_token_may_take_a_while_to_be_known(
    sign_in: SignIn, control: Control, linkedin: LinkedIn
) -> None:
    control.change_world("linkedin", activation_lag=30)
    token = sign_in.tokens()["access_token"]
    assert sent_as(linkedin, token).json()["serviceErrorCode"] == 65600
    control.set_clock(seconds=31)
    assert sent_as(linkedin, token).status_code == 201


def test_linkedin_s7_a_revoked_token_takes_its_refresh_token_along(sign_in: SignIn, linkedin: LinkedIn) -> None:
    tokens = sign_in.tokens()
    assert sign_in.post("revoke", token=tokens["access_token"]).status_code == 200
    assert sent_as(linkedin, tokens["access_token"]).json()["serviceErrorCode"] == 65601
    assert sign_in.refreshed(tokens["refresh_token"]).json()["error"] == "invalid_grant"


def test_linkedin_s7_it_inspects_its_own_tokens_and_takes_a_direct_one_for_foreign(
    sign_in: SignIn, control: Control
) -> None:
    token = sign_in.tokens()["access_token"]
    seen = sign_in.post("introspectToken", token=token).json()
    assert (seen["active"], seen["status"], seen["scope"]) == (True, "active", "r_ads,rw_conversions")
    control.set_clock(days=61)
    assert sign_in.post("introspectToken", token=token).json()["status"] == "expired"
    assert sign_in.post("introspectToken", token="AQsandbox").status_code == 400


def test_linkedin_s12_it_keeps_no_token_in_the_ledger(sign_in: SignIn, control: Control) -> None:
    tokens = sign_in.tokens()
    assert tokens["access_token"] not in str(control.ledger())

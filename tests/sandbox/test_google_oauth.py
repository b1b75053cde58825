"""Google's sign-in in the sandbox: consent box by box, tokens with their lives, taking them back."""

import base64
import hashlib
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from google.auth.exceptions import RefreshError
from google.auth.transport.requests import Request
from google.oauth2.credentials import Credentials

from tests.sandbox.callers import CUSTOMER, Control, Google, at

BACK = "http://127.0.0.1:8000/connect/google/callback"
APP = {"client_id": "sandbox.apps.googleusercontent.com", "client_secret": "sandbox-secret"}
ADWORDS, DATAMANAGER = (f"https://www.googleapis.com/auth/{name}" for name in ("adwords", "datamanager"))
VERIFIER = "v" * 64
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
DEAD = {"error": "invalid_grant", "error_description": "Token has been expired or revoked."}


class SignIn:
    """An app that signs a person in."""

    def __init__(self, control: Control) -> None:
        control.touched = True
        self.control, self.base = control, f"{control.url}/google"

    def consent(self, decision: str | None = "allow", *, ticked: tuple[str, ...] = (), **changes: str) -> Any:
        """Ask for consent, and answer for the person unless `decision` is None."""
        asked = {
            "response_type": "code",
            "client_id": APP["client_id"],
            "redirect_uri": BACK,
            "state": "s 1",
            "scope": f"{ADWORDS} {DATAMANAGER}",
            "access_type": "offline",
            "prompt": "consent",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
        } | changes
        url = f"{self.base}/o/oauth2/v2/auth"
        if decision is None:
            return requests.get(url, params=asked, timeout=10)
        given = {"decision": decision, "scope": ticked or (ADWORDS, DATAMANAGER)}
        return requests.post(url, params=asked, data=given, timeout=10, allow_redirects=False)

    def came_back(self, *args: Any, **changes: Any) -> dict[str, str]:
        """The query that the person came back with."""
        back = self.consent(*args, **changes).headers["Location"]
        assert back.startswith(f"{BACK}?")
        return {name: values[0] for name, values in parse_qs(urlsplit(back).query).items()}

    def post(self, endpoint: str, **form: str) -> requests.Response:
        """Post a form as the app."""
        return requests.post(f"{self.base}/{endpoint}", data=APP | form, timeout=10)

    def exchanged(self, fresh: str, **changes: str) -> requests.Response:
        """The answer to a code."""
        form = {"code": fresh, "redirect_uri": BACK, "code_verifier": VERIFIER} | changes
        return self.post("token", **{"grant_type": "authorization_code"} | form)

    def tokens(self, **changes: Any) -> dict[str, Any]:
        """Fresh tokens."""
        answer = self.exchanged(self.came_back(**changes)["code"])
        assert answer.status_code == 200, answer.text
        return answer.json()

    def refreshed(self, good: str, **changes: str) -> requests.Response:
        """The answer to a refresh."""
        return self.post("token", **{"grant_type": "refresh_token", "refresh_token": good} | changes)

    def info(self, token: str) -> requests.Response:
        """What Google says of a token."""
        return requests.get(f"{self.base}/tokeninfo", params={"access_token": token}, timeout=10)


@pytest.fixture
def sign_in(control: Control) -> SignIn:
    """An app that signs a person in."""
    return SignIn(control)


def sent_as(google: Google, token: str, **changes: Any) -> requests.Response:
    body = {"conversions": [google.click(**changes)], "partialFailure": True}
    return google.upload("uploadClickConversions", body, token=token)


def test_google_44_it_asks_box_by_box_and_comes_back_with_a_code_and_the_state(sign_in: SignIn) -> None:
    page = sign_in.consent(None)
    assert page.status_code == 200
    assert page.text.count('type="checkbox"') == 2
    assert "form-action" not in page.headers["Content-Security-Policy"]
    back = sign_in.came_back()
    assert back["state"] == "s 1"
    assert back["scope"] == f"{ADWORDS} {DATAMANAGER}"
    assert back["code"].startswith("4/")


def test_google_44_it_comes_back_without_a_code_when_the_person_says_no(sign_in: SignIn) -> None:
    assert sign_in.came_back("cancel") == {"error": "access_denied", "state": "s 1"}


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"client_id": "nobody"}, "invalid_client"),
        ({"client_id": ""}, "client_id"),
        ({"redirect_uri": "https://evil.example/"}, "redirect_uri_mismatch"),
        ({"redirect_uri": f"{BACK}#x"}, "redirect_uri_mismatch"),
        ({"redirect_uri": "javascript://localhost/"}, "redirect_uri_mismatch"),
        ({"scope": "https://www.googleapis.com/auth/everything"}, "invalid_scope"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"access_type": "always"}, "access_type"),
        ({"code_challenge_method": "plain"}, "code_challenge"),
        ({"code_challenge": "short"}, "code_challenge"),
    ],
)
def test_google_44_it_sends_nobody_back_who_asked_wrongly(sign_in: SignIn, changes: dict[str, str], says: str) -> None:
    answer = sign_in.consent(**changes)
    assert answer.status_code == 400
    assert says in answer.text
    assert "Location" not in answer.headers


def test_google_44_it_goes_back_only_to_registered_addresses_once_there_are_any(
    sign_in: SignIn, control: Control
) -> None:
    other = "http://127.0.0.1:8000/elsewhere"
    control.change_world("google", apps=[{**APP, "redirect_uris": [other]}])
    assert sign_in.consent().status_code == 400
    assert sign_in.consent(redirect_uri=other).status_code == 302


def test_google_44_it_gives_tokens_for_a_code_once(sign_in: SignIn, google: Google) -> None:
    code = sign_in.came_back()["code"]
    tokens = sign_in.exchanged(code).json()
    assert (tokens["expires_in"], tokens["token_type"]) == (3599, "Bearer")
    assert tokens["scope"] == f"{ADWORDS} {DATAMANAGER}"
    assert sent_as(google, tokens["access_token"]).status_code == 200
    again = sign_in.exchanged(code)
    assert (again.status_code, again.json()) == (400, {"error": "invalid_grant", "error_description": "Bad Request"})


@pytest.mark.parametrize(
    ("changes", "status", "error", "why"),
    [
        ({"client_id": "nobody"}, 401, "invalid_client", "not found"),
        ({"client_secret": "wrong"}, 401, "invalid_client", "secret"),
        ({"client_secret": ""}, 400, "invalid_request", "client_secret"),
        ({"redirect_uri": "http://127.0.0.1:8000/other"}, 400, "redirect_uri_mismatch", "Bad Request"),
        ({"code": "made up"}, 400, "invalid_grant", "Malformed auth code."),
        ({"code": ""}, 400, "invalid_request", "code"),
        ({"code_verifier": ""}, 400, "invalid_grant", "Missing code verifier."),
        ({"code_verifier": "w" * 64}, 400, "invalid_grant", "Invalid code verifier."),
        ({"grant_type": "password"}, 400, "unsupported_grant_type", "password"),
    ],
)
def test_google_44_it_gives_no_tokens_to_who_cannot_prove_it(
    sign_in: SignIn, changes: dict[str, str], status: int, error: str, why: str
) -> None:
    answer = sign_in.exchanged(sign_in.came_back()["code"], **changes)
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert why in answer.json()["error_description"]


def test_google_44_a_code_lives_minutes(sign_in: SignIn, control: Control) -> None:
    code = sign_in.came_back()["code"]
    control.set_clock(minutes=11)
    assert sign_in.exchanged(code).json()["error"] == "invalid_grant"


def test_google_44_it_gives_a_refresh_token_only_to_who_asks_for_offline_access(sign_in: SignIn) -> None:
    assert "refresh_token" not in sign_in.tokens(access_type="online")
    assert sign_in.tokens(prompt="")["refresh_token"].startswith("1//")
    assert "refresh_token" not in sign_in.tokens(prompt="")
    assert "refresh_token" in sign_in.tokens(prompt="consent")


def test_google_44_an_access_token_lives_an_hour_and_is_renewed(
    sign_in: SignIn, control: Control, google: Google
) -> None:
    tokens = sign_in.tokens()
    control.set_clock(minutes=61)
    stale = sent_as(google, tokens["access_token"])
    assert stale.status_code == 401
    assert "OAUTH_TOKEN_EXPIRED" in stale.text
    renewed = sign_in.refreshed(tokens["refresh_token"]).json()
    assert "refresh_token" not in renewed
    assert sent_as(google, renewed["access_token"]).status_code == 200


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"refresh_token": "1//made-up"}, {"error": "invalid_grant", "error_description": "Bad Request"}),
        ({"refresh_token": ""}, {"error": "invalid_request"}),
        ({"client_secret": "wrong"}, {"error": "invalid_client"}),
    ],
)
def test_google_44_it_renews_nothing_for_a_stranger(sign_in: SignIn, changes: dict, error: dict) -> None:
    answer = sign_in.refreshed(sign_in.tokens()["refresh_token"], **changes)
    assert error.items() <= answer.json().items()


def test_google_44_a_grant_of_an_app_in_testing_dies_after_seven_days(sign_in: SignIn, control: Control) -> None:
    control.change_world("google", apps=[{**APP, "testing": True}])
    refresh = sign_in.tokens()["refresh_token"]
    control.set_clock(days=6, hours=23)
    assert sign_in.refreshed(refresh).status_code == 200
    control.set_clock(days=7)
    dead = sign_in.refreshed(refresh)
    assert (dead.status_code, dead.json()) == (400, DEAD)
    control.change_world("google", apps=[APP])
    assert sign_in.refreshed(refresh).status_code == 200


def test_google_44_revoking_one_token_kills_its_siblings(sign_in: SignIn, control: Control, google: Google) -> None:
    world = control.call("GET", "world").json()["google"]
    control.change_world("google", users=[*world["users"], {"email": "anna@example.com", "customers": [CUSTOMER]}])
    first, second = sign_in.tokens(), sign_in.tokens()
    other = sign_in.tokens(login_hint="anna@example.com")
    answer = sign_in.post("revoke", token=first["refresh_token"])
    assert (answer.status_code, answer.json()) == (200, {})
    assert sign_in.refreshed(second["refresh_token"]).json() == DEAD
    assert "OAUTH_TOKEN_REVOKED" in sent_as(google, second["access_token"]).text
    assert sign_in.refreshed(other["refresh_token"]).status_code == 200
    again = sign_in.post("revoke", token=first["refresh_token"])
    assert (again.status_code, again.json()["error"]) == (400, "invalid_token")


def test_google_44_an_access_token_revokes_as_well(sign_in: SignIn) -> None:
    tokens = sign_in.tokens()
    assert sign_in.post("revoke", token=tokens["access_token"]).status_code == 200
    assert sign_in.refreshed(tokens["refresh_token"]).json() == DEAD


def test_google_44_a_person_may_untick_a_box(sign_in: SignIn, google: Google) -> None:
    tokens = sign_in.tokens(ticked=(ADWORDS,))
    assert tokens["scope"] == ADWORDS
    assert sent_as(google, tokens["access_token"]).status_code == 200
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    denied = google.post("google/v1/events:ingest", json={}, headers=headers)
    assert (denied.status_code, denied.json()["error"]["status"]) == (403, "PERMISSION_DENIED")
    assert denied.json()["error"]["details"][0]["reason"] == "ACCESS_TOKEN_SCOPE_INSUFFICIENT"
    only = sign_in.tokens(ticked=(DATAMANAGER,))
    assert "ACCESS_TOKEN_SCOPE_INSUFFICIENT" in sent_as(google, only["access_token"]).text


def test_google_44_a_second_consent_adds_to_the_first_when_asked_to(sign_in: SignIn) -> None:
    sign_in.tokens(scope=ADWORDS, ticked=(ADWORDS,))
    assert sign_in.tokens(scope=DATAMANAGER)["scope"] == DATAMANAGER
    both = sign_in.tokens(scope=DATAMANAGER, include_granted_scopes="true")
    assert set(both["scope"].split()) == {ADWORDS, DATAMANAGER}


def test_google_44_it_says_what_a_token_is(sign_in: SignIn, control: Control) -> None:
    token = sign_in.tokens(scope=f"openid email {ADWORDS}")["access_token"]
    info = sign_in.info(token).json()
    assert (info["aud"], info["email"]) == (APP["client_id"], "mike@example.com")
    assert info["scope"].split() == ["openid", "email", ADWORDS]
    assert 3590 < int(info["expires_in"]) <= 3600
    control.set_clock(hours=1)
    dead = sign_in.info(token)
    assert (dead.status_code, dead.json()["error"]) == (400, "invalid_token")


def test_google_44_the_token_endpoint_can_be_slow(sign_in: SignIn, control: Control) -> None:
    refresh = sign_in.tokens()["refresh_token"]
    control.fault("google", delay_ms=1500)
    form = {**APP, "grant_type": "refresh_token", "refresh_token": refresh}
    with pytest.raises(requests.ReadTimeout):
        requests.post(f"{sign_in.base}/token", data=form, timeout=0.5)


def test_google_44_googles_own_library_signs_in_and_out(sign_in: SignIn, google: Google) -> None:
    tokens = sign_in.tokens()
    credentials = Credentials(None, token_uri=f"{sign_in.base}/token", refresh_token=tokens["refresh_token"], **APP)
    credentials.refresh(Request())
    assert sent_as(google, credentials.token).status_code == 200
    sign_in.post("revoke", token=tokens["refresh_token"])
    with pytest.raises(RefreshError, match="invalid_grant"):
        credentials.refresh(Request())


def test_google_44_it_keeps_no_token_in_the_ledger(sign_in: SignIn, control: Control, google: Google) -> None:
    tokens = sign_in.tokens()
    sent_as(google, tokens["access_token"], conversionDateTime=at(minutes=-1))
    assert tokens["access_token"] not in str(control.ledger())

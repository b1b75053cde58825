"""Whatever is sent to Google's other calls, the sandbox answers in Google's way; it never breaks."""

from typing import Any

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from tests.sandbox.callers import Control, Google, action
from tests.sandbox.test_google_events import event, ingest
from tests.sandbox.test_google_oauth import BACK, SignIn
from tests.sandbox.test_hostile_input import AGAIN, ANY_JSON, mutations

VALUE_SETTINGS = mutations(["defaultValue", "defaultCurrencyCode", "alwaysUseDefaultValue"])
ACTION = st.one_of(
    mutations(
        ["name", "type", "status", "category", "countingType", "clickThroughLookbackWindowDays", "valueSettings"]
    ),
    st.fixed_dictionaries({"valueSettings": VALUE_SETTINGS}),
    st.fixed_dictionaries({"name": st.text(max_size=120)}),
)
FORM = st.dictionaries(
    st.sampled_from(
        ["grant_type", "code", "refresh_token", "redirect_uri", "client_id", "client_secret", "code_verifier"]
    ),
    st.text(max_size=20),
)


@AGAIN
@given(changes=ACTION, mask=st.text(max_size=20) | st.sampled_from(["name", "valueSettings.defaultValue", "status"]))
def test_it_answers_any_change_of_an_action(google: Google, changes: dict[str, Any], mask: str) -> None:
    create = {"create": {"name": "Demo booked", "type": "WEBPAGE"} | changes}
    update = {"update": {"resourceName": action(1001)} | changes, "updateMask": mask}
    for operation in (create, update):
        answer = google.call("/conversionActions:mutate", {"operations": [operation], "partialFailure": True})
        assert answer.status_code in (200, 400), answer.text
    assert google.clicks(google.click()).status_code == 200


@AGAIN
@given(body=ANY_JSON)
@pytest.mark.parametrize(
    "method",
    ["googleAds:search", "googleAds:searchStream", "conversionActions:mutate", "customerConversionGoals:mutate"],
)
def test_it_answers_any_body(google: Google, method: str, body: Any) -> None:
    assert google.call(f"/{method}", body).status_code == 400
    assert google.call(f"/{method}", {"query": body, "operations": body, "pageToken": body}).status_code == 400


@AGAIN
@given(
    changes=mutations(
        ["transactionId", "eventTimestamp", "eventSource", "userData", "consent", "adIdentifiers", "conversionValue"]
    )
)
def test_it_answers_any_event(google: Google, changes: dict[str, Any]) -> None:
    assert ingest(google, event() | changes).status_code in (200, 400)


@AGAIN
@given(form=FORM)
def test_it_answers_any_form_at_the_token_endpoint(control: Control, form: dict[str, str]) -> None:
    sign_in = SignIn(control)
    for endpoint in ("token", "revoke"):
        assert sign_in.post(endpoint, **form, token="x").status_code in (400, 401)


@AGAIN
@given(
    address=st.sampled_from([BACK, "http://[::1", "http://127.0.0.1/\0", "//127.0.0.1", "", "https://example.com"]),
    scope=st.text(max_size=20),
    state=st.text(max_size=20),
)
def test_it_answers_any_request_for_consent(control: Control, address: str, scope: str, state: str) -> None:
    answer: requests.Response = SignIn(control).consent(redirect_uri=address, scope=scope, state=state)
    assert answer.status_code in (302, 400)

"""Whatever is sent, the sandbox answers in the network's way; it never breaks."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.sandbox.callers import Facebook, Google, LinkedIn

ANY_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
AGAIN = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def mutations(keys: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    """Changes of some of the known keys to anything."""
    return st.dictionaries(st.sampled_from(keys), ANY_JSON, min_size=1, max_size=3)


@AGAIN
@given(changes=mutations(["event_name", "event_time", "event_id", "action_source", "event_source_url", "user_data"]))
def test_it_answers_any_facebook_event(facebook: Facebook, changes: dict[str, Any]) -> None:
    assert facebook.send(facebook.event() | changes).status_code in (200, 400)


@AGAIN
@given(inside=mutations(["em", "ph", "lead_id", "fbc", "client_ip_address", "external_id"]), custom=ANY_JSON)
def test_it_answers_any_facebook_user_data(facebook: Facebook, inside: dict[str, Any], custom: Any) -> None:
    event = facebook.event(event_name="Purchase", user_data={"em": "x", **inside}, custom_data=custom)
    assert facebook.send(event).status_code in (200, 400)


@AGAIN
@given(data=ANY_JSON)
def test_it_answers_any_facebook_data(facebook: Facebook, data: Any) -> None:
    answer = facebook.post(facebook.path, json={"data": data, "access_token": "EAAsandboxtoken"})
    assert answer.status_code == 400


@AGAIN
@given(
    changes=mutations(
        ["gclid", "wbraid", "conversionAction", "conversionDateTime", "conversionValue", "orderId", "userIdentifiers"]
    )
)
def test_it_answers_any_google_click(google: Google, changes: dict[str, Any]) -> None:
    assert google.clicks(google.click() | changes).status_code in (200, 400)


@AGAIN
@given(
    changes=mutations(
        ["adjustmentType", "adjustmentDateTime", "gclidDateTimePair", "orderId", "restatementValue", "userIdentifiers"]
    )
)
def test_it_answers_any_google_adjustment(google: Google, changes: dict[str, Any]) -> None:
    assert google.adjustments(google.enhancement() | changes).status_code in (200, 400)


@AGAIN
@given(body=ANY_JSON)
def test_it_answers_any_google_body(google: Google, body: Any) -> None:
    assert google.upload("uploadClickConversions", body).status_code == 400


@AGAIN
@given(changes=mutations(["conversion", "conversionHappenedAt", "conversionValue", "eventId", "user"]))
def test_it_answers_any_linkedin_event(linkedin: LinkedIn, changes: dict[str, Any]) -> None:
    assert linkedin.batch(linkedin.element() | changes).status_code in (200, 400, 403, 422)


@AGAIN
@given(info=ANY_JSON, ids=ANY_JSON, lead=ANY_JSON, elements=ANY_JSON)
def test_it_answers_any_linkedin_user(linkedin: LinkedIn, info: Any, ids: Any, lead: Any, elements: Any) -> None:
    user = {"userIds": ids, "userInfo": info, "lead": lead, "externalIds": ids}
    assert linkedin.send(linkedin.element(user=user)).status_code in (201, 422)
    assert linkedin.send({"elements": elements}, X_RestLi_Method="BATCH_CREATE").status_code in (400, 422)


def test_it_refuses_bodies_that_are_not_json(facebook: Facebook, google: Google, linkedin: LinkedIn) -> None:
    json_type = {"Content-Type": "application/json"}
    for path, headers in (
        (facebook.path, {"Authorization": "Bearer EAAsandboxtoken"}),
        ("google/v26/customers/1234567890:uploadClickConversions", {"Authorization": "Bearer ya29.sandbox"}),
        (linkedin.path, linkedin.headers()),
    ):
        for body in (b"", b"{", b"\xff\xfe", b'{"data": NaN}'):
            assert facebook.post(path, data=body, headers=headers | json_type).status_code == 400, (path, body)

"""What Google refuses of a whole upload: sign-in, customer, toggles, structure."""

import pytest

from tests.sandbox.callers import CUSTOMER, GOOGLE_TOKEN, MANAGER, Control, Google

CLICKS = "uploadClickConversions"
ADJUSTMENTS = "uploadConversionAdjustments"


def failure(answer) -> dict:
    """The one GoogleAdsFailure of a refusal."""
    (detail,) = answer.json()["error"]["details"]
    assert detail["@type"].startswith("type.googleapis.com/google.ads.googleads.v")
    assert detail["@type"].endswith(".errors.GoogleAdsFailure")
    assert detail["requestId"] == answer.headers["request-id"]
    return detail


def code(answer) -> tuple[int, str, dict]:
    """The HTTP status, Google's status and the first error's code."""
    return answer.status_code, answer.json()["error"]["status"], failure(answer)["errors"][0]["errorCode"]


def body(google: Google, **changes: object) -> dict:
    return {"conversions": [google.click()], "partialFailure": True} | changes


@pytest.mark.parametrize("version", ["v23", "v24", "v25", "v26"])
def test_google_37_it_speaks_four_versions(google: Google, version: str) -> None:
    answer = google.upload(CLICKS, body(google), version=version)
    assert answer.status_code == 200
    assert answer.headers["request-id"]


def test_it_refuses_a_version_that_was_sunset(google: Google) -> None:
    answer = google.upload(CLICKS, body(google), version="v22")
    assert code(answer) == (400, "INVALID_ARGUMENT", {"requestError": "UNSUPPORTED_VERSION"})


def test_it_does_not_know_other_methods(google: Google) -> None:
    assert google.upload("uploadCallConversions", {}).status_code == 404


def test_it_answers_401_without_a_failure_to_a_token_it_does_not_know(google: Google) -> None:
    answer = google.upload(CLICKS, body(google), token="stolen")
    assert answer.status_code == 401
    assert answer.json()["error"]["status"] == "UNAUTHENTICATED"
    assert "details" not in answer.json()["error"]


@pytest.mark.parametrize("state", ["expired", "revoked", "disabled"])
def test_it_says_why_a_token_died(google: Google, control: Control, state: str) -> None:
    control.change("google", "tokens", GOOGLE_TOKEN, state=state)
    name = f"OAUTH_TOKEN_{state.upper()}"
    assert code(google.clicks(google.click())) == (401, "UNAUTHENTICATED", {"authenticationError": name})


def test_it_ignores_a_developer_token(google: Google) -> None:
    headers = {"Authorization": f"Bearer {GOOGLE_TOKEN}", "developer-token": "whatever"}
    path = f"google/v26/customers/{CUSTOMER}:{CLICKS}"
    assert google.post(path, json=body(google), headers=headers).status_code == 200


def test_it_refuses_a_customer_id_with_dashes(google: Google) -> None:
    answer = google.upload(CLICKS, body(google), customer="123-456-7890")
    assert code(answer) == (400, "INVALID_ARGUMENT", {"requestError": "INVALID_CUSTOMER_ID"})
    answer = google.upload(CLICKS, body(google), login="987-654-3210")
    assert code(answer)[2] == {"requestError": "INVALID_CUSTOMER_ID"}


def test_it_refuses_a_customer_that_is_out_of_reach(google: Google) -> None:
    answer = google.upload(CLICKS, body(google), customer="1112223333")
    assert code(answer) == (403, "PERMISSION_DENIED", {"authorizationError": "USER_PERMISSION_DENIED"})


def test_google_43_it_wants_the_manager_named_when_only_the_manager_has_access(
    google: Google, control: Control
) -> None:
    control.change("google", "tokens", GOOGLE_TOKEN, customers=[MANAGER])
    assert code(google.upload(CLICKS, body(google)))[2] == {"authorizationError": "USER_PERMISSION_DENIED"}
    assert google.upload(CLICKS, body(google), login=MANAGER).status_code == 200
    assert google.upload(CLICKS, body(google), login="1112223333").status_code == 403


def test_it_refuses_a_manager_that_the_customer_is_not_linked_to(google: Google, control: Control) -> None:
    control.change("google", "customers", CUSTOMER, managers=[])
    assert google.upload(CLICKS, body(google), login=MANAGER).status_code == 403


def test_google_43_it_refuses_to_upload_to_a_manager(google: Google) -> None:
    answer = google.upload(CLICKS, body(google), customer=MANAGER)
    assert code(answer)[2] == {"requestError": "CANNOT_BE_EXECUTED_BY_MANAGER_ACCOUNT"}


@pytest.mark.parametrize(
    ("toggle", "name"),
    [({"enabled": False}, "CUSTOMER_NOT_ENABLED"), ({"suspended": True}, "ACTION_NOT_PERMITTED_FOR_SUSPENDED_ACCOUNT")],
)
def test_google_43_it_refuses_a_customer_that_is_switched_off(
    google: Google, control: Control, toggle: dict, name: str
) -> None:
    control.change("google", "customers", CUSTOMER, **toggle)
    assert code(google.clicks(google.click())) == (403, "PERMISSION_DENIED", {"authorizationError": name})


def test_google_43_it_closes_click_uploads_to_newcomers_and_leaves_adjustments_open(
    google: Google, control: Control
) -> None:
    control.change("google", "customers", CUSTOMER, allow_listed=False)
    answer = google.clicks(google.click())
    assert code(answer)[:2] == (403, "PERMISSION_DENIED")
    assert code(answer)[2] == {"notAllowlistedError": "CUSTOMER_NOT_ALLOWLISTED_FOR_THIS_FEATURE"}
    assert google.adjustments(google.enhancement()).status_code == 200


@pytest.mark.parametrize("partial_failure", [False, None])
def test_google_41_it_wants_partial_failure(google: Google, partial_failure: object) -> None:
    answer = google.upload(CLICKS, body(google, partialFailure=partial_failure))
    assert code(answer)[2] == {"partialFailureError": "PARTIAL_FAILURE_MODE_REQUIRED"}
    assert failure(answer)["errors"][0]["location"] == {"fieldPathElements": [{"fieldName": "partial_failure"}]}


@pytest.mark.parametrize(
    ("method", "field", "name"),
    [
        (CLICKS, "conversions", {"conversionUploadError": "TOO_MANY_CONVERSIONS_IN_REQUEST"}),
        (
            ADJUSTMENTS,
            "conversionAdjustments",
            {"conversionAdjustmentUploadError": "TOO_MANY_ADJUSTMENTS_IN_REQUEST"},
        ),
    ],
)
def test_google_41_it_takes_2000_rows_and_refuses_2001(
    google: Google, control: Control, method: str, field: str, name: dict
) -> None:
    make = google.click if method == CLICKS else google.enhancement
    taken = google.upload(method, {field: [make() for _ in range(2000)], "partialFailure": True})
    assert len(taken.json()["results"]) == 2000
    assert "partialFailureError" not in taken.json()
    refused = google.upload(method, {field: [make() for _ in range(2001)], "partialFailure": True})
    assert code(refused) == (400, "INVALID_ARGUMENT", name)
    assert control.counts("google") == (2000, 2001, 0)


def test_it_wants_rows(google: Google) -> None:
    assert code(google.clicks())[2] == {"fieldError": "REQUIRED_NONEMPTY_LIST"}


def test_it_returns_our_job_id_or_one_of_its_own(google: Google) -> None:
    assert google.clicks(google.click(), jobId=17).json()["jobId"] == "17"
    assert 2**31 <= int(google.clicks(google.click()).json()["jobId"]) < 2**63
    assert code(google.clicks(google.click(), jobId=0))[2] == {"conversionUploadError": "INVALID_JOB_ID"}


def test_it_only_checks_when_asked_to_validate(google: Google, control: Control) -> None:
    answer = google.clicks(google.click(), google.click(gclid="short"), validateOnly=True)
    assert "results" not in answer.json()
    assert len(answer.json()["partialFailureError"]["details"][0]["errors"]) == 1
    assert control.counts("google") == (0, 0, 0)
    assert control.ledger()["counts"]["google"]["requests"] == 1


def violations(answer) -> list[dict]:
    """What Google's JSON reading complains of."""
    assert (answer.status_code, answer.json()["error"]["status"]) == (400, "INVALID_ARGUMENT")
    (detail,) = answer.json()["error"]["details"]
    assert detail["@type"] == "type.googleapis.com/google.rpc.BadRequest"
    return detail["fieldViolations"]


def test_google_41_it_names_every_unknown_field_with_its_path(google: Google, control: Control) -> None:
    row = google.click(userIdentifiers=[{"hashedEmail": "x", "email": "y"}], clickId="z")
    found = violations(google.clicks(google.click(), row, debugEnabled=True))
    assert [violation.get("field", "") for violation in found] == [
        "conversions[1].user_identifiers[0]",
        "conversions[1]",
        "",
    ]
    assert "Unknown name \"clickId\" at 'conversions[1]'" in found[1]["description"]
    assert control.counts("google") == (0, 2, 0)


def test_google_41_it_refuses_a_wrong_enum_name(google: Google) -> None:
    (violation,) = violations(google.clicks(google.click(consent={"adUserData": "YES"})))
    assert violation["field"] == "conversions[0].consent.ad_user_data"
    assert violations(google.adjustments(google.enhancement(adjustmentType="ENHANCE")))


def test_google_41_it_refuses_two_identifiers_in_one_user_identifier(google: Google) -> None:
    both = {"hashedEmail": "0" * 64, "hashedPhoneNumber": "1" * 64}
    (violation,) = violations(google.clicks(google.click(userIdentifiers=[both])))
    assert "oneof field 'identifier' is already set" in violation["description"]


@pytest.mark.parametrize(
    "changes",
    [
        {"orderId": 4711},
        {"conversionValue": "a lot"},
        {"conversionValue": True},
        {"userIdentifiers": {}},
        {"consent": "GRANTED"},
        {"cartData": {"merchantId": 1.5}},
        {"cartData": {"items": [{"quantity": 2**31}]}},
    ],
)
def test_it_refuses_a_value_of_the_wrong_type(google: Google, changes: dict) -> None:
    assert len(violations(google.clicks(google.click(**changes)))) == 1


def test_it_reads_numbers_as_text_snake_case_names_and_enum_numbers(google: Google) -> None:
    row = google.click(conversionValue="12.5", cartData={"merchantId": "123456789012345678"}, consent={"adUserData": 2})
    row["order_id"] = row.pop("orderId")
    answer = google.upload(CLICKS, {"conversions": [row], "partial_failure": True})
    assert answer.status_code == 200
    assert "partialFailureError" not in answer.json()


def test_it_refuses_the_same_field_under_both_names(google: Google) -> None:
    assert violations(google.clicks(google.click() | {"order_id": "x"}))

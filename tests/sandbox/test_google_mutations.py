"""Conversion actions made, changed and removed at Google, and the goals one bids on."""

from typing import Any

import pytest
import requests
from google.ads.googleads.v26.services.types.conversion_action_service import MutateConversionActionsResponse
from google.protobuf.json_format import ParseDict

from tests.sandbox.callers import CUSTOMER, MANAGER, Control, Google, action
from tests.sandbox.test_google_reads import GOALS, refusal, rows, select

NEW = {"name": "Demo booked", "type": "UPLOAD_CLICKS", "category": "BOOK_APPOINTMENT"}
GOAL = f"customers/{CUSTOMER}/customerConversionGoals/QUALIFIED_LEAD~WEBSITE"


def mutate(google: Google, *operations: dict[str, Any], **others: Any) -> requests.Response:
    return google.call("/conversionActions:mutate", {"operations": list(operations)} | others)


def made(google: Google, **changes: Any) -> str:
    """The resource name of a new action."""
    answer = mutate(google, {"create": NEW | changes})
    assert answer.status_code == 200, answer.text
    ParseDict(answer.json(), MutateConversionActionsResponse.pb()())
    return answer.json()["results"][0]["resourceName"]


def seen(google: Google, name: str, *fields: str) -> dict[str, Any]:
    condition = f"WHERE conversion_action.resource_name = '{name}'"
    query = select(*(f"conversion_action.{field}" for field in fields), of="conversion_action", more=condition)
    found = rows(google.search(query))[0]["conversionAction"]
    return {key: value for key, value in found.items() if key != "resourceName"}


def test_google_33_an_action_that_was_made_takes_conversions(google: Google) -> None:
    name = made(google, valueSettings={"defaultValue": 25, "defaultCurrencyCode": "EUR"})
    assert seen(
        google, name, "status", "category", "click_through_lookback_window_days", "value_settings.default_value"
    ) == {
        "status": "ENABLED",
        "category": "BOOK_APPOINTMENT",
        "clickThroughLookbackWindowDays": "30",
        "valueSettings": {"defaultValue": 25.0},
    }
    assert google.clicks(google.click(conversionAction=name)).json()["results"][0]


def test_google_33_a_form_comes_with_its_tag(google: Google) -> None:
    snippets = seen(google, made(google, type="WEBPAGE"), "tag_snippets")["tagSnippets"]
    assert {each["type"] for each in snippets} == {"WEBPAGE", "WEBPAGE_ONCLICK"}
    assert all("AW-" in each["eventSnippet"] and each["globalSiteTag"] for each in snippets)


def test_google_33_a_name_can_be_used_once_even_after_its_action_is_gone(google: Google) -> None:
    first = made(google)
    for _ in range(2):
        error = refusal(mutate(google, {"create": NEW}))
        assert error["errorCode"] == {"conversionActionError": "DUPLICATE_NAME"}
        assert error["trigger"] == {"stringValue": NEW["name"]}
        assert [step["fieldName"] for step in error["location"]["fieldPathElements"]] == [
            "operations",
            "create",
            "name",
        ]
        mutate(google, {"remove": first}).raise_for_status()


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"name": ""}, {"fieldError": "REQUIRED"}, "name"),
        ({"name": "x" * 101}, {"stringLengthError": "TOO_LONG"}, "name"),
        ({"name": "a\0b"}, {"stringFormatError": "ILLEGAL_CHARS"}, "name"),
        ({"type": None}, {"fieldError": "REQUIRED"}, "type"),
        ({"type": "SALESFORCE"}, {"conversionActionError": "CREATION_NOT_SUPPORTED"}, "type"),
        ({"id": "5"}, {"fieldError": "VALUE_MUST_BE_UNSET"}, "id"),
        ({"clickThroughLookbackWindowDays": "91"}, {"rangeError": "TOO_HIGH"}, "click_through_lookback_window_days"),
        ({"clickThroughLookbackWindowDays": "0"}, {"rangeError": "TOO_LOW"}, "click_through_lookback_window_days"),
        (
            {"valueSettings": {"defaultCurrencyCode": "EURO"}},
            {"currencyCodeError": "UNSUPPORTED"},
            "default_currency_code",
        ),
        ({"valueSettings": {"defaultValue": "NaN"}}, {"fieldError": "INVALID_VALUE"}, "default_value"),
        (
            {"attributionModelSettings": {"attributionModel": "GOOGLE_SEARCH_ATTRIBUTION_LINEAR"}},
            {"conversionActionError": "CANNOT_SET_RULE_BASED_ATTRIBUTION_MODELS"},
            "attribution_model",
        ),
    ],
)
def test_google_33_it_says_what_is_wrong_with_a_new_action(
    google: Google, changes: dict, code: dict, field: str
) -> None:
    error = refusal(mutate(google, {"create": NEW | changes}))
    assert error["errorCode"] == code
    assert error["location"]["fieldPathElements"][-1]["fieldName"] == field


@pytest.mark.parametrize(("version", "status"), [("v25", 400), ("v26", 200)])
def test_google_46_a_category_is_known_since_its_version(google: Google, version: str, status: int) -> None:
    body = {"operations": [{"create": NEW | {"category": "MESSAGE_LEAD"}}]}
    assert google.call("/conversionActions:mutate", body, version=version).status_code == status


def test_google_33_it_changes_what_the_mask_names_and_nothing_else(google: Google) -> None:
    update = {"resourceName": action(1001), "name": "Better lead", "status": "HIDDEN", "primaryForGoal": False}
    answer = mutate(
        google,
        {"update": update, "updateMask": "name,primaryForGoal"},
        responseContentType="MUTABLE_RESOURCE",
    )
    assert answer.json()["results"][0]["conversionAction"]["name"] == "Better lead"
    assert seen(google, action(1001), "name", "status", "primary_for_goal") == {
        "name": "Better lead",
        "status": "ENABLED",
        "primaryForGoal": False,
    }


@pytest.mark.parametrize(
    ("update", "mask", "code"),
    [
        ({"name": "x"}, None, {"fieldMaskError": "FIELD_MASK_MISSING"}),
        ({"name": "x"}, "nickname", {"fieldMaskError": "FIELD_NOT_FOUND"}),
        ({"valueSettings": {"defaultValue": 1}}, "valueSettings", {"fieldMaskError": "FIELD_HAS_SUBFIELDS"}),
        ({"type": "WEBPAGE"}, "type", {"fieldError": "IMMUTABLE_FIELD"}),
        ({"name": ""}, "name", {"fieldError": "FIELD_CANNOT_BE_CLEARED"}),
        ({"name": "Customer"}, "name", {"conversionActionError": "DUPLICATE_NAME"}),
        ({"resourceName": action(9), "name": "x"}, "name", {"mutateError": "RESOURCE_NOT_FOUND"}),
        ({"resourceName": "9", "name": "x"}, "name", {"requestError": "RESOURCE_NAME_MALFORMED"}),
    ],
)
def test_google_33_it_says_what_is_wrong_with_a_change(google: Google, update: dict, mask: str, code: dict) -> None:
    operation = {"update": {"resourceName": action(1001)} | update, "updateMask": mask}
    assert refusal(mutate(google, operation))["errorCode"] == code


def test_google_33_what_was_removed_stays_removed(google: Google) -> None:
    mutate(google, {"remove": action(1001)}).raise_for_status()
    assert seen(google, action(1001), "status") == {"status": "REMOVED"}
    assert "NO_CONVERSION_ACTION_FOUND" in google.clicks(google.click()).text
    back = {"update": {"resourceName": action(1001), "status": "ENABLED"}, "updateMask": "status"}
    assert refusal(mutate(google, back))["errorCode"] == {"conversionActionError": "UPDATE_NOT_SUPPORTED"}


def test_google_33_with_partial_failure_each_operation_is_on_its_own(google: Google) -> None:
    operations = [{"create": NEW}, {"create": NEW | {"name": "Lead"}}, {}]
    together = mutate(google, *operations)
    assert [list(e["errorCode"].values()) for e in together.json()["error"]["details"][0]["errors"]] == [
        ["DUPLICATE_NAME"],
        ["OPERATION_REQUIRED"],
    ]
    apart = mutate(google, *operations, partialFailure=True).json()
    assert [bool(result) for result in apart["results"]] == [True, False, False]
    errors = apart["partialFailureError"]["details"][0]["errors"]
    assert [error["location"]["fieldPathElements"][0]["index"] for error in errors] == [1, 2]


def test_google_33_validate_only_makes_nothing(google: Google) -> None:
    assert mutate(google, {"create": NEW}, validateOnly=True).json() == {}
    assert "DUPLICATE_NAME" in mutate(google, {"create": NEW | {"name": "Lead"}}, validateOnly=True).text
    made(google)


def test_google_43_a_client_cannot_change_its_managers_actions(google: Google, control: Control) -> None:
    world = control.call("GET", "world").json()["google"]
    control.change_world("google", actions=[*world["actions"], {"id": "3001", "customer": MANAGER, "name": "Theirs"}])
    control.change("google", "customers", CUSTOMER, conversion_customer=MANAGER)
    assert refusal(mutate(google, {"remove": action(3001)}))["errorCode"] == {"mutateError": "MUTATE_NOT_ALLOWED"}


def bids(google: Google) -> dict[str, bool]:
    goals = [row["customerConversionGoal"] for row in rows(google.search(GOALS))]
    return {goal["category"]: goal["biddable"] for goal in goals}


def test_google_34_a_goal_can_be_bid_on_or_not(google: Google) -> None:
    assert bids(google)["QUALIFIED_LEAD"] is True
    for biddable in (False, True):
        operation = {"update": {"resourceName": GOAL, "biddable": biddable}, "updateMask": "biddable"}
        answer = google.call("/customerConversionGoals:mutate", {"operations": [operation]})
        assert answer.json() == {"results": [{"resourceName": GOAL}]}
        assert bids(google)["QUALIFIED_LEAD"] is biddable


@pytest.mark.parametrize(
    ("update", "mask", "code"),
    [
        ({"resourceName": GOAL, "biddable": True}, None, {"fieldMaskError": "FIELD_MASK_MISSING"}),
        ({"resourceName": GOAL, "category": "PURCHASE"}, "category", {"fieldError": "IMMUTABLE_FIELD"}),
        ({"resourceName": "x", "biddable": True}, "biddable", {"requestError": "RESOURCE_NAME_MALFORMED"}),
        (
            {"resourceName": GOAL.replace("QUALIFIED_LEAD", "PURCHASE")},
            "biddable",
            {"mutateError": "RESOURCE_NOT_FOUND"},
        ),
    ],
)
def test_google_34_it_says_what_is_wrong_with_a_goal(google: Google, update: dict, mask: str, code: dict) -> None:
    body = {"operations": [{"update": update, "updateMask": mask}]}
    assert refusal(google.call("/customerConversionGoals:mutate", body))["errorCode"] == code


def test_google_33_what_was_made_survives_a_reset_of_the_ledger(google: Google, control: Control) -> None:
    name = made(google)
    control.call("POST", "reset").raise_for_status()
    assert seen(google, name, "name") == {"name": NEW["name"]}

"""What Google lets one read: the query language with the names of each version, and the accessible customers."""

import contextlib
import importlib
import uuid
from typing import Any

import pytest
import requests
from google.protobuf.json_format import ParseDict
from hypothesis import given
from hypothesis import strategies as st

from apps.sandbox.google import fields, gaql, sense
from tests.sandbox.callers import CUSTOMER, GOOGLE_TOKEN, MANAGER, Control, Google, action

VERSIONS = ("v23", "v24", "v25", "v26")
SETTING = "customer.conversion_tracking_setting"
OLD, NEW = f"{SETTING}.enhanced_conversions_for_leads_enabled", f"{SETTING}.effective_enablement_setting"
CLIENTS = (
    "SELECT customer_client.id, customer_client.descriptive_name, customer_client.manager, customer_client.status, "
    "customer_client.test_account, customer_client.currency_code, customer_client.time_zone, customer_client.level "
    "FROM customer_client WHERE customer_client.status = 'ENABLED'"
)
ACTIONS = (
    "SELECT conversion_action.id, conversion_action.name, conversion_action.resource_name, conversion_action.type, "
    "conversion_action.status, conversion_action.category, conversion_action.primary_for_goal, "
    "conversion_action.owner_customer, conversion_action.counting_type, "
    "conversion_action.click_through_lookback_window_days, "
    "conversion_action.value_settings.always_use_default_value, conversion_action.tag_snippets FROM conversion_action "
    "WHERE conversion_action.type IN ('UPLOAD_CLICKS','WEBPAGE') AND conversion_action.status = 'ENABLED'"
)
GOALS = (
    "SELECT customer_conversion_goal.category, customer_conversion_goal.origin, customer_conversion_goal.biddable "
    "FROM customer_conversion_goal"
)


def official(module: str, name: str, version: str = "v26") -> Any:
    """A message or enum of Google's own client library."""
    return getattr(importlib.import_module(f"google.ads.googleads.{version}.{module}"), name)


def official_enums(version: str) -> Any:
    """All enums of a version."""
    return importlib.import_module(f"google.ads.googleads.{version}.enums")


def select(*paths: str, of: str = "customer", more: str = "") -> str:
    """A query."""
    return " ".join(("SELECT", ", ".join(paths), "FROM", of, more))


def rows(answer: requests.Response, version: str = "v26") -> list[dict[str, Any]]:
    """The rows of an answer that Google's own types take."""
    assert answer.status_code == 200, answer.text
    response = official("services.types.google_ads_service", "SearchGoogleAdsResponse", version)
    ParseDict(answer.json(), response.pb()())
    return answer.json().get("results", [])


def refusal(answer: requests.Response) -> dict[str, Any]:
    """The one error of a refusal that Google's own types take."""
    (detail,) = answer.json()["error"]["details"]
    ParseDict({k: v for k, v in detail.items() if k != "@type"}, official("errors", "GoogleAdsFailure").pb()())
    (error,) = detail["errors"]
    return error


def query_error(answer: requests.Response) -> str:
    assert answer.status_code == 400, answer.text
    return refusal(answer)["errorCode"]["queryError"]


CHOICES = [
    pytest.param(version, choice, id=f"{version} {choice.name}")
    for choice in vars(fields).values()
    if isinstance(choice, fields.Choice)
    for version in (VERSIONS[-1:] if choice is fields.ENHANCED else VERSIONS)
]


@pytest.mark.parametrize(("version", "choice"), CHOICES)
def test_google_46_its_enums_are_those_of_every_version(version: str, choice: fields.Choice) -> None:
    short = choice.name.removesuffix("Enum")
    holder = next(h for h in (getattr(official_enums(version), f"{n}Enum", None) for n in (choice.name, short)) if h)
    real = getattr(holder, choice.name, None) or getattr(holder, short)
    assert {item.name: item.value for item in real} == choice.at(version)


@pytest.mark.parametrize("resource", fields.RESOURCES)
@pytest.mark.parametrize("version", VERSIONS)
def test_google_46_its_fields_exist_in_every_version(version: str, resource: str) -> None:
    whole = official("resources", "".join(part.title() for part in resource.split("_")), version).pb().DESCRIPTOR
    for path, item in fields.RESOURCES[resource].items():
        message = whole
        *outer, last = path.split(".")
        for name in outer:
            message = message.fields_by_name[name].message_type
        found = message.fields_by_name.get(last) or message.fields_by_name.get(f"{last}_")
        assert (found is not None) == (version in item.versions), (version, path)


@pytest.mark.parametrize("version", VERSIONS)
def test_google_46_it_knows_each_versions_name_for_enhanced_conversions(google: Google, version: str) -> None:
    has, lacks = (NEW, OLD) if version == "v26" else (OLD, NEW)
    (row,) = rows(google.search(select("customer.id", has), version=version), version)
    value = row["customer"]["conversionTrackingSetting"]
    assert value == ({"effectiveEnablementSetting": "ON"} if version == "v26" else {OLD_CAMEL: True})
    answer = google.search(select("customer.id", lacks), version=version)
    assert query_error(answer) == "UNRECOGNIZED_FIELD"
    assert refusal(answer)["trigger"] == {"stringValue": lacks}


OLD_CAMEL = "enhancedConversionsForLeadsEnabled"


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("", "EXPECTED_SELECT"),
        ("customer.id FROM customer", "EXPECTED_SELECT"),
        ("SELECT FROM customer", "BAD_FIELD_NAME"),
        ("SELECT customer.id", "EXPECTED_FROM"),
        ("SELECT customer.id FROM", "UNEXPECTED_END_OF_QUERY"),
        ("SELECT customer.id FROM customers", "BAD_RESOURCE_TYPE_IN_FROM_CLAUSE"),
        ("SELECT id FROM customer", "BAD_FIELD_NAME"),
        ("SELECT customer.nickname FROM customer", "UNRECOGNIZED_FIELD"),
        (select(SETTING), "PROHIBITED_FIELD_IN_SELECT_CLAUSE"),
        ("SELECT conversion_action.id FROM customer", "PROHIBITED_RESOURCE_TYPE_IN_SELECT_CLAUSE"),
        (
            "SELECT customer.id FROM customer WHERE conversion_action.id = 1",
            "PROHIBITED_RESOURCE_TYPE_IN_WHERE_CLAUSE",
        ),
        ("SELECT customer.id FROM customer WHERE customer.status = 'OPEN'", "BAD_ENUM_CONSTANT"),
        ("SELECT customer.id FROM customer WHERE customer.id = 'x'", "BAD_NUMBER"),
        ("SELECT customer.id FROM customer WHERE customer.manager = 'perhaps'", "BAD_VALUE"),
        ("SELECT customer.id FROM customer WHERE customer.id LIKE '1%'", "OPERATOR_FIELD_MISMATCH"),
        ("SELECT customer.id FROM customer WHERE customer.id ~ 1", "BAD_SYMBOL"),
        ("SELECT customer.id FROM customer WHERE customer.id SOUNDS 1", "BAD_OPERATOR"),
        ("SELECT customer.id FROM customer WHERE customer.id IN 1", "EXPECTED_LIST"),
        ("SELECT customer.id FROM customer WHERE customer.id IN ()", "PROHIBITED_EMPTY_LIST_IN_CONDITION"),
        ("SELECT customer.id FROM customer WHERE customer.id = (1)", "EXPECTED_SINGLE_VALUE"),
        ("SELECT customer.id FROM customer WHERE customer.descriptive_name = 'x", "STRING_NOT_TERMINATED"),
        ("SELECT customer.id FROM customer WHERE customer.id BETWEEN 1", "EXPECTED_VALUE_WITH_BETWEEN_OPERATOR"),
        ("SELECT customer.id FROM customer ORDER customer.id", "EXPECTED_BY"),
        (
            "SELECT conversion_action.id FROM conversion_action ORDER BY conversion_action.tag_snippets",
            "PROHIBITED_FIELD_IN_ORDER_BY_CLAUSE",
        ),
        ("SELECT customer.id FROM customer LIMIT many", "BAD_LIMIT_VALUE"),
        ("SELECT customer.id FROM customer LIMIT 0", "LIMIT_VALUE_TOO_LOW"),
        ("SELECT customer.id FROM customer PARAMETERS x = true", "BAD_PARAMETER_NAME"),
        ("SELECT customer.id FROM customer LIMIT 1 WHERE customer.id = 1", "UNEXPECTED_INPUT"),
    ],
)
def test_google_46_it_says_what_is_wrong_with_a_query(google: Google, query: str, name: str) -> None:
    assert query_error(google.search(query)) == name


WORDS = (
    "SELECT FROM WHERE AND ORDER BY LIMIT PARAMETERS IN NOT LIKE IS NULL BETWEEN REGEXP_MATCH CONTAINS ANY DESC ( ) , "
    "= != > customer customer.id customer.status customer.descriptive_name conversion_action.tag_snippets 'x' '[' 1"
).split()


@given(st.lists(st.sampled_from(WORDS), max_size=14).map(" ".join) | st.text(max_size=60))
def test_google_46_no_text_is_more_than_a_bad_query(text: str) -> None:
    with contextlib.suppress(gaql.BadQuery):
        sense.check(gaql.parse(text), "v26")
    with contextlib.suppress(gaql.BadQuery):
        sense.check(gaql.parse(select("customer.id", more=f"WHERE {text}")), "v26")


def names(google: Google, condition: str) -> list[str]:
    query = select("conversion_action.name", of="conversion_action", more=condition)
    return [row["conversionAction"]["name"] for row in rows(google.search(query))]


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ("WHERE conversion_action.name = 'Lead'", ["Lead"]),
        ('WHERE conversion_action.name != "Lead" LIMIT 1', ["Qualified lead"]),
        ("where conversion_action.name like '%lead'", ["Lead", "Qualified lead"]),
        ("WHERE conversion_action.name NOT LIKE '%lead'", ["Customer", "Contact form"]),
        ("WHERE conversion_action.name REGEXP_MATCH '.*form'", ["Contact form"]),
        ("WHERE conversion_action.id > 1002 AND conversion_action.type = WEBPAGE", ["Contact form"]),
        ("WHERE conversion_action.id BETWEEN 1002 AND 1003", ["Qualified lead", "Customer"]),
        ("WHERE conversion_action.id NOT IN (1001, 1002, 1003)", ["Contact form"]),
        ("WHERE conversion_action.value_settings.default_currency_code IS NOT NULL", []),
        ("WHERE conversion_action.name = 'O\\'Neill'", []),
        ("ORDER BY conversion_action.name DESC LIMIT 2", ["Qualified lead", "Lead"]),
        ("WHERE conversion_action.type = 'UPLOAD_CLICKS' ORDER BY conversion_action.id ASC LIMIT 1", ["Lead"]),
    ],
)
def test_google_46_it_answers_with_what_matches(google: Google, condition: str, found: list[str]) -> None:
    assert names(google, condition) == found


def test_google_46_a_query_reads_back_as_it_was_written() -> None:
    query = gaql.parse("SELECT a.b, a.c FROM a WHERE a.b IN ('x', 2) AND a.c IS NULL ORDER BY a.b DESC LIMIT 3")
    assert query.fields == ("a.b", "a.c")
    assert [(c.field, c.operator, c.values) for c in query.conditions] == [
        ("a.b", "IN", ("x", "2")),
        ("a.c", "IS NULL", ()),
    ]
    assert (query.order, query.limit) == ((("a.b", True),), 3)


def test_google_46_it_names_the_resource_and_the_fields_of_a_row(google: Google) -> None:
    answer = google.search("SELECT conversion_action.id, customer.id FROM conversion_action LIMIT 1")
    assert rows(answer) == [
        {
            "conversionAction": {"resourceName": action(1001), "id": "1001"},
            "customer": {"resourceName": f"customers/{CUSTOMER}", "id": CUSTOMER},
        }
    ]
    assert answer.json()["fieldMask"] == "conversionAction.id,customer.id"
    assert answer.headers["request-id"]


@pytest.mark.parametrize("version", VERSIONS)
def test_google_46_the_documented_queries_work_in_every_version(google: Google, version: str) -> None:
    assert [row["customerClient"]["level"] for row in rows(google.search(CLIENTS, version=version), version)] == ["0"]
    found = rows(google.search(ACTIONS, version=version), version)
    forms = [row["conversionAction"] for row in found if row["conversionAction"]["type"] == "WEBPAGE"]
    assert "AW-" in forms[0]["tagSnippets"][0]["eventSnippet"]
    assert {row["customerConversionGoal"]["category"] for row in rows(google.search(GOALS, version=version))} >= {
        "QUALIFIED_LEAD"
    }


def test_google_46_it_streams_the_same_in_chunks(google: Google) -> None:
    chunks = google.call("/googleAds:searchStream", {"query": ACTIONS}).json()
    assert [row for chunk in chunks for row in chunk["results"]] == rows(google.search(ACTIONS))
    assert chunks[0]["requestId"]


def test_google_46_the_page_size_is_fixed(google: Google) -> None:
    body = {"query": ACTIONS, "pageSize": 10}
    assert refusal(google.call("/googleAds:search", body))["errorCode"] == {"requestError": "PAGE_SIZE_NOT_SUPPORTED"}
    body = {"query": ACTIONS, "pageToken": "next"}
    assert refusal(google.call("/googleAds:search", body))["errorCode"] == {"requestError": "INVALID_PAGE_TOKEN"}


def test_google_46_it_only_checks_a_query_when_asked_to(google: Google) -> None:
    body = {"query": "SELECT customer.id FROM customer", "validateOnly": True}
    assert google.call("/googleAds:search", body).json() == {"fieldMask": "customer.id"}


def accessible(google: Google, token: str = GOOGLE_TOKEN) -> requests.Response:
    url = f"{google.control.url}/google/v26/customers:listAccessibleCustomers"
    return google.session.get(url, headers={"Authorization": f"Bearer {token}"}, timeout=10)


def test_google_43_it_lists_where_the_user_has_a_role_of_their_own(google: Google, control: Control) -> None:
    control.change("google", "customers", MANAGER, enabled=False)
    assert accessible(google).json() == {"resourceNames": [f"customers/{CUSTOMER}", f"customers/{MANAGER}"]}
    assert accessible(google, "stolen").status_code == 401
    control.change("google", "tokens", GOOGLE_TOKEN, customers=[])
    assert refusal(accessible(google))["errorCode"] == {"authenticationError": "NOT_ADS_USER"}


def test_google_43_it_shows_the_tree_below_a_manager(google: Google, control: Control) -> None:
    world = control.call("GET", "world").json()["google"]
    below = [
        {"id": "5550000001", "name": "Sub-manager", "manager": True, "managers": [MANAGER]},
        {"id": "5550000002", "name": "Shop", "managers": ["5550000001"], "enabled": False, "test_account": True},
    ]
    control.change_world("google", customers=world["customers"] + below)
    query = CLIENTS.partition(" WHERE")[0]
    found = [row["customerClient"] for row in rows(google.search(query, customer=MANAGER))]
    assert [(each["id"], each["level"]) for each in found] == [
        (MANAGER, "0"),
        (CUSTOMER, "1"),
        ("5550000001", "1"),
        ("5550000002", "2"),
    ]
    assert (found[-1]["status"], found[-1]["testAccount"], found[1]["manager"]) == ("CANCELED", True, False)
    deep = google.search("SELECT customer.id FROM customer", customer="5550000001", login=MANAGER)
    assert rows(deep)[0]["customer"]["id"] == "5550000001"


def tracking(google: Google, **others: Any) -> dict[str, Any]:
    names = ("conversion_tracking_status", "google_ads_conversion_customer", "accepted_customer_data_terms")
    paths = (f"{SETTING}.{name}" for name in names)
    return rows(google.search(select(*paths, NEW, "customer.auto_tagging_enabled"), **others))[0]["customer"]


def test_google_43_it_shows_whose_conversion_actions_a_customer_uses(google: Google, control: Control) -> None:
    own = tracking(google)["conversionTrackingSetting"]
    assert own["conversionTrackingStatus"] == "CONVERSION_TRACKING_MANAGED_BY_SELF"
    assert own["googleAdsConversionCustomer"] == f"customers/{CUSTOMER}"
    control.change("google", "customers", CUSTOMER, conversion_customer=MANAGER, auto_tagging_enabled=False)
    control.change("google", "customers", MANAGER, terms_accepted=False, enhanced_conversions_for_leads=False)
    crossed = tracking(google, login=MANAGER)
    assert crossed["autoTaggingEnabled"] is False
    assert crossed["conversionTrackingSetting"] == {
        "conversionTrackingStatus": "CONVERSION_TRACKING_MANAGED_BY_THIS_MANAGER",
        "googleAdsConversionCustomer": f"customers/{MANAGER}",
        "effectiveEnablementSetting": "OFF",
        "acceptedCustomerDataTerms": False,
    }
    assert tracking(google)["conversionTrackingSetting"]["conversionTrackingStatus"].endswith("BY_ANOTHER_MANAGER")


def test_google_43_cross_account_tracking_makes_the_manager_the_address_of_uploads(
    google: Google, control: Control
) -> None:
    world = control.call("GET", "world").json()["google"]
    theirs = {"id": "3001", "customer": MANAGER, "name": "Lead", "category": "IMPORTED_LEAD"}
    control.change_world("google", actions=[*world["actions"], theirs])
    control.change("google", "customers", CUSTOMER, conversion_customer=MANAGER)
    found = [
        row["conversionAction"] for row in rows(google.search(ACTIONS)) if row["conversionAction"]["name"] == "Lead"
    ]
    assert [each["ownerCustomer"] for each in found] == [f"customers/{CUSTOMER}", f"customers/{MANAGER}"]
    body = {"conversions": [google.click(conversionAction=action(3001, MANAGER))], "partialFailure": True}
    assert google.upload("uploadClickConversions", body, customer=MANAGER).json()["results"][0]
    assert "NO_CONVERSION_ACTION_FOUND" in google.upload("uploadClickConversions", body).text
    gclid = f"Cj0K-{uuid.uuid4().hex}"
    control.change_world(
        "google", clicks=[{"gclid": gclid, "customer": CUSTOMER, "clicked_at": "2026-01-01T00:00:00Z"}]
    )
    body["conversions"] = [google.click(gclid=gclid, conversionAction=action(3001, MANAGER))]
    assert "INVALID_CUSTOMER_FOR_CLICK" not in google.upload("uploadClickConversions", body, customer=MANAGER).text


def test_google_43_a_customer_that_is_out_of_reach_cannot_be_read(google: Google, control: Control) -> None:
    for customer, login in (("1112223333", None), (CUSTOMER, "1112223333")):
        answer = google.search("SELECT customer.id FROM customer", customer=customer, login=login)
        assert (answer.status_code, refusal(answer)["errorCode"]) == (
            403,
            {"authorizationError": "USER_PERMISSION_DENIED"},
        )
    control.change("google", "customers", CUSTOMER, enabled=False)
    assert "CUSTOMER_NOT_ENABLED" in google.search("SELECT customer.id FROM customer").text


def test_google_35_it_sums_up_what_was_uploaded(google: Google) -> None:
    google.clicks(google.click(), google.click(gclid="short"), jobId=17)
    google.clicks(google.click(conversionAction=action(1002)))
    summary = "offline_conversion_upload_client_summary"
    names = "client status total_event_count success_rate job_summaries alerts daily_summaries".split()
    (row,) = rows(google.search(select(*(f"{summary}.{name}" for name in names), of=summary)))
    found = row["offlineConversionUploadClientSummary"]
    assert (found["client"], found["status"], found["totalEventCount"]) == ("GOOGLE_ADS_API", "NEEDS_ATTENTION", "3")
    assert found["jobSummaries"] == [
        {"jobId": "17", "successfulCount": "1", "failedCount": "1", "pendingCount": "0"},
    ]
    assert found["alerts"] == [
        {"error": {"conversionUploadError": "UNPARSEABLE_GCLID"}, "errorPercentage": pytest.approx(1 / 3)}
    ]
    by_action = summary.replace("client", "conversion_action")
    paths = [f"{by_action}.{name}" for name in ("conversion_action_name", "successful_event_count", "status")]
    found = [
        row["offlineConversionUploadConversionActionSummary"]
        for row in rows(google.search(select(*paths, of=by_action)))
    ]
    assert [(each["conversionActionName"], each["successfulEventCount"], each["status"]) for each in found] == [
        ("Lead", "1", "NEEDS_ATTENTION"),
        ("Qualified lead", "1", "EXCELLENT"),
    ]

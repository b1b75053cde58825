"""Click conversions, row by row: a row's fault costs its neighbours nothing, and the codes are the published ones."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.sandbox.callers import CUSTOMER, EMAIL, PHONE, Control, Google, action, at


def clicked(hours: float, customer: str = CUSTOMER) -> dict:
    """A click that Google remembers, so many hours old."""
    moment = datetime.now(UTC) - timedelta(hours=hours)
    return {
        "gclid": f"Cj0KCQ-known-{hours}-click".replace(".", "_"),
        "customer": customer,
        "clicked_at": moment.isoformat(),
    }


def reason(google: Google, row: dict) -> tuple[str, str, str]:
    """The category, the name and the field path of the one error of a row."""
    body = google.clicks(row).json()
    assert body["results"] == [{}]
    return described(body)[0]


def described(body: dict) -> list[tuple[str, str, str]]:
    """All errors of a partial failure."""
    status = body["partialFailureError"]
    assert status["code"] == 3
    (detail,) = status["details"]
    assert detail["@type"] == "type.googleapis.com/google.ads.googleads.v26.errors.GoogleAdsFailure"
    found = []
    for error in detail["errors"]:
        ((category, name),) = error["errorCode"].items()
        steps = error["location"]["fieldPathElements"]
        path = ".".join(
            f"{step['fieldName']}[{step['index']}]" if "index" in step else step["fieldName"] for step in steps
        )
        found.append((category, name, path))
    return found


def upload_error(name: str, field: str) -> tuple[str, str, str]:
    return "conversionUploadError", name, f"conversions[0].{field}"


def test_it_accepts_a_click_conversion_and_echoes_it(google: Google, control: Control) -> None:
    row = google.click()
    body = google.clicks(row).json()
    echoed = {key: row[key] for key in ("gclid", "conversionAction", "conversionDateTime")}
    assert body["results"] == [echoed]
    assert "partialFailureError" not in body
    item = control.ledger()["items"][0]
    assert (item["account"], item["key"], item["name"]) == (CUSTOMER, row["orderId"], "Lead")


def test_google_40_it_answers_in_position_and_puts_all_errors_into_one_detail(google: Google, control: Control) -> None:
    good = [google.click(), google.click()]
    body = google.clicks(good[0], google.click(gclid="x"), good[1], google.click(conversionDateTime="now")).json()
    assert [result.get("gclid") for result in body["results"]] == [good[0]["gclid"], None, good[1]["gclid"], None]
    assert body["results"][1] == body["results"][3] == {}
    assert described(body) == [
        ("conversionUploadError", "UNPARSEABLE_GCLID", "conversions[1].gclid"),
        ("dateError", "INVALID_STRING_DATE_TIME_SECONDS_WITH_OFFSET", "conversions[3].conversion_date_time"),
    ]
    assert control.counts("google") == (2, 2, 0)


@pytest.mark.parametrize(
    "time",
    ["2026-11-22 10:00:00", "2026-11-22T10:00:00+01:00", "2026-11-22 10:00:00Z", "2026-13-01 10:00:00+01:00", ""],
)
def test_google_41_it_wants_a_time_with_an_offset(google: Google, time: str) -> None:
    category, name, path = reason(google, google.click(conversionDateTime=time))
    assert category == ("dateError" if time else "fieldError")
    assert name == ("INVALID_STRING_DATE_TIME_SECONDS_WITH_OFFSET" if time else "REQUIRED")
    assert path == "conversions[0].conversion_date_time"


def test_it_refuses_a_conversion_in_the_future(google: Google) -> None:
    assert reason(google, google.click(conversionDateTime=at(minutes=5)))[:2] == (
        "dateError",
        "LATER_THAN_MAXIMUM_DATE",
    )


def test_it_refuses_a_conversion_older_than_90_days(google: Google) -> None:
    old = google.click(conversionDateTime=at(days=-91))
    assert reason(google, old) == upload_error("EXPIRED_EVENT", "conversion_date_time")
    assert google.clicks(google.click(conversionDateTime=at(days=-89))).json()["results"] != [{}]


@pytest.mark.parametrize(("name", "code"), [("gclid", "GCLID"), ("gbraid", "GBRAID"), ("wbraid", "WBRAID")])
@pytest.mark.parametrize(
    "value", ["short", "x" * 101, "spaces are not allowed in here", "ünïcode-is-not-allowed-in-here"]
)
def test_it_refuses_a_click_id_that_cannot_be_read(google: Google, name: str, code: str, value: str) -> None:
    row = google.click(gclid=None) | {name: value}
    assert reason(google, row) == upload_error(f"UNPARSEABLE_{code}", name)


def test_it_takes_each_kind_of_click_id_but_not_both_braids(google: Google) -> None:
    for name in ("gclid", "gbraid", "wbraid"):
        assert google.clicks(google.click(gclid=None) | {name: "0AAAAA-" + "b" * 20}).json()["results"] != [{}]
    both = google.click(gclid=None, gbraid="g" * 30, wbraid="w" * 30)
    assert reason(google, both) == upload_error("GBRAID_WBRAID_BOTH_SET", "gbraid")


def test_it_wants_a_click_id_or_an_identifier(google: Google) -> None:
    assert reason(google, google.click(gclid=None)) == ("fieldError", "REQUIRED", "conversions[0].gclid")
    by_email = google.click(gclid=None, userIdentifiers=[{"hashedEmail": EMAIL}])
    assert google.clicks(by_email).json()["results"] != [{}]


def test_it_refuses_a_braid_for_an_action_that_counts_one_per_click(google: Google, control: Control) -> None:
    control.change("google", "actions", "1001", counting_type="ONE_PER_CLICK")
    row = google.click(gclid=None, wbraid="w" * 30)
    name = "ONE_PER_CLICK_CONVERSION_ACTION_NOT_PERMITTED_WITH_BRAID"
    assert reason(google, row) == upload_error(name, "conversion_action")


def test_it_knows_its_conversion_actions(google: Google, control: Control) -> None:
    assert reason(google, google.click(conversionAction=None))[:2] == ("fieldError", "REQUIRED")
    assert reason(google, google.click(conversionAction="1001"))[:2] == ("requestError", "RESOURCE_NAME_MALFORMED")
    unknown, form = google.click(conversionAction=action(4711)), google.click(conversionAction=action(2001))
    assert reason(google, unknown) == upload_error("NO_CONVERSION_ACTION_FOUND", "conversion_action")
    assert reason(google, form) == upload_error("INVALID_CONVERSION_ACTION_TYPE", "conversion_action")
    control.change("google", "actions", "1001", status="REMOVED")
    assert reason(google, google.click()) == upload_error("NO_CONVERSION_ACTION_FOUND", "conversion_action")


def test_it_does_not_check_the_customer_in_the_actions_name(google: Google) -> None:
    assert google.clicks(google.click(conversionAction=action(1001, "5556667777"))).json()["results"] != [{}]


def test_it_refuses_identifiers_that_are_not_hashed_or_not_supported(google: Google) -> None:
    def row(*identifiers: dict) -> dict:
        return google.click(userIdentifiers=list(identifiers))

    plain = upload_error("INVALID_USER_IDENTIFIER", "user_identifiers[1].hashed_phone_number")
    assert reason(google, row({"hashedEmail": EMAIL}, {"hashedPhoneNumber": "+31612345678"})) == plain
    address = upload_error("UNSUPPORTED_USER_IDENTIFIER", "user_identifiers[0].address_info")
    assert reason(google, row({"addressInfo": {"hashedFirstName": EMAIL}})) == address
    assert reason(google, row({"userIdentifierSource": "FIRST_PARTY"}))[1] == "INVALID_USER_IDENTIFIER"
    assert reason(google, row(*[{"hashedEmail": EMAIL}] * 6))[:2] == ("collectionSizeError", "TOO_MANY")
    good = row({"hashedEmail": EMAIL, "userIdentifierSource": "FIRST_PARTY"}, {"hashedPhoneNumber": PHONE})
    assert google.clicks(good).json()["results"] != [{}]


@pytest.mark.parametrize(
    ("toggle", "name"),
    [
        ("terms_accepted", "CUSTOMER_NOT_ACCEPTED_CUSTOMER_DATA_TERMS"),
        ("enhanced_conversions_for_leads", "CUSTOMER_NOT_ENABLED_ENHANCED_CONVERSIONS_FOR_LEADS"),
    ],
)
def test_google_43_it_refuses_rows_with_identifiers_while_the_account_is_not_set_up_for_them(
    google: Google, control: Control, toggle: str, name: str
) -> None:
    control.change("google", "customers", CUSTOMER, **{toggle: False})
    body = google.clicks(google.click(userIdentifiers=[{"hashedEmail": EMAIL}]), google.click()).json()
    assert described(body) == [upload_error(name, "user_identifiers")]
    assert body["results"][1] != {}


def test_it_refuses_an_order_id_with_an_e_mail_address(google: Google) -> None:
    assert reason(google, google.click(orderId="mike@example.com")) == upload_error("ORDER_ID_CONTAINS_PII", "order_id")


def test_it_refuses_a_currency_that_does_not_exist(google: Google) -> None:
    assert reason(google, google.click(currencyCode="EURO"))[:2] == ("currencyCodeError", "UNSUPPORTED")


@pytest.mark.parametrize("field", [{"conversionEnvironment": "WEB"}, {"userIpAddress": "1.2.3.4"}])
def test_google_43_it_refuses_fields_that_are_for_listed_accounts(
    google: Google, control: Control, field: dict
) -> None:
    category, name, path = reason(google, google.click(**field))
    assert (category, name) == ("notAllowlistedError", "CUSTOMER_NOT_ALLOWLISTED_FOR_THIS_FEATURE")
    assert path.startswith("conversions[0].")
    control.change("google", "customers", CUSTOMER, restricted_fields_allowed=True)
    assert google.clicks(google.click(**field)).json()["results"] != [{}]


def test_google_38_it_recognises_an_order_id_at_the_same_action(google: Google, control: Control) -> None:
    first = google.click()
    google.clicks(first)
    again = google.click(orderId=first["orderId"])
    assert reason(google, again) == upload_error("ORDER_ID_ALREADY_IN_USE", "order_id")
    elsewhere = google.click(orderId=first["orderId"], conversionAction=action(1002))
    assert google.clicks(elsewhere).json()["results"] != [{}]
    assert control.counts("google") == (2, 0, 1)


def test_google_38_it_recognises_a_click_with_the_same_instant_at_the_same_action(
    google: Google, control: Control
) -> None:
    moment = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=2)
    first = google.click(orderId=None, conversionDateTime=moment.isoformat(sep=" "))
    google.clicks(first)
    assert reason(google, first) == upload_error("CLICK_CONVERSION_ALREADY_EXISTS", "gclid")
    local = moment + timedelta(hours=1)
    elsewhere = first | {"conversionDateTime": local.strftime("%Y-%m-%d %H:%M:%S+01:00")}
    assert reason(google, elsewhere) == upload_error("CLICK_CONVERSION_ALREADY_EXISTS", "gclid")
    later = first | {"conversionDateTime": (moment + timedelta(seconds=1)).isoformat(sep=" ")}
    assert google.clicks(later).json()["results"] != [{}]
    assert control.counts("google") == (2, 0, 2)


def test_it_processes_none_of_the_rows_that_repeat_each_other_in_one_call(google: Google, control: Control) -> None:
    row = google.click()
    body = google.clicks(row, google.click(orderId=row["orderId"]), google.click()).json()
    assert [name for _, name, _ in described(body)] == ["DUPLICATE_ORDER_ID", "DUPLICATE_ORDER_ID"]
    assert [bool(result) for result in body["results"]] == [False, False, True]
    twin = google.click(orderId=None)
    body = google.clicks(twin, twin).json()
    assert {name for _, name, _ in described(body)} == {"DUPLICATE_CLICK_CONVERSION_IN_REQUEST"}
    assert control.counts("google") == (1, 4, 0)
    assert google.clicks(row).json()["results"] != [{}]


def test_google_38_it_judges_a_click_that_it_remembers(google: Google, control: Control) -> None:
    stranger = clicked(30, customer="5556667777")
    clicks = [clicked(30), clicked(2), clicked(24 * 95), stranger | {"gclid": "Cj0KCQ-somebody-elses-click"}]
    control.change_world("google", clicks=clicks)
    known, recent, ancient, foreign = (click["gclid"] for click in clicks)

    def judged(gclid: str, **offset: float) -> str:
        body = google.clicks(google.click(gclid=gclid, conversionDateTime=at(**offset))).json()
        return described(body)[0][1] if "partialFailureError" in body else "accepted"

    assert judged(known, hours=-1) == "accepted"
    assert judged(known, hours=-40) == "CONVERSION_PRECEDES_EVENT"
    assert judged(recent, hours=-1) == "TOO_RECENT_EVENT"
    assert judged(ancient, days=-1) == "EXPIRED_EVENT"
    assert judged(foreign, hours=-1) == "INVALID_CUSTOMER_FOR_CLICK"
    control.change("google", "actions", "1001", click_through_lookback_window_days=1)
    assert judged(known, minutes=-1) == "EXPIRED_EVENT"

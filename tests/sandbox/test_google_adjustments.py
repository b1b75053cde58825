"""Conversion adjustments: enhancements first of all, and what retractions and restatements need."""

import pytest

from tests.sandbox.callers import CUSTOMER, EMAIL, Control, Google, action, at
from tests.sandbox.test_google_clicks import described

ADDRESS = {"hashedFirstName": EMAIL, "hashedLastName": EMAIL, "postalCode": "1012 AB", "countryCode": "NL"}


def reason(google: Google, row: dict) -> tuple[str, str]:
    """The name and the field of a row's one error."""
    body = google.adjustments(row).json()
    assert body["results"] == [{}]
    _, name, path = described(body)[0]
    assert path.startswith("conversion_adjustments[0].")
    return name, path.partition(".")[2]


def accepted(google: Google, row: dict) -> bool:
    return "partialFailureError" not in google.adjustments(row).json()


def test_it_accepts_an_enhancement_and_echoes_it(google: Google, control: Control) -> None:
    row = google.enhancement(adjustmentDateTime=at(minutes=-1))
    body = google.adjustments(row).json()
    names = ("orderId", "conversionAction", "adjustmentType", "adjustmentDateTime", "gclidDateTimePair")
    assert body["results"] == [{key: row[key] for key in names}]
    item = control.ledger()["items"][0]
    assert (item["key"], item["name"]) == (row["orderId"], "Contact form")


def test_it_accepts_an_enhancement_without_a_time(google: Google) -> None:
    assert accepted(google, google.enhancement(gclidDateTimePair=None, userAgent=None))


def test_it_wants_an_adjustment_type(google: Google) -> None:
    assert reason(google, google.enhancement(adjustmentType=None)) == ("REQUIRED", "adjustment_type")
    assert reason(google, google.enhancement(adjustmentType="UNKNOWN"))[0] == "REQUIRED"


def test_it_wants_the_order_id_of_an_enhancement(google: Google) -> None:
    assert reason(google, google.enhancement(orderId=None)) == ("MISSING_ORDER_ID_FOR_WEBPAGE", "order_id")


def test_it_enhances_web_page_actions_only(google: Google) -> None:
    row = google.enhancement(conversionAction=action(1001))
    assert reason(google, row) == ("INVALID_CONVERSION_ACTION_TYPE", "conversion_action")
    assert reason(google, google.enhancement(conversionAction=action(4711)))[0] == "NO_CONVERSION_ACTION_FOUND"


def test_it_enhances_actions_with_enhanced_conversions_only(google: Google, control: Control) -> None:
    control.change("google", "actions", "2001", enhanced_conversions=False)
    assert reason(google, google.enhancement())[0] == "CONVERSION_ACTION_NOT_ELIGIBLE_FOR_ENHANCEMENT"


def test_it_wants_one_to_five_identifiers(google: Google) -> None:
    assert reason(google, google.enhancement(userIdentifiers=[])) == ("REQUIRED_NONEMPTY_LIST", "user_identifiers")
    assert reason(google, google.enhancement(userIdentifiers=[{"hashedEmail": EMAIL}] * 6))[0] == "TOO_MANY"
    assert accepted(google, google.enhancement(userIdentifiers=[{"hashedEmail": EMAIL}] * 5))


def test_it_wants_hashes(google: Google) -> None:
    for value in ("mike@example.com", EMAIL.upper(), EMAIL[:-1]):
        row = google.enhancement(userIdentifiers=[{"hashedEmail": value}])
        assert reason(google, row) == ("INVALID_USER_IDENTIFIER", "user_identifiers[0].hashed_email")


@pytest.mark.parametrize("missing", list(ADDRESS))
def test_it_wants_names_postcode_and_country_of_an_address(google: Google, missing: str) -> None:
    address = {key: value for key, value in ADDRESS.items() if key != missing}
    assert (
        reason(google, google.enhancement(userIdentifiers=[{"addressInfo": address}]))[0] == "INVALID_USER_IDENTIFIER"
    )


def test_it_takes_a_whole_address_and_wants_its_street_hashed(google: Google) -> None:
    def row(street: str) -> dict:
        return google.enhancement(userIdentifiers=[{"addressInfo": ADDRESS | {"hashedStreetAddress": street}}])

    assert accepted(google, row(EMAIL))
    place = "user_identifiers[0].address_info.hashed_street_address"
    assert reason(google, row("Damrak 1")) == ("INVALID_USER_IDENTIFIER", place)


def test_google_43_it_refuses_identifiers_until_the_terms_are_accepted(google: Google, control: Control) -> None:
    control.change("google", "customers", CUSTOMER, terms_accepted=False)
    assert reason(google, google.enhancement())[0] == "CUSTOMER_NOT_ACCEPTED_CUSTOMER_DATA_TERMS"


def test_it_takes_an_enhancement_for_24_hours(google: Google) -> None:
    def row(**offset: float) -> dict:
        return google.enhancement(gclidDateTimePair={"conversionDateTime": at(**offset)})

    assert accepted(google, row(hours=-23, minutes=-58))
    name, place = reason(google, row(hours=-24, minutes=-1))
    assert (name, place) == ("CONVERSION_EXPIRED", "gclid_date_time_pair.conversion_date_time")
    assert reason(google, row(minutes=5))[0] == "LATER_THAN_MAXIMUM_DATE"


def test_it_wants_the_adjustment_after_the_conversion(google: Google) -> None:
    row = google.enhancement(adjustmentDateTime=at(hours=-2))
    assert reason(google, row) == ("ADJUSTMENT_PRECEDES_CONVERSION", "adjustment_date_time")


def test_it_wants_offsets_in_both_times(google: Google) -> None:
    name = "INVALID_STRING_DATE_TIME_SECONDS_WITH_OFFSET"
    assert reason(google, google.enhancement(adjustmentDateTime="2026-11-22 10:00:00"))[0] == name
    pair = {"conversionDateTime": "2026-11-22 10:00"}
    assert reason(google, google.enhancement(gclidDateTimePair=pair))[0] == name


def test_google_38_it_enhances_a_conversion_once(google: Google, control: Control) -> None:
    row = google.enhancement()
    assert accepted(google, row)
    again = google.enhancement(orderId=row["orderId"])
    assert reason(google, again) == ("CONVERSION_ALREADY_ENHANCED", "order_id")
    assert control.counts("google") == (1, 0, 1)
    assert "CONVERSION_ALREADY_ENHANCED" in control.ledger(state="duplicate")["items"][0]["reason"]


def test_it_processes_none_of_two_enhancements_of_one_order_in_one_call(google: Google, control: Control) -> None:
    row = google.enhancement()
    body = google.adjustments(row, google.enhancement(orderId=row["orderId"])).json()
    assert {name for _, name, _ in described(body)} == {"DUPLICATE_ENHANCEMENT_IN_REQUEST"}
    assert control.counts("google") == (0, 2, 0)


def test_google_38_it_restates_and_retracts_what_was_uploaded(google: Google, control: Control) -> None:
    click = google.click()
    google.clicks(click)
    base = {"conversionAction": click["conversionAction"], "orderId": click["orderId"], "adjustmentDateTime": at()}
    restated = base | {"adjustmentType": "RESTATEMENT", "restatementValue": {"adjustedValue": 9.5}}
    retracted = base | {"adjustmentType": "RETRACTION"}
    assert accepted(google, restated)
    assert reason(google, restated)[0] == "RESTATEMENT_ALREADY_EXISTS"
    assert accepted(google, retracted)
    assert reason(google, retracted)[0] == "CONVERSION_ALREADY_RETRACTED"
    assert reason(google, retracted | {"orderId": "never-uploaded"})[0] == "CONVERSION_NOT_FOUND"
    assert control.counts("google") == (3, 1, 2)


def test_it_refuses_corrections_that_contradict_themselves(google: Google) -> None:
    pair = {"gclid": "Cj0KCQ-some-click-of-ours", "conversionDateTime": at(days=-1)}
    row = {
        "adjustmentType": "RETRACTION",
        "conversionAction": action(1001),
        "gclidDateTimePair": pair,
        "adjustmentDateTime": at(),
    }
    assert reason(google, row | {"orderId": "1"})[0] == "GCLID_DATE_TIME_PAIR_AND_ORDER_ID_BOTH_SET"
    assert reason(google, row | {"restatementValue": {"adjustedValue": 1}})[0] == "VALUE_MUST_BE_UNSET"
    assert reason(google, row | {"userIdentifiers": [{"hashedEmail": EMAIL}]})[0] == "VALUE_MUST_BE_UNSET"
    assert reason(google, row | {"adjustmentType": "RESTATEMENT"})[0] == "REQUIRED"
    assert reason(google, row | {"gclidDateTimePair": None})[0] == "REQUIRED"
    old = pair | {"conversionDateTime": at(days=-55)}
    assert reason(google, row | {"gclidDateTimePair": old})[0] == "CONVERSION_EXPIRED"
    assert reason(google, row)[0] == "CONVERSION_NOT_FOUND"

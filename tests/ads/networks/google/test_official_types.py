"""Google's own types as judges: our bodies parse into its requests, its answers read as ours, no code is missing.

The only module that imports the official package, which takes some seconds.
"""

from importlib import import_module
from typing import Any

import pytest
from google.ads.googleads.v26.errors.types import errors
from google.protobuf.json_format import MessageToJson, ParseDict, ParseError
from orjson import loads

from apps.ads.networks.google.codes import _MEANINGS, _OF_A_FIELD, _TABLE, meaning
from apps.ads.networks.google.outcome import read
from apps.ads.networks.google.write import body, element, route
from apps.domain.outcome import Reply, Verdict

VERSIONS = ("v23", "v26")
SERVICES = {
    "click": ("conversion_upload_service", "UploadClickConversionsRequest", "UploadClickConversionsResponse"),
    "adjustment": (
        "conversion_adjustment_upload_service",
        "UploadConversionAdjustmentsRequest",
        "UploadConversionAdjustmentsResponse",
    ),
}


def types(version: str, kind: str) -> tuple[Any, Any]:
    """The protobuf classes of a method's request and response."""
    module, request, response = SERVICES[kind]
    found = import_module(f"google.ads.googleads.{version}.services.types.{module}")
    return getattr(found, request).pb(), getattr(found, response).pb()


def enum_of(kind: str) -> list[str]:
    """Every real code of an error enum, by its field in ErrorCode."""
    field = errors.ErrorCode.pb().DESCRIPTOR.fields_by_name[kind]
    return [value.name for value in field.enum_type.values if value.name not in ("UNSPECIFIED", "UNKNOWN")]


def camel(name: str) -> str:
    """A field's name as REST spells it."""
    head, *tail = name.split("_")
    return head + "".join(part.title() for part in tail)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    "changes", [{}, {"click_kind": "wbraid"}, {"value": None, "identifiers": {}, "options": {"route": "ads_api"}}]
)
def test_google_01_google_04_it_writes_stage_changes_that_google_reads(stage, version, changes):
    owed = stage(**changes)
    request = ParseDict(loads(body(route(owed), [element(owed)] * 2)), types(version, "click")[0]())
    first = request.conversions[0]
    assert (len(request.conversions), request.partial_failure) == (2, True)
    assert getattr(first, owed.click_kind) == owed.click
    assert first.order_id == owed.network_event_id
    assert first.HasField("conversion_value") == (owed.value is not None)
    assert len(first.user_identifiers) == (2 if not changes else 0)


@pytest.mark.parametrize("version", VERSIONS)
def test_google_01_google_04_it_writes_forms_that_google_reads(form, version):
    owed = form(click_kind="gclid", click="Cj0")
    request = ParseDict(loads(body(route(owed), [element(owed)])), types(version, "adjustment")[0]())
    (adjustment,) = request.conversion_adjustments
    assert adjustment.adjustment_type == 4
    assert adjustment.gclid_date_time_pair.gclid == "Cj0"
    assert adjustment.restatement_value.adjusted_value == 1250.5
    assert [user.WhichOneof("identifier") for user in adjustment.user_identifiers] == [
        "hashed_email",
        "hashed_phone_number",
        "address_info",
    ]
    assert adjustment.user_identifiers[2].address_info.city == "Zürich"


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(("shape", "number"), [("retraction", 2), ("restatement", 3)])
def test_google_01_it_writes_corrections_that_google_reads(correction, version, shape, number):
    owed = correction(shape=shape)
    request = ParseDict(loads(body(route(owed), [element(owed)])), types(version, "adjustment")[0]())
    (adjustment,) = request.conversion_adjustments
    assert adjustment.adjustment_type == number
    assert not adjustment.HasField("order_id")
    assert adjustment.HasField("restatement_value") == (shape == "restatement")


def test_it_would_notice_a_field_that_google_does_not_have():
    with pytest.raises(ParseError):
        ParseDict({"conversions": [{"eventName": "x"}]}, types("v26", "click")[0]())


@pytest.mark.parametrize("kind", ["conversion_upload_error", "conversion_adjustment_upload_error"])
def test_google_18_it_knows_every_code_of_both_uploads(kind):
    known = {code: meaning(camel(kind), code) for code in enum_of(kind)}
    assert [code for code, outcome in known.items() if outcome is None] == []


@pytest.mark.parametrize(
    "kind", ["authentication_error", "authorization_error", "not_allowlisted_error", "header_error"]
)
def test_google_18_it_knows_every_code_that_keeps_an_account_from_sending(kind):
    outcomes = [meaning(camel(kind), code) for code in enum_of(kind)]
    assert all(outcome is not None and outcome.verdict is Verdict.HOLD for outcome in outcomes)


def test_google_18_it_knows_no_code_that_google_does_not_have():
    fields = errors.ErrorCode.pb().DESCRIPTOR.fields_by_name
    ours = {(kind, code) for kind, code in _MEANINGS if kind not in ("errorInfo", "badRequest")}
    theirs = {(camel(kind), code) for kind in fields for code in enum_of(kind)}
    assert ours <= theirs
    assert {camel(kind) for kind in fields} >= _OF_A_FIELD


def test_it_gives_every_code_one_meaning():
    assert len(_MEANINGS) == sum(len(codes) for rows in _TABLE.values() for _, codes in rows)


def test_it_reads_the_partial_failure_that_google_writes():
    upload = errors.ErrorCode.pb().DESCRIPTOR.fields_by_name["conversion_upload_error"].enum_type.values_by_name
    failure = errors.GoogleAdsFailure.pb()(request_id="abc")
    for index, code in ((0, "TOO_RECENT_EVENT"), (2, "EVENT_NOT_FOUND")):
        error = failure.errors.add()
        error.error_code.conversion_upload_error = upload[code].number
        error.location.field_path_elements.add(field_name="conversions", index=index)
        error.location.field_path_elements.add(field_name="gclid")
    response = types("v26", "click")[1]()
    for gclid in ("", "a", ""):
        response.results.add(**({"gclid": gclid} if gclid else {}))
    response.partial_failure_error.code = 3
    response.partial_failure_error.details.add().Pack(failure)
    reading = read(Reply(200, {}, MessageToJson(response).encode()), 3)
    assert [(outcome.verdict, outcome.code) for outcome in reading.outcomes] == [
        (Verdict.RETRY, "TOO_RECENT_EVENT"),
        (Verdict.ACCEPTED, ""),
        (Verdict.ACCEPTED, "EVENT_NOT_FOUND"),
    ]
    assert reading.trace_id == "abc"

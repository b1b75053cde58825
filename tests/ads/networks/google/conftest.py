"""A conversion to write and Google's answers to read, in the shapes that the REST interface uses."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from apps.ads.asking import NotThere, ask
from apps.ads.networks.google import NETWORK
from apps.ads.wire import Call, Inquiry, Target
from apps.domain.decision import Owed
from apps.domain.facts import Account, Signal, Trigger, Workspace
from apps.domain.money import Money
from apps.domain.outcome import Outcome, Reply
from tests.conftest import Sandbox
from tests.sandbox.callers import GOOGLE_TOKEN, Control

EMAIL = "509e933019bb285a134a9334b8bb679dff79d0ce023d529af4bd744d47b4fd8a"
PHONE = "fb4f73a6ec5fdb7077d564cdd22c3554b43ce49168550c3b12c547b78c517b30"
GIVEN = "128a07bfe2df877c52076e60d7774cf5baaa046c5a6c48daf30ff43ecca2f814"
FAMILY = "77762c287e61ce065bee5c15464012c6fbe088398b8057627d5577249430d574"

_STAGE = Owed(
    shape="click_conversion",
    network_event_id="cs-7f3a-customer",
    event_name="Customer",
    destination="1003",
    occurred_at=datetime(2026, 11, 20, 14, 5, 9, 123456, tzinfo=UTC),
    value=Money(Decimal("1250.50"), "EUR"),
    identifiers={"email": (EMAIL,), "phone": (PHONE,)},
    click_kind="gclid",
    click="Cj0KCQ_-Example",
    signal=Signal("s1", Trigger.STAGE_CHANGE, "customer", datetime(2026, 11, 20, 14, 5, 9, tzinfo=UTC)),
    account=Account("google", "123-456-7890"),
    workspace=Workspace("w1", "EUR"),
    options={"ad_user_data": "granted", "route": "ads_api"},
)
_FORM = replace(
    _STAGE,
    shape="enhancement",
    network_event_id="cs-91bd-contact",
    destination="2001",
    identifiers={
        "email": (EMAIL,),
        "phone": (PHONE,),
        "firstname": (GIVEN,),
        "lastname": (FAMILY,),
        "street": ("5e3f",),
        "city": ("Zürich",),
        "state": ("ZH",),
        "zip": ("8001",),
        "country": ("CH",),
    },
    click_kind="",
    click="",
    signal=Signal(
        "s2",
        Trigger.FORM_SUBMISSION,
        "contact-form",
        datetime(2026, 11, 20, 14, 5, 9, tzinfo=UTC),
        order_id="tag-556677",
        client_user_agent='Mozilla/5.0 (X11; "Linux")',
    ),
    options={},
)

_RESTATED = replace(
    _STAGE,
    shape="restatement",
    network_event_id="cs-0c44-restated",
    identifiers={},
    signal=Signal(
        "s3",
        "adjustment",
        "customer",
        datetime(2026, 11, 20, 14, 5, 9, tzinfo=UTC),
        adjustment="restatement",
        original_occurred_at=datetime(2026, 11, 1, 8, 0, tzinfo=UTC),
    ),
    options={},
)

MakeOwed = Callable[..., Owed]
MakeReply = Callable[..., Reply]


@pytest.fixture(scope="session")
def stage() -> MakeOwed:
    """A stage change as it will leave, with some of it changed."""
    return lambda **changes: replace(_STAGE, **changes)


@pytest.fixture(scope="session")
def event() -> MakeOwed:
    """A stage change as it leaves where the event chose no route, with some of it changed."""
    return lambda **changes: replace(_STAGE, **{"options": {"ad_user_data": "granted"}, **changes})


@pytest.fixture(scope="session")
def form() -> MakeOwed:
    """A form submission as it will leave, with some of it changed."""
    return lambda **changes: replace(_FORM, **changes)


@pytest.fixture(scope="session")
def correction() -> MakeOwed:
    """A restatement of an earlier conversion as it will leave, with some of it changed."""
    return lambda **changes: replace(_RESTATED, **changes)


def _error(kind: str, code: str, index: int | None, field: str, details: Mapping[str, Any]) -> dict[str, Any]:
    error: dict[str, Any] = {"errorCode": {kind: code}, "message": "as Google puts it"}
    if index is not None:
        path = [{"fieldName": field, "index": index}, {"fieldName": "user_identifiers", "index": 0}]
        error["location"] = {"fieldPathElements": path}
    return error | ({"details": dict(details)} if details else {})


@pytest.fixture(scope="session")
def error() -> Callable[..., dict[str, Any]]:
    """One GoogleAdsError: `error(kind, code, index, field=..., **details)`; without an index it is the request's."""

    def make(
        kind: str, code: str, index: int | None = None, *, field: str = "conversions", **details: Any
    ) -> dict[str, Any]:
        return _error(kind, code, index, field, details)

    return make


def _failure(errors: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {
        "@type": "type.googleapis.com/google.ads.googleads.v26.errors.GoogleAdsFailure",
        "errors": list(errors),
        "requestId": "fromTheFailure",
    }


@pytest.fixture(scope="session")
def uploaded() -> MakeReply:
    """A 200 for rows that are taken (True) or not, with the errors of those that are not."""

    def make(taken: Sequence[bool], *errors: Mapping[str, Any]) -> Reply:
        results = [
            {"gclid": "x", "conversionAction": "customers/1/conversionActions/2"} if row else {} for row in taken
        ]
        document: dict[str, Any] = {"results": results, "jobId": "4294967297"}
        if errors:
            document["partialFailureError"] = {"code": 3, "message": "Multiple errors", "details": [_failure(errors)]}
        return Reply(200, {"request-id": "fromTheHeader"}, json.dumps(document).encode())

    return make


@pytest.fixture(scope="session")
def refused() -> MakeReply:
    """A refusal of the whole request, with Google Ads' own errors or with other details of google.rpc.Status."""

    def make(
        status: int,
        *errors: Mapping[str, Any],
        details: Sequence[Mapping[str, Any]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        failures = [_failure(errors)] if errors else []
        body = {"error": {"code": status, "status": "INVALID_ARGUMENT", "details": [*failures, *details]}}
        return Reply(status, headers or {}, json.dumps(body).encode())

    return make


class Side:
    """Google's stand-in, asked as the product asks it, and its world, which a test may change."""

    def __init__(self, url: str) -> None:
        self.control = Control(url)
        self.control.restore()

    def target(self, account_id: str = "", **changes: Any) -> Target:
        """A target with the default world's token."""
        return Target(f"{self.control.url}/google", account_id, {"access_token": GOOGLE_TOKEN}, **changes)

    def ask(self, inquiry: Inquiry[Any]) -> Any:
        """What the inquiry finds at the stand-in."""
        return ask(NETWORK, inquiry)

    def reply(self, call: Call) -> Reply:
        """The stand-in's answer to one call of an inquiry."""
        answer = self.control.session.request(
            call.method, call.url, headers=dict(call.headers), data=call.body or None, timeout=10
        )
        return Reply(answer.status_code, dict(answer.headers), answer.content)

    def refused(self, inquiry: Inquiry[Any]) -> Outcome:
        """Why the stand-in does not give it."""
        with pytest.raises(NotThere) as refused:
            self.ask(inquiry)
        return refused.value.outcome

    def change(self, part: str, identifier: str, **changes: Any) -> None:
        """Change one thing of its world, found by its id (or token)."""
        self.control.change("google", part, identifier, **changes)

    def change_world(self, **changes: Any) -> None:
        """Replace parts of its world."""
        self.control.change_world("google", **changes)

    def world(self) -> Any:
        """Its world."""
        return self.control.call("GET", "world").json()["google"]


@pytest.fixture
def side(sandbox: Sandbox) -> Iterator[Side]:
    """Google's stand-in with its default world."""
    side = Side(sandbox.url)
    yield side
    side.control.restore()

"""Google's unmodified client libraries against the sandbox: over gRPC and TLS, and over REST."""

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.conftest import Sandbox
from tests.sandbox.callers import CUSTOMER, EMAIL, GOOGLE_TOKEN, MANAGER, Control, action, at
from tests.sandbox.test_google_oauth import APP, SignIn
from tests.sandbox.test_google_reads import select

Json = dict[str, Any]
CLICKS = ("ConversionUploadService", "upload_click_conversions")
ADJUSTMENTS = ("ConversionAdjustmentUploadService", "upload_conversion_adjustments")
SEARCH = ("GoogleAdsService", "search")


def certificate() -> tuple[bytes, bytes]:
    """A certificate for localhost, signed by itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return made.public_bytes(serialization.Encoding.PEM), secret


class Official:
    """The process with the client libraries."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process

    def do(self, **command: Any) -> Json:
        """Give a command and read how it ended."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(command) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, "The process with the client libraries ended."
        return json.loads(line)

    def ads(self, call: tuple[str, str], *, login: str | None = None, **request: Any) -> Json:
        """Call the Google Ads API with its newest version and proto-plus messages."""
        return self.ads_as(call, request, login=login)

    def ads_as(
        self,
        call: tuple[str, str],
        request: Json,
        *,
        version: str = "v26",
        proto_plus: bool = True,
        login: str | None = None,
        **credentials: str,
    ) -> Json:
        """Call the Google Ads API as somebody."""
        service, method = call
        return self.do(
            api="ads",
            service=service,
            method=method,
            request=request,
            version=version,
            proto_plus=proto_plus,
            login=login,
            credentials=credentials or {"token": GOOGLE_TOKEN},
        )

    def data_manager(self, method: str, request: Json, **credentials: Any) -> Json:
        """Call the Data Manager API."""
        return self.do(
            api="data manager", method=method, request=request, credentials=credentials or {"token": GOOGLE_TOKEN}
        )


@pytest.fixture(scope="module")
def endpoint(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The sandbox over gRPC and TLS: its address, and the certificate to trust."""
    folder = tmp_path_factory.mktemp("tls")
    chain, key = folder / "chain.pem", folder / "key.pem"
    for path, text in zip((chain, key), certificate(), strict=True):
        path.write_bytes(text)
    module = ["-W", "ignore", "-m", "apps.sandbox.google.grpc_server"]
    files = ["--certificate", str(chain), "--key", str(key), "--sandbox", sandbox.url]
    with subprocess.Popen([sys.executable, *module, *files], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield f"localhost:{process.stdout.readline().strip()}", chain
        process.terminate()


@pytest.fixture(scope="module")
def official_process(sandbox: Sandbox, endpoint: tuple[str, Path]) -> Iterator[Official]:
    """The client libraries, trusting the test's certificate."""
    address, chain = endpoint
    with subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "tests.sandbox.official", sandbox.url, address],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"GRPC_DEFAULT_SSL_ROOTS_FILE_PATH": str(chain), "GRPC_VERBOSITY": "NONE"},
    ) as process:
        yield Official(process)
        process.terminate()


@pytest.fixture
def official(official_process: Official, control: Control) -> Official:
    """The client libraries and an empty ledger."""
    control.touched = True
    return official_process


def click(**changes: Any) -> Json:
    return {
        "gclid": f"Cj0K-{uuid.uuid4().hex}",
        "conversion_action": action(1001),
        "conversion_date_time": at(minutes=-5),
        "conversion_value": 12.5,
        "currency_code": "EUR",
        "order_id": uuid.uuid4().hex,
        "user_identifiers": [{"hashed_email": EMAIL}],
        "consent": {"ad_user_data": "GRANTED"},
    } | changes


def clicks(official: Official, *rows: Json, **others: Any) -> Json:
    request = {"customer_id": CUSTOMER, "conversions": list(rows), "partial_failure": True}
    return official.ads(CLICKS, **(request | others))


def codes(failure: Json) -> list[tuple[str, str]]:
    return [next(iter(error["error_code"].items())) for error in failure["errors"]]


@pytest.mark.parametrize("proto_plus", [True, False])
@pytest.mark.parametrize("version", ["v23", "v24", "v25", "v26"])
def test_google_37_the_ads_client_uploads_clicks(
    official: Official, control: Control, version: str, proto_plus: bool
) -> None:
    row = click()
    request = {"customer_id": CUSTOMER, "conversions": [row], "partial_failure": True, "job_id": 17}
    answer = official.ads_as(CLICKS, request, version=version, proto_plus=proto_plus)["answer"]
    assert answer["results"][0]["gclid"] == row["gclid"]
    assert answer["job_id"] == "17"
    assert control.counts("google") == (1, 0, 0)


def test_google_40_the_ads_client_reads_a_partial_failure(official: Official, control: Control) -> None:
    answer = clicks(official, click(gclid="short"), click(), click(gclid=""))["answer"]
    assert [bool(result) for result in answer["results"]] == [False, True, True]
    assert codes(answer["failure"]) == [("conversion_upload_error", "UNPARSEABLE_GCLID")]
    path = answer["failure"]["errors"][0]["location"]["field_path_elements"]
    assert path == [{"field_name": "conversions", "index": 0}, {"field_name": "gclid"}]
    assert control.counts("google") == (2, 1, 0)


def test_google_37_the_ads_client_sends_a_full_call(official: Official, control: Control) -> None:
    answer = clicks(official, *(click() for _ in range(2000)))["answer"]
    assert len(answer["results"]) == 2000
    assert control.counts("google") == (2000, 0, 0)
    refused = clicks(official, *(click() for _ in range(2001)))
    assert codes(refused["failure"]) == [("conversion_upload_error", "TOO_MANY_CONVERSIONS_IN_REQUEST")]


def test_google_37_the_ads_client_uploads_adjustments(official: Official, control: Control) -> None:
    row = {
        "adjustment_type": "ENHANCEMENT",
        "conversion_action": action(2001),
        "order_id": uuid.uuid4().hex,
        "user_identifiers": [{"hashed_email": EMAIL}],
    }
    request = {"customer_id": CUSTOMER, "conversion_adjustments": [row, row], "partial_failure": True}
    answer = official.ads(ADJUSTMENTS, **request)["answer"]
    assert {code for _, code in codes(answer["failure"])} == {"DUPLICATE_ENHANCEMENT_IN_REQUEST"}
    answer = official.ads(ADJUSTMENTS, **request | {"conversion_adjustments": [row]})["answer"]
    assert answer["results"][0]["adjustment_type"] == "ENHANCEMENT"
    assert control.counts("google") == (1, 2, 0)


def test_google_37_the_ads_client_lists_and_searches(official: Official) -> None:
    listed = official.ads(("CustomerService", "list_accessible_customers"))
    assert listed["answer"]["resource_names"] == [f"customers/{CUSTOMER}", f"customers/{MANAGER}"]
    query = select(
        *(f"conversion_action.{name}" for name in ("id", "name", "type", "status", "category", "tag_snippets")),
        of="conversion_action",
    )
    pages = official.ads(SEARCH, customer_id=CUSTOMER, query=query)["answer"]
    assert [row["conversion_action"]["name"] for row in pages] == ["Lead", "Qualified lead", "Customer", "Contact form"]
    assert pages[-1]["conversion_action"]["tag_snippets"]
    streamed = official.ads(("GoogleAdsService", "search_stream"), customer_id=CUSTOMER, query=query)
    assert streamed["answer"] == pages


def test_google_46_the_ads_client_reads_a_bad_query(official: Official) -> None:
    query = select("customer.conversion_tracking_setting.enhanced_conversions_for_leads_enabled")
    request = {"customer_id": CUSTOMER, "query": query}
    assert codes(official.ads(SEARCH, **request)["failure"]) == [("query_error", "UNRECOGNIZED_FIELD")]
    assert official.ads_as(SEARCH, request, version="v25")["answer"]


def test_google_33_the_ads_client_makes_an_action(official: Official) -> None:
    create = {"name": "Demo booked", "type_": "UPLOAD_CLICKS", "category": "BOOK_APPOINTMENT"}
    call = ("ConversionActionService", "mutate_conversion_actions")
    request = {"customer_id": CUSTOMER, "operations": [{"create": create}]}
    name = official.ads(call, **request)["answer"]["results"][0]["resource_name"]
    assert clicks(official, click(conversion_action=name))["answer"]["results"][0]["gclid"]
    assert codes(official.ads(call, **request)["failure"]) == [("conversion_action_error", "DUPLICATE_NAME")]
    update = {"resource_name": name, "name": "Demo held"}
    request = {"customer_id": CUSTOMER, "operations": [{"update": update, "update_mask": {"paths": ["name"]}}]}
    assert official.ads(call, **request)["answer"]["results"] == [{"resource_name": name}]


def test_google_34_the_ads_client_bids_on_a_goal(official: Official) -> None:
    name = f"customers/{CUSTOMER}/customerConversionGoals/QUALIFIED_LEAD~WEBSITE"
    operation = {"update": {"resource_name": name, "biddable": False}, "update_mask": {"paths": ["biddable"]}}
    call = ("CustomerConversionGoalService", "mutate_customer_conversion_goals")
    answer = official.ads(call, customer_id=CUSTOMER, operations=[operation])["answer"]
    assert answer["results"] == [{"resource_name": name}]


def test_google_43_the_ads_client_reads_who_may_not(official: Official, control: Control) -> None:
    request = {"customer_id": CUSTOMER, "query": select("customer.id")}
    denied = official.ads(SEARCH, login="1112223333", **request)
    assert (denied["error"], codes(denied["failure"])) == (
        "GoogleAdsException",
        [("authorization_error", "USER_PERMISSION_DENIED")],
    )
    assert denied["request_id"] == denied["failure"]["request_id"]
    control.change("google", "tokens", GOOGLE_TOKEN, state="expired")
    expired = official.ads(SEARCH, **request)
    assert codes(expired["failure"]) == [("authentication_error", "OAUTH_TOKEN_EXPIRED")]
    assert official.ads_as(SEARCH, request, token="stolen")["error"] == "Unauthenticated"


def test_google_43_the_ads_client_reads_that_it_came_too_late(official: Official, control: Control) -> None:
    control.change("google", "customers", CUSTOMER, allow_listed=False)
    refused = clicks(official, click(), validate_only=True)
    assert codes(refused["failure"]) == [("not_allowlisted_error", "CUSTOMER_NOT_ALLOWLISTED_FOR_THIS_FEATURE")]


def test_google_45_the_ads_client_keeps_a_quota_in_its_trailing_metadata(official: Official, control: Control) -> None:
    control.change("google", "customers", CUSTOMER, calls_per_minute=0)
    refused = official.ads(SEARCH, customer_id=CUSTOMER, query=select("customer.id"))
    assert refused["error"] == "ResourceExhausted"
    (error,) = refused["failure"]["errors"]
    details = error["details"]["quota_error_details"]
    assert details["rate_scope"] == "ACCOUNT"
    assert details["retry_delay"] == "60s"
    assert refused["failure"]["request_id"]


@pytest.mark.parametrize(
    ("fault", "taken"), [({"status": 503}, 0), ({"reset": True}, 0), ({"drop_after_commit": True}, 1)]
)
def test_google_45_the_ads_client_sees_the_sandbox_fail_before_and_after_it_took_the_row(
    official: Official, control: Control, fault: Json, taken: int
) -> None:
    control.fault("google", **fault)
    assert clicks(official, click())["error"] == "ServiceUnavailable"
    assert control.counts("google") == (taken, 0, 0)


def test_google_44_the_ads_client_signs_in_with_a_refresh_token(official: Official, control: Control) -> None:
    sign_in = SignIn(control)
    refresh = sign_in.tokens()["refresh_token"]
    who = {"token": None, "refresh_token": refresh, "token_uri": f"{sign_in.base}/token", **APP}
    request = {"customer_id": CUSTOMER, "query": select("customer.id")}
    assert official.ads_as(SEARCH, request, **who)["answer"]
    sign_in.post("revoke", token=refresh)
    # The client library hides a dead grant behind something that looks as if it would pass.
    assert official.ads_as(SEARCH, request, **who)["error"] == "ServiceUnavailable"


def event(**changes: Any) -> Json:
    moment = datetime.now(UTC) - timedelta(minutes=5)
    return {
        "transaction_id": f"t-{uuid.uuid4().hex}",
        "event_timestamp": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "event_source": "OTHER",
        "ad_identifiers": {"gclid": f"Cj0K-{uuid.uuid4().hex}"},
        "user_data": {"user_identifiers": [{"email_address": EMAIL}]},
        "conversion_value": 12.5,
        "currency": "EUR",
    } | changes


def ingestion(*events: Json, **changes: Any) -> Json:
    account = {"account_type": "GOOGLE_ADS", "account_id": CUSTOMER}
    destination = {"operating_account": account, "product_destination_id": "1001"}
    return {"destinations": [destination], "encoding": "HEX", "events": list(events)} | changes


def test_google_37_the_data_manager_client_sends_events_and_asks_after_them(
    official: Official, control: Control
) -> None:
    request_id = official.data_manager("ingest_events", ingestion(event(), event()))["answer"]["request_id"]
    assert control.counts("google") == (2, 0, 0)
    asked = {"request_id": request_id}
    for minutes, state in ((0, "PROCESSING"), (31, "SUCCESS")):
        control.set_clock(minutes=minutes)
        (found,) = official.data_manager("retrieve_request_status", asked)["answer"]["request_status_per_destination"]
        assert found["request_status"] == state
    control.set_clock(days=51)
    old = official.data_manager("retrieve_request_status", asked)
    assert (old["error"], old["details"][0]["reason"]) == ("BadRequest", "REQUEST_TOO_OLD")


def test_google_42_the_data_manager_client_reads_which_event_spoiled_it(official: Official, control: Control) -> None:
    refused = official.data_manager("ingest_events", ingestion(event(), event(currency="EURO")))
    assert refused["error"] == "BadRequest"
    (violation,) = refused["details"][1]["fieldViolations"]
    assert violation["field"] == "events.events[1].currency"
    assert control.counts("google") == (0, 2, 0)


def test_google_42_the_data_manager_client_rehearses(official: Official, control: Control) -> None:
    assert official.data_manager("ingest_events", ingestion(event(), validate_only=True))["answer"] == {}
    assert control.counts("google") == (0, 0, 0)


def test_google_45_the_data_manager_client_reads_when_to_come_back(official: Official, control: Control) -> None:
    control.change_world("google", projects=[{"id": "sandbox", "ingests_per_minute": 0}])
    refused = official.data_manager("ingest_events", ingestion(event()))
    assert refused["error"] == "TooManyRequests"
    assert [each["retryDelay"] for each in refused["details"] if "retryDelay" in each] == ["60s"]


def test_google_44_the_data_manager_client_reads_a_missing_scope_and_a_dead_grant(
    official: Official, control: Control
) -> None:
    sign_in = SignIn(control)
    adwords = "https://www.googleapis.com/auth/adwords"
    tokens = sign_in.tokens(ticked=(adwords,))
    denied = official.data_manager("ingest_events", ingestion(event()), token=tokens["access_token"])
    assert denied["error"] == "Forbidden"
    assert denied["details"][0]["reason"] == "ACCESS_TOKEN_SCOPE_INSUFFICIENT"
    sign_in.post("revoke", token=tokens["refresh_token"])
    who = {"refresh_token": tokens["refresh_token"], "token_uri": f"{sign_in.base}/token", **APP}
    dead = official.data_manager("ingest_events", ingestion(event()), token=None, **who)
    assert dead["error"] == "RefreshError"
    assert "invalid_grant" in dead["says"]

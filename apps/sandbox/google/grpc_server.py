"""The Google Ads API over gRPC and TLS, for Google's own client: every call is asked of the sandbox over REST.

`python -m apps.sandbox.google.grpc_server --certificate FILE --key FILE [--port PORT] [--sandbox URL]`. It judges
nothing itself. Only tests need it; it prints the port it listens on, and the client's endpoint is `localhost:PORT`.
"""

import argparse
import importlib
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import requests
from google.protobuf.json_format import MessageToDict, ParseDict

from apps.sandbox.google.fields import VERSIONS

PACKAGE = "google.ads.googleads"
LOOPBACK = "127.0.0.1"
LARGEST = 64 * 1024 * 1024
SECONDS = 120
UNREACHABLE = {"status": "UNAVAILABLE", "message": "The service is currently unavailable."}
# What of a call's metadata goes on as headers.
HEADERS = ("authorization", "login-customer-id", "developer-token")


@dataclass(frozen=True)
class Call:
    """One method: its service, the module and the stem of its messages' names, and what it is over REST."""

    service: str
    method: str
    module: str
    stem: str
    path: str
    verb: str = "POST"

    @property
    def streams(self) -> bool:
        """Return whether the answer is a stream."""
        return self.method == "SearchStream"


CALLS = (
    Call(
        "ConversionUploadService",
        "UploadClickConversions",
        "conversion_upload_service",
        "UploadClickConversions",
        "/{customer}:uploadClickConversions",
    ),
    Call(
        "ConversionAdjustmentUploadService",
        "UploadConversionAdjustments",
        "conversion_adjustment_upload_service",
        "UploadConversionAdjustments",
        "/{customer}:uploadConversionAdjustments",
    ),
    Call("GoogleAdsService", "Search", "google_ads_service", "SearchGoogleAds", "/{customer}/googleAds:search"),
    Call(
        "GoogleAdsService",
        "SearchStream",
        "google_ads_service",
        "SearchGoogleAdsStream",
        "/{customer}/googleAds:searchStream",
    ),
    Call(
        "CustomerService",
        "ListAccessibleCustomers",
        "customer_service",
        "ListAccessibleCustomers",
        ":listAccessibleCustomers",
        verb="GET",
    ),
    Call(
        "ConversionActionService",
        "MutateConversionActions",
        "conversion_action_service",
        "MutateConversionActions",
        "/{customer}/conversionActions:mutate",
    ),
    Call(
        "CustomerConversionGoalService",
        "MutateCustomerConversionGoals",
        "customer_conversion_goal_service",
        "MutateCustomerConversionGoals",
        "/{customer}/customerConversionGoals:mutate",
    ),
)


class Shim:
    """Takes one version's calls to the sandbox and brings the answers back."""

    def __init__(self, sandbox: str, version: str) -> None:
        self.base, self.version = f"{sandbox.rstrip('/')}/google/{version}/customers", version

    def handlers(self) -> Iterator[grpc.GenericRpcHandler]:
        """Yield a handler per service; bytes come in and go out, so that nothing is imported before it is asked for."""
        for service in dict.fromkeys(call.service for call in CALLS):
            methods = {call.method: self._handler(call) for call in CALLS if call.service == service}
            yield grpc.method_handlers_generic_handler(f"{PACKAGE}.{self.version}.services.{service}", methods)

    def _handler(self, call: Call) -> grpc.RpcMethodHandler:
        if call.streams:
            return grpc.unary_stream_rpc_method_handler(lambda body, context: iter(self._serve(call, body, context)))
        return grpc.unary_unary_rpc_method_handler(lambda body, context: self._serve(call, body, context)[0])

    def _serve(self, call: Call, body: bytes, context: grpc.ServicerContext) -> Sequence[bytes]:
        request = self._type(f"services.types.{call.module}", f"{call.stem}Request").FromString(body)
        found, request_id = self._asked(call, request, dict(context.invocation_metadata()))
        if "error" in found:
            self._refuse(found["error"], request_id, context)
        context.set_trailing_metadata((("request-id", request_id),))
        # The failures inside an answer are of a type that must be known before they can be read.
        self._type("errors.types.errors", "GoogleAdsFailure")
        response = self._type(f"services.types.{call.module}", f"{call.stem}Response")
        chunks = found if call.streams else [found]
        return [ParseDict(chunk, response()).SerializeToString() for chunk in chunks]

    def _asked(self, call: Call, request: Any, given: Mapping[str, str]) -> tuple[Any, str]:
        try:
            answer = requests.request(
                call.verb,
                self.base + call.path.format(customer=getattr(request, "customer_id", "")),
                json=MessageToDict(request) if call.verb == "POST" else None,
                headers={name: given[name] for name in HEADERS if name in given},
                timeout=SECONDS,
            )
            return answer.json(), answer.headers.get("request-id", "")
        except requests.RequestException:
            return {"error": UNREACHABLE}, ""

    def _refuse(self, error: dict[str, Any], request_id: str, context: grpc.ServicerContext) -> None:
        metadata: list[tuple[str, str | bytes]] = [("request-id", request_id)]
        failure = self._type("errors.types.errors", "GoogleAdsFailure")
        for detail in error.get("details", ()):
            if detail["@type"].endswith(".GoogleAdsFailure"):
                inner = {name: value for name, value in detail.items() if name != "@type"}
                key = f"{PACKAGE}.{self.version}.errors.googleadsfailure-bin"
                metadata.append((key, ParseDict(inner, failure()).SerializeToString()))
        context.set_trailing_metadata(tuple(metadata))
        # Raises: nothing comes after it.
        context.abort(getattr(grpc.StatusCode, error["status"], grpc.StatusCode.UNKNOWN), error["message"])

    def _type(self, module: str, name: str) -> Any:
        return getattr(importlib.import_module(f"{PACKAGE}.{self.version}.{module}"), name).pb()


def start(*, sandbox: str, certificate: bytes, key: bytes, port: int = 0) -> tuple[grpc.Server, int]:
    """Start a server on loopback and return it with its port; 0 is any that is free."""
    sizes = [(f"grpc.max_{way}_message_length", LARGEST) for way in ("receive", "send")]
    server = grpc.server(ThreadPoolExecutor(max_workers=8), options=sizes)
    for version in VERSIONS:
        server.add_generic_rpc_handlers(tuple(Shim(sandbox, version).handlers()))
    bound = server.add_secure_port(f"{LOOPBACK}:{port}", grpc.ssl_server_credentials([(key, certificate)]))
    server.start()
    return server, bound


def main() -> None:
    """Serve until the process is ended."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--certificate", type=Path, required=True, help="a certificate for localhost, PEM")
    parser.add_argument("--key", type=Path, required=True, help="its key, PEM")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--sandbox", default=f"http://{LOOPBACK}:8010")
    given = parser.parse_args()
    server, port = start(
        sandbox=given.sandbox,
        certificate=given.certificate.read_bytes(),
        key=given.key.read_bytes(),
        port=given.port,
    )
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    server.wait_for_termination()


if __name__ == "__main__":
    main()

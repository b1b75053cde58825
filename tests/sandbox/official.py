"""Google's own client libraries in a process of their own: a JSON command per line in, a JSON answer per line out.

`python -m tests.sandbox.official SANDBOX_URL GRPC_ENDPOINT`. Apart because they bring 170 MB of modules and threads.
"""

import json
import sys
import warnings
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from google.ads import datamanager_v1
    from google.ads.datamanager_v1.services.ingestion_service.transports import IngestionServiceRestTransport
    from google.ads.googleads.client import GoogleAdsClient
    from google.ads.googleads.errors import GoogleAdsException
    from google.ads.googleads.v26.errors.types.errors import GoogleAdsFailure
    from google.api_core.exceptions import GoogleAPICallError
    from google.auth.exceptions import RefreshError
    from google.oauth2.credentials import Credentials
    from google.protobuf.json_format import MessageToDict

SECONDS = 20
FAILURE = "google.ads.googleads.v26.errors.googleadsfailure-bin"
Json = dict[str, Any]


def call_ads(command: Json, sandbox: str, endpoint: str) -> object:
    """Call the Google Ads API with the unmodified client."""
    client = GoogleAdsClient(
        credentials=Credentials(**command["credentials"]),
        endpoint=endpoint,
        version=command["version"],
        use_proto_plus=command["proto_plus"],
        login_customer_id=command["login"],
    )
    service = client.get_service(command["service"])
    answer = getattr(service, command["method"])(request=command["request"], timeout=SECONDS)
    if command["method"] == "search":
        return [plain(row) for row in answer]
    if command["method"] == "search_stream":
        return [plain(row) for chunk in answer for row in chunk.results]
    failed = [plain(GoogleAdsFailure.deserialize(detail.value)) for detail in failures(answer)]
    return plain(answer) | ({"failure": failed[0]} if failed else {})


def call_data_manager(command: Json, sandbox: str, endpoint: str) -> object:
    """Call the Data Manager API with the unmodified client over its REST transport."""
    parts = urlsplit(sandbox)
    transport = IngestionServiceRestTransport(
        host=f"{parts.netloc}/google", url_scheme=parts.scheme, credentials=Credentials(**command["credentials"])
    )
    client = datamanager_v1.IngestionServiceClient(transport=transport)
    return plain(getattr(client, command["method"])(request=command["request"], timeout=SECONDS))


def failures(answer: Any) -> Iterator[Any]:
    """The details of a partial failure."""
    status = getattr(answer, "partial_failure_error", None)
    yield from (status.details if status is not None and status.code else ())


def plain(message: Any) -> Json:
    """A message of either kind as JSON; what nobody here can unpack is left out."""
    pb = type(message).pb(message) if hasattr(type(message), "pb") else message
    return MessageToDict(pb, preserving_proto_field_name=True)


def refused(error: GoogleAPICallError) -> Json:
    """An error that the client did not wrap: with its details over REST, over gRPC with its trailing metadata's."""
    found: Json = {"error": type(error).__name__, "details": [each for each in error.details if isinstance(each, dict)]}
    calls = [each for each in error.errors if hasattr(each, "trailing_metadata")]
    for key, value in calls[0].trailing_metadata() if calls else ():
        if key == FAILURE:
            found["failure"] = plain(GoogleAdsFailure.deserialize(value))
    return found


def obey(command: Json, sandbox: str, endpoint: str) -> object:
    """Do one command and tell how it ended."""
    call = call_ads if command["api"] == "ads" else call_data_manager
    try:
        return {"answer": call(command, sandbox, endpoint)}
    except GoogleAdsException as error:
        failure = plain(error.failure)
        return {"error": "GoogleAdsException", "request_id": error.request_id, "failure": failure}
    except RefreshError as error:
        return {"error": "RefreshError", "says": str(error)}
    except GoogleAPICallError as error:
        return refused(error)


def main() -> None:
    """Obey until there are no more commands."""
    _, sandbox, endpoint = sys.argv
    for line in sys.stdin:
        sys.stdout.write(json.dumps(obey(json.loads(line), sandbox, endpoint)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()

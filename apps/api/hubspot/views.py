"""What HubSpot-shaped views have in common: its error body, its headers, its words for a batch."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from rest_framework.response import Response

from apps.api.problems import Problem, Shape
from apps.api.ratelimit import Standing
from apps.api.views import ApiView, UnknownAddress
from apps.core.errors import Fault


def _error_body(problem: Problem) -> dict[str, Any]:
    body = {
        "status": "error",
        "message": problem.detail,
        "correlationId": problem.correlation_id,
        "category": problem.kind.category,
        "context": {},
        "links": {},
    }
    return body | {"errors": error_details(problem.faults)} if problem.faults else body


def error_details(faults: Sequence[Fault]) -> list[dict[str, Any]]:
    """Faults as HubSpot's ErrorDetail."""
    return [
        {"message": each.message, "code": each.code, "in": each.field, "context": {"propertyName": [each.field]}}
        for each in faults
    ]


def moment(value: datetime) -> str:
    """A time as HubSpot writes it: UTC with milliseconds."""
    return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class HubSpotView(ApiView):
    """A view that answers as HubSpot would."""

    shape = Shape("application/json", _error_body)
    schema = None

    def limit_headers(self, standing: Standing) -> dict[str, str]:
        """The limit as HubSpot names it."""
        return {
            "X-HubSpot-RateLimit-Max": str(standing.limit.most),
            "X-HubSpot-RateLimit-Remaining": str(standing.remaining),
            "X-HubSpot-RateLimit-Interval-Milliseconds": str(standing.limit.seconds * 1000),
        }

    def batch(
        self, results: Sequence[dict[str, Any]], errors: Sequence[dict[str, Any]] = (), *, status: int = 200
    ) -> Response:
        """A batch's answer: 207 with `numErrors` when some rows failed."""
        body: dict[str, Any] = {
            "status": "COMPLETE",
            "results": list(results),
            "requestedAt": moment(self.now),
            "startedAt": moment(self.now),
            "completedAt": moment(datetime.now(UTC)),
        }
        if errors:
            body |= {"numErrors": len(errors), "errors": list(errors)}
        return Response(body, status=207 if errors else status)


class UnknownHubSpotAddress(UnknownAddress):
    """The end of HubSpot's addresses."""

    shape = HubSpotView.shape

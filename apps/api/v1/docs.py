"""The API described: OpenAPI, the page that shows it, and each kind of problem."""

from typing import Any

from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularJSONAPIView, SpectacularSwaggerSplitView
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.problems import KINDS, type_address
from apps.api.v1 import schema
from apps.api.v1.views import V1View
from apps.core.errors import NotFound


class Description(SpectacularJSONAPIView):
    """openapi.json."""

    custom_settings = {
        "POSTPROCESSING_HOOKS": ["drf_spectacular.hooks.postprocess_schema_enums", f"{schema.__name__}.complete"],
        "PREPROCESSING_HOOKS": [f"{schema.__name__}.only_v1"],
        "TAGS": [
            {"name": "Events", "description": "Conversion events: what is sent, where, and when."},
            {"name": "Signals", "description": "What happened, and what became of it."},
            {
                "name": "Replays",
                "description": "Sending again what ended badly, and sending history late.",
            },
            {"name": "Contacts", "description": "Contacts in bulk. One at a time: the HubSpot-shaped routes."},
            {"name": "Consent", "description": "What contacts agreed to, as facts with their dates."},
            {"name": "Privacy", "description": "What left about a person, and erasing them."},
            {"name": "Forms", "description": "Forms and their submissions."},
        ],
    }


class Docs(SpectacularSwaggerSplitView):
    """The page; its scripts come from here alone, as the Content-Security-Policy demands."""

    url_name = "openapi"
    template_name = "api/docs.html"


class ProblemTypeOut(serializers.Serializer[Any]):
    """A kind of problem."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()


class ProblemType(V1View):
    """What an error's `type` leads to."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    def workspace(self) -> None:
        """None's."""

    def count(self) -> None:
        """Not counted."""

    @extend_schema(tags=["Problems"], operation_id="problems_read", responses=ProblemTypeOut)
    def get(self, request: Request, code: str) -> Response:
        """Read what a problem's `type` means."""
        kind = next((kind for kind in KINDS if kind.code == code), None)
        if kind is None:
            raise NotFound("There is no such kind of problem.")
        return Response(ProblemTypeOut({"type": type_address(kind), "title": kind.title, "status": kind.status}).data)

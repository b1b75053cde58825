"""The workspace's own definitions: /crm/v3/properties and /crm/v3/pipelines."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.hubspot.kinds import kind_named
from apps.api.hubspot.views import HubSpotView, moment
from apps.api.reading import a_choice, a_flag, a_list, a_text, a_whole, an_object, single, wrong
from apps.core.errors import NotFound
from apps.records.models import LifecycleStage, Pipeline, PipelineStage, PropertyDefinition
from apps.records.services import property_create
from apps.records.standard import PROPERTIES
from apps.workspaces.models import Workspace

TYPES = ("string", "number", "date", "datetime", "enumeration", "bool", "phone_number")
FIELD_TYPES = (
    *("textarea", "text", "date", "file", "number", "select", "radio", "checkbox", "booleancheckbox"),
    *("calculation_equation", "html", "phonenumber"),
)
# What HubSpot's clients send of a property beside what is kept here.
_PASSED_OVER = (
    *("hidden", "displayOrder", "description", "formField", "hasUniqueValue", "externalOptions"),
    *("calculationFormula", "referencedObjectType", "dataSensitivity", "currencyPropertyName", "numberDisplayHint"),
)
Stages = Mapping[tuple[str, str], list[dict[str, object]]]
_KNOWN = ("name", "label", "type", "fieldType", "groupName", "options", *_PASSED_OVER)


class Properties(HubSpotView):
    """All properties of an object type."""

    scopes = {"GET": "records.read", "POST": "records.write"}

    def get(self, request: Request, object_type: str) -> Response:
        """Standard ones and the workspace's own, by name."""
        kind = kind_named(object_type)
        query = single(request.query_params, ("archived", "properties"), several=("properties",))
        rows = PropertyDefinition.objects.filter(object_type=kind.name).order_by("name")
        if a_choice(query, "archived"):
            rows = rows.none()
        stages = _stage_options()
        return Response({"results": [_property_body(row, stages) for row in rows]})

    def post(self, request: Request, object_type: str) -> Response:
        """A new property of the workspace's own."""
        kind = kind_named(object_type)
        single(request.query_params, ())
        body = an_object(request.data, "", _KNOWN)
        row = property_create(
            workspace_id=self.caller.workspace_id,
            object_type=kind.name,
            name=a_text(body.get("name"), "name", longest=100, required=True),
            label=a_text(body.get("label"), "label", longest=200, required=True),
            value_type=_one_of(body.get("type"), "type", TYPES),
            field_type=_one_of(body.get("fieldType"), "fieldType", FIELD_TYPES),
            group_name=a_text(body.get("groupName"), "groupName", longest=100),
            options=[_option(each, f"options.{index}") for index, each in enumerate(_options_sent(body))],
        )
        return Response(_property_body(row, _stage_options()), status=201)


class OneProperty(HubSpotView):
    """One property."""

    scopes = {"GET": "records.read"}

    def get(self, request: Request, object_type: str, name: str) -> Response:
        """The property."""
        kind = kind_named(object_type)
        single(request.query_params, ("archived", "properties"), several=("properties",))
        row = PropertyDefinition.objects.filter(object_type=kind.name, name=name).first()
        if row is None:
            raise NotFound(f"There is no property {name[:100]!r} of {kind.name}.")
        return Response(_property_body(row, _stage_options()))


class Pipelines(HubSpotView):
    """The pipelines of an object type; only deals have them."""

    scopes = {"GET": "records.read"}

    def get(self, request: Request, object_type: str) -> Response:
        """Each with its stages, in order."""
        kind = kind_named(object_type)
        single(request.query_params, ())
        made = Workspace.objects.get(id=self.caller.workspace_id).created_at
        return Response({"results": _pipelines(made) if kind.name == "deals" else []})


class OnePipeline(HubSpotView):
    """One pipeline."""

    scopes = {"GET": "records.read"}

    def get(self, request: Request, object_type: str, pipeline_id: str) -> Response:
        """The pipeline with its stages."""
        kind = kind_named(object_type)
        made = Workspace.objects.get(id=self.caller.workspace_id).created_at
        found = [each for each in _pipelines(made) if each["id"] == pipeline_id and kind.name == "deals"]
        if not found:
            raise NotFound(f"There is no pipeline {pipeline_id[:100]!r} of {kind.name}.")
        return Response(found[0])


def _options_sent(body: Mapping[str, Any]) -> list[Any]:
    return a_list(body.get("options"), "options", most=500)


def _option(value: Any, at: str) -> dict[str, object]:
    body = an_object(value, at, ("label", "value", "displayOrder", "hidden", "description"))
    return {
        "label": a_text(body.get("label"), f"{at}.label", longest=200, required=True),
        "value": a_text(body.get("value"), f"{at}.value", longest=200, required=True),
        "displayOrder": a_whole(body.get("displayOrder"), f"{at}.displayOrder", least=-1, most=10_000, default=-1),
        "hidden": a_flag(body.get("hidden"), f"{at}.hidden"),
        "description": a_text(body.get("description"), f"{at}.description", longest=500),
    }


def _one_of(value: Any, at: str, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise wrong(at, "INVALID_OPTION", f"Use one of: {', '.join(allowed)}.")
    return str(value)


def _stage_options() -> Stages:
    """Options that follow from the workspace's own stages, by object type and property."""
    lifecycle = LifecycleStage.objects.order_by("position").values_list("name", "label")
    pipelines = Pipeline.objects.order_by("position", "key").values_list("key", "label")
    stages = PipelineStage.objects.order_by("pipeline__position", "position").values_list("key", "label")
    return {
        ("contacts", "lifecyclestage"): _options(lifecycle),
        ("deals", "pipeline"): _options(pipelines),
        ("deals", "dealstage"): _options(stages),
    }


def _options(pairs: Any) -> list[dict[str, object]]:
    return [
        {"value": value, "label": label, "displayOrder": place, "hidden": False, "description": ""}
        for place, (value, label) in enumerate(pairs)
    ]


def _property_body(
    row: PropertyDefinition, stages: Mapping[tuple[str, str], list[dict[str, object]]]
) -> dict[str, Any]:
    standard = any(each.name == row.name for each in PROPERTIES.get(row.object_type, ()))
    return {
        "name": row.name,
        "label": row.label,
        "description": "",
        "type": row.type,
        "fieldType": row.field_type,
        "groupName": row.group_name,
        "options": stages.get((row.object_type, row.name), row.options),
        "hidden": False,
        "formField": True,
        "calculated": False,
        "externalOptions": False,
        "hasUniqueValue": row.object_type == "contacts" and row.name == "email",
        "hubspotDefined": standard,
        "displayOrder": -1,
        "archived": False,
        "modificationMetadata": {
            "archivable": False,
            "readOnlyDefinition": True,
            "readOnlyOptions": True,
            "readOnlyValue": False,
        },
    }


def _pipelines(made: datetime) -> list[dict[str, Any]]:
    rows = Pipeline.objects.order_by("position", "key").prefetch_related("stages")
    at = {"createdAt": moment(made), "updatedAt": moment(made), "archived": False}
    return [
        {
            "id": row.key,
            "label": row.label,
            "displayOrder": row.position,
            "stages": [
                {
                    "id": stage.key,
                    "label": stage.label,
                    "displayOrder": stage.position,
                    # Text, as HubSpot has it.
                    "metadata": {
                        "probability": _probability(stage),
                        "isClosed": "true" if stage.is_closed else "false",
                    },
                    **at,
                }
                for stage in sorted(row.stages.all(), key=lambda stage: stage.position)
            ],
            **at,
        }
        for row in rows
    ]


def _probability(stage: PipelineStage) -> str:
    return f"{stage.probability.normalize():f}" if stage.probability % 1 else f"{stage.probability:.1f}"

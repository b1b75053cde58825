"""HubSpot's addresses. Its dated ones lead to the same views as v3."""

from django.urls import URLPattern, path, re_path

from apps.api.hubspot.associations import (
    BatchDefault,
    BatchLabelled,
    BatchNamed,
    DefaultTie,
    LabelledTie,
    OneRecordsTies,
)
from apps.api.hubspot.batch import BatchArchive, BatchCreate, BatchRead, BatchUpdate, BatchUpsert
from apps.api.hubspot.behaviours import Definitions, OneDefinition, Send, SendBatch
from apps.api.hubspot.forms import Forms, OneForm
from apps.api.hubspot.objects import Objects, OneObject
from apps.api.hubspot.people import GdprDelete, MergeObjects
from apps.api.hubspot.schema import OnePipeline, OneProperty, Pipelines, Properties
from apps.api.hubspot.search import SearchObjects
from apps.api.hubspot.submissions import PublicSubmit, Submit
from apps.api.hubspot.views import UnknownHubSpotAddress

OBJECTS = ("crm/v3/objects", "crm/objects/2025-09", "crm/objects/2026-03", "crm/objects/2026-09")
EVENTS = ("events/v3", "events/custom/2026-03", "events/custom/2026-09")
V4 = "crm/v4/objects/<object_type>/<record_id>/associations"
V4_BATCH = "crm/v4/associations/<object_type>/<to_type>/batch"


def _objects(start: str) -> list[URLPattern]:
    of_type = f"{start}/<object_type>"
    return [
        path(of_type, Objects.as_view()),
        path(f"{of_type}/search", SearchObjects.as_view()),
        path(f"{of_type}/batch/read", BatchRead.as_view()),
        path(f"{of_type}/batch/create", BatchCreate.as_view()),
        path(f"{of_type}/batch/update", BatchUpdate.as_view()),
        path(f"{of_type}/batch/upsert", BatchUpsert.as_view()),
        path(f"{of_type}/batch/archive", BatchArchive.as_view()),
        path(f"{of_type}/merge", MergeObjects.as_view()),
        path(f"{of_type}/gdpr-delete", GdprDelete.as_view()),
        path(f"{of_type}/<record_id>", OneObject.as_view()),
    ]


def _events(start: str) -> list[URLPattern]:
    return [
        path(f"{start}/send", Send.as_view()),
        path(f"{start}/send/batch", SendBatch.as_view()),
        path(f"{start}/event-definitions", Definitions.as_view()),
        path(f"{start}/event-definitions/<name>", OneDefinition.as_view()),
    ]


urlpatterns = [
    *(pattern for start in OBJECTS for pattern in _objects(start)),
    path(f"{V4}/default/<to_type>/<to_id>", DefaultTie.as_view()),
    path(f"{V4}/<to_type>", OneRecordsTies.as_view()),
    path(f"{V4}/<to_type>/<to_id>", LabelledTie.as_view()),
    path(f"{V4_BATCH}/associate/default", BatchDefault.as_view()),
    path(f"{V4_BATCH}/create", BatchLabelled.as_view()),
    path("crm/v3/associations/<object_type>/<to_type>/batch/create", BatchNamed.as_view()),
    path("crm/v3/properties/<object_type>", Properties.as_view()),
    path("crm/v3/properties/<object_type>/<name>", OneProperty.as_view()),
    path("crm/v3/pipelines/<object_type>", Pipelines.as_view()),
    path("crm/v3/pipelines/<object_type>/<pipeline_id>", OnePipeline.as_view()),
    re_path(r"^marketing/v3/forms/?$", Forms.as_view()),
    path("marketing/v3/forms/<form_id>", OneForm.as_view()),
    path("submissions/v3/integration/submit/<int:portal_id>/<uuid:form_id>", PublicSubmit.as_view()),
    path("submissions/v3/integration/secure/submit/<int:portal_id>/<uuid:form_id>", Submit.as_view()),
    *(pattern for start in EVENTS for pattern in _events(start)),
    re_path(r"^(?:crm|marketing|submissions|events/(?:v3|custom))/", UnknownHubSpotAddress.as_view()),
]

"""Completions in: each row is checked, saved, and handed over as a task for every event that wants it."""

from collections.abc import Mapping
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from rest_framework import serializers
from rest_framework.parsers import JSONParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.api.auth import ApiKeyAuthentication
from apps.conversions.models import Event
from apps.core.ids import derived_id, new_id
from apps.core.tenancy import workspace_scope
from apps.records.models import Contact
from apps.signals.models import Signal
from apps.tracking.models import Behaviour, Completion
from apps.workspaces.services import Caller
from tools.bench.naive.tasks import deliver


class Row(serializers.Serializer[Any]):
    """A completion."""

    behaviour = serializers.CharField(max_length=100)
    id = serializers.CharField(max_length=100)
    email = serializers.EmailField()
    page_url = serializers.URLField(required=False)
    user_agent = serializers.CharField(max_length=1000, required=False)


class Completions(APIView):
    """The way in."""

    authentication_classes = [ApiKeyAuthentication]
    permission_classes: list[type] = []
    parser_classes = [JSONParser]

    def post(self, request: Request) -> Response:
        """Take a batch in."""
        told: dict[str, Any] = dict(request.data)
        rows = Row(data=told["completions"], many=True)
        rows.is_valid(raise_exception=True)
        caller = request.auth
        assert isinstance(caller, Caller)
        with workspace_scope(caller.workspace_id):
            ids = [str(self._taken(caller.workspace_id, row).id) for row in rows.validated_data]
        return Response({"ids": ids})

    def _taken(self, workspace_id: UUID, row: Mapping[str, Any]) -> Completion:
        now = timezone.now()
        contact = Contact.objects.get(email=row["email"].lower())
        behaviour = Behaviour.objects.get(key=row["behaviour"])
        completion = Completion.objects.create(
            workspace_id=workspace_id,
            behaviour=behaviour,
            contact_id=contact.pk,
            told_id=row["id"],
            completed_at=now,
            received_at=now,
        )
        told = {"event_source_url": row.get("page_url"), "client_user_agent": row.get("user_agent")}
        signal = Signal.objects.create(
            workspace_id=workspace_id,
            id=derived_id(at=now, key=str(new_id())),
            kind="custom_event",
            name=str(behaviour.id),
            contact_id=contact.pk,
            facts={name: value for name, value in told.items() if value},
            occurred_at=now,
            recorded_at=now,
        )
        for event in Event.objects.filter(trigger="custom_event", trigger_name=str(behaviour.id), deleted_at=None):
            told_ids = (str(workspace_id), str(signal.id), str(event.id))
            transaction.on_commit(partial(deliver.delay, *told_ids))
        return completion

"""/api/v1/behaviours and /api/v1/completions: custom events, and the times that contacts did them."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.v1.batches import FaultOut, VisitRow, batch_answer, read_rows, visit_of
from apps.api.v1.events import NoQuery
from apps.api.v1.fields import Amount, Moment, Rows, Strict, Text
from apps.api.v1.views import V1View, read_body, read_query
from apps.api.views import MIB
from apps.conversions.rules import value_told
from apps.core.errors import InvalidInput
from apps.pipeline.intake import MOST_COMPLETIONS, Completed, Counted, completions_receive
from apps.records.services import Refused
from apps.tracking.behaviours import (
    LONGEST_TAG,
    MOST_TAGS,
    behaviour_archive,
    behaviour_create,
    behaviours_listed,
    behaviours_room,
    completions_lately,
)
from apps.tracking.models import Behaviour

_TAGS = ["Custom events"]


class BehaviourOut(serializers.Serializer[Behaviour]):
    """A custom event."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    key = serializers.CharField(help_text="Its name as integrators write it; made once.")
    tags = serializers.ListField(child=serializers.CharField())
    created_at = serializers.DateTimeField()
    last_7_days = serializers.SerializerMethodField()

    def get_last_7_days(self, row: Behaviour) -> int:
        """How often it was completed."""
        count: int = self.context.get("lately", {}).get(row.id, 0)
        return count


class BehavioursOut(serializers.Serializer[Any]):
    """The custom events in use, by name, and how many fit."""

    results = BehaviourOut(many=True)
    used = serializers.IntegerField()
    limit = serializers.IntegerField()


class BehaviourIn(Strict):
    """A custom event to be made."""

    name = Text(max_length=100)
    tags = serializers.ListField(child=Text(max_length=LONGEST_TAG), max_length=MOST_TAGS, required=False)


class CompletionRow(VisitRow):
    """A custom event that someone completed. Name the contact by `contact_id`, or by `email`, which may be new."""

    behaviour = Text(max_length=100, help_text="The custom event's id, key or name.")
    id = Text(
        max_length=100, required=False, allow_blank=True, help_text="Your own id of it: sent again, counted once."
    )
    contact_id = Text(max_length=20, required=False, allow_blank=True)
    email = Text(max_length=254, required=False, allow_blank=True)
    occurred_at = Moment(required=False, help_text="ISO 8601 with an offset, or Unix milliseconds; else now.")
    value = Amount(max_length=40, required=False, allow_blank=True)
    currency = Text(max_length=3, required=False, allow_blank=True)
    action_source = Text(
        max_length=40, required=False, allow_blank=True, help_text="Where it happened, in Meta's words."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """The row with its amount read."""
        try:
            amount, currency = value_told(attrs.get("value", ""), attrs.get("currency", ""))
        except InvalidInput as error:
            raise serializers.ValidationError(
                {each.field: serializers.ErrorDetail(each.message, code=each.code) for each in error.faults}
            ) from error
        return {**attrs, "value": amount, "currency": currency}


class CompletionsIn(Strict):
    """Up to 500 completions."""

    completions = Rows(CompletionRow, MOST_COMPLETIONS)


class CompletionResult(serializers.Serializer[Any]):
    """What became of a row."""

    index = serializers.IntegerField(help_text="The row's place in what was sent, from 0.")
    status = serializers.ChoiceField(choices=["accepted", "known", "refused"])
    id = serializers.UUIDField(allow_null=True)
    contact_id = serializers.CharField(allow_null=True)
    errors = FaultOut(many=True)  # type: ignore[assignment]


class CompletionsOut(serializers.Serializer[Any]):
    """What became of each row."""

    results = CompletionResult(many=True)
    refused = serializers.IntegerField()


class Behaviours(V1View):
    """All custom events."""

    scopes = {"GET": "records.read", "POST": "records.write"}

    @extend_schema(tags=_TAGS, operation_id="behaviours_list", responses=BehavioursOut)
    def get(self, request: Request) -> Response:
        """List the custom events in use, with how often each was completed in the last 7 days."""
        read_query(request, NoQuery)
        rows, room = list(behaviours_listed()), behaviours_room()
        lately = completions_lately([row.id for row in rows], now=self.now)
        body = {"results": rows, "used": room.used, "limit": room.limit}
        return Response(BehavioursOut(body, context={"lately": lately}).data)

    @extend_schema(tags=_TAGS, operation_id="behaviours_create", request=BehaviourIn, responses={201: BehaviourOut})
    def post(self, request: Request) -> Response:
        """Make a custom event. Completions of it count from then on."""
        read_query(request, NoQuery)
        wanted = read_body(request, BehaviourIn)
        behaviour = behaviour_create(workspace_id=self.caller.workspace_id, **wanted, by=self.caller.actor, at=self.now)
        return Response(BehaviourOut(behaviour).data, status=201)


class OneBehaviour(V1View):
    """One custom event."""

    scopes = {"DELETE": "records.write"}

    @extend_schema(tags=_TAGS, operation_id="behaviours_archive", responses={204: None})
    def delete(self, request: Request, behaviour_id: Any) -> Response:
        """Take a custom event out of use. What was counted stays; its name is free again."""
        read_query(request, NoQuery)
        behaviour_archive(
            workspace_id=self.caller.workspace_id, behaviour_id=behaviour_id, by=self.caller.actor, at=self.now
        )
        return Response(status=204)


class Completions(V1View):
    """Completions in bulk."""

    scopes = {"POST": "records.write"}
    body_limit = 10 * MIB

    @extend_schema(
        tags=_TAGS,
        operation_id="completions_send",
        request=CompletionsIn,
        responses={200: CompletionsOut, 207: CompletionsOut},
    )
    def post(self, request: Request) -> Response:
        """Send up to 500 completions of custom events. 207 when some rows were refused."""
        read_query(request, NoQuery)
        rows, refused = read_rows(read_body(request, CompletionsIn)["completions"], CompletionRow)
        completed = [self._completed(row) for row in rows.values()]
        counted = completions_receive(workspace_id=self.caller.workspace_id, completed=completed, at=self.now)
        outcomes = {**refused, **dict(zip(rows, counted, strict=True))}
        return batch_answer([_result(index, outcomes[index]) for index in sorted(outcomes)])

    def _completed(self, row: dict[str, Any]) -> Completed:
        return Completed(
            behaviour=row["behaviour"],
            completed_at=row.get("occurred_at", self.now),
            contact_id=row.get("contact_id", ""),
            email=row.get("email", ""),
            told_id=row.get("id", "").strip(),
            value=row["value"],
            currency=row["currency"],
            action_source=row.get("action_source", ""),
            **visit_of(row),
        )


def _result(index: int, outcome: Counted | Refused) -> dict[str, Any]:
    if isinstance(outcome, Refused):
        return {"index": index, "status": "refused", "id": None, "contact_id": None, "errors": outcome.faults}
    status = "known" if outcome.again else "accepted"
    ids = {"id": str(outcome.completion_id), "contact_id": str(outcome.contact_id)}
    return {"index": index, "status": status, **ids, "errors": ()}

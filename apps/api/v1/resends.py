"""/api/v1/replays and /api/v1/backfills: sending again and sending late, forecast first."""

from typing import Any, ClassVar

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.v1.events import NoQuery
from apps.api.v1.fields import Moment, Strict, Text
from apps.api.v1.views import V1View, read_body, read_query
from apps.core.errors import NotFound
from apps.domain.resend import ENDED, Fate
from apps.pipeline.models import Resend, ResendKind, ResendState
from apps.pipeline.resend import ACTS, Wanted, resend_named, resend_prepare, resends_listed

_TAGS = ["Replays"]
_SCOPES = {"GET": "signals.read", "POST": "conversions.resend"}


class CountsOut(serializers.Serializer[Any]):
    """What becomes of each conversion."""

    counts = serializers.DictField(
        child=serializers.IntegerField(), help_text=f"By what becomes of it: {', '.join(Fate)}."
    )
    reasons = serializers.DictField(child=serializers.IntegerField(), help_text="Of those blocked, by reason.")
    value = serializers.DictField(child=serializers.CharField(), help_text="Of the eligible, by currency.")
    samples = serializers.ListField(child=serializers.DictField(), help_text="Up to five of each.")
    seconds = serializers.IntegerField(help_text="How long it takes at least, at the pace below live traffic.")


class ResendOut(serializers.Serializer[Resend]):
    """A replay or a backfill."""

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=ResendKind.choices)
    event_id = serializers.UUIDField(allow_null=True)
    wanted = serializers.DictField(help_text="The filter.")
    state = serializers.CharField(help_text=f"One of {', '.join(ResendState.values)}.")
    waits_for = serializers.CharField(help_text="What it waits for: live, held, slice, pace, or empty.")
    total = serializers.IntegerField()
    done = serializers.IntegerField()
    forecast = CountsOut()
    outcome = CountsOut()
    created_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)


class ResendsOut(serializers.Serializer[Any]):
    """The latest of them, newest first."""

    results = ResendOut(many=True)


_DRY = "Only count: it waits as a draft until it is started. False: it starts as soon as it is counted."


class ReplayIn(Strict):
    """What is to be sent again; what is left out does not narrow it."""

    event_id = serializers.UUIDField(required=False)
    states = serializers.ListField(
        child=serializers.ChoiceField(choices=[state.value for state in ENDED]), required=False, max_length=len(ENDED)
    )
    network = Text(max_length=20, required=False)
    reason = Text(max_length=100, required=False)
    since = Moment(required=False, help_text="It happened then or later.")
    until = Moment(required=False, help_text="It happened before.")
    anew = serializers.BooleanField(
        default=False, help_text="Judge it again with what is known now, instead of sending it as it was."
    )
    dry_run = serializers.BooleanField(default=True, help_text=_DRY)


class BackfillIn(Strict):
    """Which history an event is to count; without a beginning as far back as its network takes it."""

    event_id = serializers.UUIDField()
    since = Moment(required=False, help_text="It happened then or later.")
    until = Moment(required=False, help_text="It happened before.")
    dry_run = serializers.BooleanField(default=True, help_text=_DRY)


class _Jobs(V1View):
    scopes = _SCOPES
    kind: ClassVar[ResendKind]

    def listed(self, request: Request) -> Response:
        """The jobs of the kind."""
        read_query(request, NoQuery)
        return Response(ResendsOut({"results": resends_listed(kind=self.kind)}).data)

    def made(self, request: Request, told: dict[str, Any]) -> Response:
        """A new job, with its forecast or on its way to one."""
        read_query(request, NoQuery)
        dry_run, states = told.pop("dry_run"), tuple(told.pop("states", ()))
        job = resend_prepare(
            workspace_id=self.caller.workspace_id,
            wanted=Wanted(kind=self.kind, states=states, **told),
            start=not dry_run,
            by=self.caller.actor,
            at=self.now,
        )
        return Response(ResendOut(job).data, status=201)

    def one(self, resend_id: Any) -> Resend:
        """The job of that id. Raises NotFound, also where it is of the other kind."""
        job = resend_named(resend_id=resend_id)
        if job.kind != self.kind:
            raise NotFound(f"There is no such {self.kind} in this workspace.")
        return job

    def acted(self, request: Request, resend_id: Any, verb: str) -> Response:
        """The job after that act."""
        read_query(request, NoQuery)
        read_body(request, NoQuery)
        if verb not in ACTS:
            raise NotFound(f"Use one of: {', '.join(ACTS)}.")
        self.one(resend_id)
        act = ACTS[verb]
        job = act(workspace_id=self.caller.workspace_id, resend_id=resend_id, by=self.caller.actor, at=self.now)
        return Response(ResendOut(job).data)


_VERB = OpenApiParameter("verb", str, OpenApiParameter.PATH, enum=list(ACTS))


class Replays(_Jobs):
    """Replays."""

    kind = ResendKind.REPLAY

    @extend_schema(tags=_TAGS, operation_id="replays_list", responses=ResendsOut)
    def get(self, request: Request) -> Response:
        """List replays, newest first."""
        return self.listed(request)

    @extend_schema(tags=_TAGS, operation_id="replays_create", request=ReplayIn, responses={201: ResendOut})
    def post(self, request: Request) -> Response:
        """Forecast a replay of what failed, expired or was called off, and start it unless it is a dry run."""
        return self.made(request, read_body(request, ReplayIn))


class OneReplay(_Jobs):
    """One replay."""

    kind = ResendKind.REPLAY

    @extend_schema(tags=_TAGS, operation_id="replays_read", responses=ResendOut)
    def get(self, request: Request, resend_id: Any) -> Response:
        """Read a replay: its forecast, how far it is, and what became of each."""
        read_query(request, NoQuery)
        return Response(ResendOut(self.one(resend_id)).data)


class ReplayAct(_Jobs):
    """An act on a replay."""

    kind = ResendKind.REPLAY

    @extend_schema(tags=_TAGS, operation_id="replays_act", parameters=[_VERB], request=None, responses=ResendOut)
    def post(self, request: Request, resend_id: Any, verb: str) -> Response:
        """Start, pause, resume or cancel a replay. What was let in already still leaves."""
        return self.acted(request, resend_id, verb)


class Backfills(_Jobs):
    """Backfills."""

    kind = ResendKind.BACKFILL

    @extend_schema(tags=_TAGS, operation_id="backfills_list", responses=ResendsOut)
    def get(self, request: Request) -> Response:
        """List backfills, newest first."""
        return self.listed(request)

    @extend_schema(tags=_TAGS, operation_id="backfills_create", request=BackfillIn, responses={201: ResendOut})
    def post(self, request: Request) -> Response:
        """Forecast what an event would count of before it was on, and start it unless it is a dry run."""
        return self.made(request, read_body(request, BackfillIn))


class OneBackfill(_Jobs):
    """One backfill."""

    kind = ResendKind.BACKFILL

    @extend_schema(tags=_TAGS, operation_id="backfills_read", responses=ResendOut)
    def get(self, request: Request, resend_id: Any) -> Response:
        """Read a backfill: its forecast, how far it is, and what became of each."""
        read_query(request, NoQuery)
        return Response(ResendOut(self.one(resend_id)).data)


class BackfillAct(_Jobs):
    """An act on a backfill."""

    kind = ResendKind.BACKFILL

    @extend_schema(tags=_TAGS, operation_id="backfills_act", parameters=[_VERB], request=None, responses=ResendOut)
    def post(self, request: Request, resend_id: Any, verb: str) -> Response:
        """Start, pause, resume or cancel a backfill. What was let in already still leaves."""
        return self.acted(request, resend_id, verb)

"""/api/v1/signals: what happened, and what became of it for every event that wanted it."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.v1.events import NoQuery
from apps.api.v1.fields import Strict, Text
from apps.api.v1.views import V1View, read_query
from apps.conversions.ledger import moments_read
from apps.conversions.models import Conversion
from apps.deliveries.models import Attempt
from apps.deliveries.models import Request as Sent
from apps.domain.reasons import REASONS
from apps.domain.states import State
from apps.pipeline.explain import LARGEST_PAGE, Explanation, Filter, SignalRow, Step, Story, explain, signals_listed
from apps.signals.models import Signal

_TAGS = ["Signals"]
_JUDGED = "Whether it was judged; its conversions say when, each for its event."


class ConversionOut(serializers.Serializer[Conversion]):
    """A signal judged for one event."""

    event_id = serializers.UUIDField()
    account_id = serializers.UUIDField()
    network = serializers.CharField()
    state = serializers.ChoiceField(choices=[state.value for state in State])
    reason = serializers.CharField(help_text="A code of /reasons, or empty.")
    value = serializers.DecimalField(max_digits=20, decimal_places=4, allow_null=True)
    currency = serializers.CharField()
    network_event_id = serializers.CharField(help_text="The id by which the network counts it once.")
    occurred_at = serializers.DateTimeField()
    judged_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField(
        allow_null=True, help_text="The earliest moment for its next try; null when it is ended, or held for a person."
    )
    expires_at = serializers.DateTimeField(
        allow_null=True, help_text="The latest moment at which it can be sent; null where the network sets none."
    )
    settled_at = serializers.DateTimeField(allow_null=True)
    in_doubt_since = serializers.DateTimeField(
        source="doubtful_since",
        allow_null=True,
        help_text="Since when it may have been taken without our knowing: it left, and no answer came.",
    )
    tries = serializers.IntegerField()


class SignalOut(serializers.Serializer[Signal]):
    """One fact that an event may want."""

    id = serializers.UUIDField()
    kind = serializers.CharField()
    name = serializers.CharField(
        help_text="The id of the form or custom event, or the stage's name; of a correction, its event."
    )
    contact_id = serializers.CharField()
    occurred_at = serializers.DateTimeField()
    recorded_at = serializers.DateTimeField()


class SignalRowOut(serializers.Serializer[SignalRow]):
    """A signal in the list."""

    signal = SignalOut()
    judged = serializers.BooleanField(source="is_judged", help_text=_JUDGED)
    email = serializers.CharField()
    conversions = ConversionOut(many=True)


class SignalsOut(serializers.Serializer[Any]):
    """A page of signals, the latest first."""

    results = SignalRowOut(many=True)
    next = serializers.CharField(help_text="Send it as `after` for the next page; empty at the end.")


class StepOut(serializers.Serializer[Step]):
    """One step of a decision."""

    code = serializers.CharField()
    title = serializers.CharField()
    result = serializers.CharField()
    sentence = serializers.CharField()
    advice = serializers.CharField()
    details = serializers.DictField()


class SentOut(serializers.Serializer[Sent]):
    """The request that carried it."""

    id = serializers.UUIDField()
    url = serializers.CharField()
    count = serializers.IntegerField(help_text="Conversions in the request.")
    state = serializers.CharField()
    sent_at = serializers.DateTimeField()
    answered_at = serializers.DateTimeField(allow_null=True)
    status = serializers.IntegerField(allow_null=True)
    trace_id = serializers.CharField()
    answer = serializers.CharField()


class AttemptOut(serializers.Serializer[Attempt]):
    """A try that was not simply accepted."""

    request_id = serializers.UUIDField()
    verdict = serializers.CharField()
    code = serializers.CharField()
    at = serializers.DateTimeField()


class StoryOut(serializers.Serializer[Story]):
    """What became of the signal for one event."""

    event_name = serializers.CharField(source="event.name")
    conversion = ConversionOut()
    summary = serializers.CharField()
    who = serializers.CharField(help_text="Who can change it: nobody, marketer, admin or operator.")
    steps = StepOut(many=True)
    payload = serializers.CharField(help_text="What leaves or left for the network, as JSON.")
    request = SentOut(allow_null=True)
    attempts = AttemptOut(many=True)


class ExplanationOut(serializers.Serializer[Explanation]):
    """A signal, explained."""

    signal = SignalOut()
    judged = serializers.BooleanField(source="is_judged", help_text=_JUDGED)
    facts = serializers.DictField(source="signal.facts")
    stories = StoryOut(many=True)


class ReasonOut(serializers.Serializer[Any]):
    """Why a conversion does not leave, and who can change it."""

    code = serializers.CharField()
    sentence = serializers.CharField()
    advice = serializers.CharField()
    who = serializers.CharField()


class ReasonsOut(serializers.Serializer[Any]):
    """Every reason."""

    results = ReasonOut(many=True)


class PeriodQuery(Strict):
    """Days of the workspace, from the first to the last of them, both counted."""

    def get_fields(self) -> dict[str, Any]:
        """`from` is a word of Python's own, and so is no name for a field of a class."""
        days = {"from": "The first day.", "to": "The last day."}
        return super().get_fields() | {
            name: Text(max_length=10, required=False, help_text=f"{told} In the workspace's time zone: 2026-11-22.")
            for name, told in days.items()
        }


class SignalsQuery(PeriodQuery):
    """Which signals to list; all of them when nothing is asked."""

    state = serializers.ChoiceField(choices=[state.value for state in State], required=False)
    network = Text(max_length=20, required=False)
    event_id = serializers.UUIDField(required=False)
    reason = serializers.ChoiceField(choices=sorted(REASONS), required=False)
    contact = Text(max_length=254, required=False, help_text="An e-mail address or a contact's id.")
    limit = serializers.IntegerField(min_value=1, max_value=LARGEST_PAGE, default=50)
    after = Text(max_length=200, required=False, help_text="`next` of the page before.")


class Signals(V1View):
    """The workspace's signals."""

    scopes = {"GET": "signals.read"}

    @extend_schema(tags=_TAGS, operation_id="signals_list", parameters=[SignalsQuery], responses=SignalsOut)
    def get(self, request: Request) -> Response:
        """List signals, the latest first."""
        asked = read_query(request, SignalsQuery)
        zone = self.caller.time_zone
        since, until = moments_read(first=asked.get("from", ""), last=asked.get("to", ""), zone=zone)
        wanted = Filter(
            state=asked.get("state", ""),
            network=asked.get("network", ""),
            event_id=str(asked.get("event_id", "")),
            reason=asked.get("reason", ""),
            who=asked.get("contact", ""),
            since=since,
            until=until,
        )
        page = signals_listed(wanted=wanted, after=asked.get("after", ""), limit=asked["limit"])
        return Response(SignalsOut({"results": page.rows, "next": page.after}).data)


class OneSignal(V1View):
    """One signal."""

    scopes = {"GET": "signals.read"}

    @extend_schema(tags=_TAGS, operation_id="signals_explain", responses=ExplanationOut)
    def get(self, request: Request, signal_id: Any) -> Response:
        """Explain a signal: the decision's steps, the request that was sent, and its answer."""
        read_query(request, NoQuery)
        return Response(ExplanationOut(explain(signal_id=signal_id)).data)


class Reasons(V1View):
    """The reasons."""

    scopes = {"GET": "signals.read"}

    @extend_schema(tags=_TAGS, operation_id="reasons_list", responses=ReasonsOut)
    def get(self, request: Request) -> Response:
        """List every reason for which a conversion does not leave."""
        read_query(request, NoQuery)
        return Response(ReasonsOut({"results": list(REASONS.values())}).data)

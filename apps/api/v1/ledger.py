"""/api/v1/ledger: what became of every signal, in all, of a period, and by event and day."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.ads.counts import Counted
from apps.api.v1.signals import PeriodQuery
from apps.api.v1.views import V1View, read_query
from apps.conversions.beside import Beside, beside
from apps.conversions.ledger import Line, book, period_read
from apps.conversions.selectors import ledger
from apps.signals.selectors import signals_counted


class LineOut(serializers.Serializer[Line]):
    """What became of the signals of one day for one event."""

    day = serializers.DateField(help_text="The day on which the signals happened, in the workspace's time zone.")
    event_id = serializers.UUIDField()
    judged = serializers.IntegerField()
    by_state = serializers.DictField(child=serializers.IntegerField(), help_text="States without any are left out.")


class CountedOut(serializers.Serializer[Counted]):
    """A network's own numbers."""

    taken = serializers.IntegerField()
    pending = serializers.IntegerField()
    dropped = serializers.IntegerField()
    since = serializers.DateTimeField()


class BesideOut(serializers.Serializer[Beside]):
    """A destination as both sides count it, over the same time."""

    account_id = serializers.UUIDField(source="account.id")
    network = serializers.CharField(source="account.network")
    name = serializers.CharField()
    events = serializers.SerializerMethodField()
    counted = CountedOut(allow_null=True, help_text="Null where the network tells none.")
    told_at = serializers.DateTimeField(allow_null=True, help_text="When the network was last asked.")
    here = serializers.IntegerField(help_text="Conversions of these events that the network took, by our rows.")
    difference = serializers.IntegerField(help_text="The network's number less ours.")
    why = serializers.ListField(child=serializers.CharField(), help_text="What the difference can come from: codes.")

    def get_events(self, row: Beside) -> list[str]:
        """The ids of the events that land there."""
        return [str(event.id) for event in row.events]


class LedgerOut(serializers.Serializer[Any]):
    """What became of every signal: `judged` is the sum of `by_state`, and of the days where they are asked for."""

    signals = serializers.IntegerField(help_text="Signals recorded, whether an event wants them or not.")
    unjudged = serializers.IntegerField(help_text="Signals that are still to be judged.")
    judged = serializers.IntegerField(help_text="Conversions: signals judged, once for each event that wanted them.")
    by_state = serializers.DictField(child=serializers.IntegerField())
    by_network = serializers.DictField(child=serializers.DictField(child=serializers.IntegerField()))
    blocked_by_reason = serializers.DictField(child=serializers.IntegerField())
    waiting_by_reason = serializers.DictField(child=serializers.IntegerField(), help_text="What is held up, by what.")
    time_zone = serializers.CharField(help_text="In which days are counted.")
    at_networks = BesideOut(many=True, help_text="With `by=day`: what the networks count themselves, beside ours.")
    days = LineOut(many=True, help_text="With `by=day`: a line for each day and event that judged anything.")


class LedgerQuery(PeriodQuery):
    """Of one event, or of all; of a period, or of all time."""

    event_id = serializers.UUIDField(required=False)
    by = serializers.ChoiceField(
        choices=["day"], required=False, help_text="Without a period then of the last 30 days."
    )


class LedgerOfWorkspace(V1View):
    """The ledger."""

    scopes = {"GET": "signals.read"}

    @extend_schema(tags=["Signals"], operation_id="ledger_read", parameters=[LedgerQuery], responses=LedgerOut)
    def get(self, request: Request) -> Response:
        """Count what became of every signal, by state, network and reason, and by event and day."""
        asked = read_query(request, LedgerQuery)
        zone, event_id = self.caller.time_zone, asked.get("event_id")
        since, until = None, None
        days: tuple[Line, ...] = ()
        told: list[Beside] = []
        if {"from", "to", "by"} & asked.keys():
            period = period_read(first=asked.get("from", ""), last=asked.get("to", ""), zone=zone, now=self.now)
            since, until = period.since, period.until
            if "by" in asked:
                held = book(period=period, event_id=event_id)
                days, told = held.lines, beside(events=held.events)
        found = ledger(event_id=event_id, since=since, until=until)
        counts = {
            "signals": signals_counted(since=since, until=until),
            "unjudged": signals_counted(since=since, until=until, unjudged=True),
            "judged": found.judged,
            "by_state": found.by_state,
            "by_network": found.by_network,
            "blocked_by_reason": found.blocked_by_reason,
            "waiting_by_reason": found.waiting_by_reason,
            "time_zone": zone,
            "at_networks": told,
            "days": days,
        }
        return Response(LedgerOut(counts).data)

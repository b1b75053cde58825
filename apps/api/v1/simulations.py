"""/api/v1/simulations: an event rehearsed over its history, before it is made or as it is. Nothing leaves."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.v1.events import EventIn, NoQuery, frozen
from apps.api.v1.fields import Strict
from apps.api.v1.views import V1View, read_body, read_query
from apps.conversions.rules import Draft
from apps.core.errors import Fault, InvalidInput
from apps.pipeline.models import Simulation, SimulationState
from apps.pipeline.simulated import Class, Coverage, Fix, Sample, Simulated, Week, simulated
from apps.pipeline.simulating import (
    LONGEST_DAYS,
    simulation_cancel,
    simulation_get,
    simulation_start,
    simulation_start_of_event,
    simulations_listed,
)

_TAGS = ["Simulations"]


class Amounts(serializers.DictField):
    """Amounts in major units, by currency."""

    child = serializers.DecimalField(max_digits=24, decimal_places=4)


class WeekOut(serializers.Serializer[Week]):
    """Signals of one week, by what would become of them."""

    monday = serializers.DateField()
    send = serializers.IntegerField()
    held = serializers.IntegerField()
    blocked = serializers.IntegerField()


class CoverageOut(serializers.Serializer[Coverage]):
    """One identifier: on how many of those that would be sent or wait it goes along."""

    name = serializers.CharField()
    kept = serializers.IntegerField()
    dropped = serializers.DictField(child=serializers.IntegerField(), help_text="By the reason why it was left out.")
    weight = serializers.FloatField(help_text="Our own estimate of how likely it alone finds the person, 0 to 1.")


class ClassOut(serializers.Serializer[Class]):
    """Conversions worth from `least` to under `under`."""

    least = serializers.IntegerField()
    under = serializers.IntegerField(allow_null=True)
    count = serializers.IntegerField()


class SampleOut(serializers.Serializer[Sample]):
    """A signal that would be sent."""

    signal_id = serializers.UUIDField()
    occurred_at = serializers.DateTimeField()
    value = serializers.DecimalField(max_digits=24, decimal_places=4, allow_null=True)
    currency = serializers.CharField()


class FixOut(serializers.Serializer[Fix]):
    """Something that could be changed, and what it would gain, by simulating it."""

    kind = serializers.CharField(source="code")
    told = serializers.DictField(child=serializers.CharField())
    sentence = serializers.SerializerMethodField()
    caution = serializers.CharField(source="kind.caution")
    who = serializers.CharField(source="kind.who")
    sends = serializers.IntegerField(help_text="More that would be sent.")
    contacts = serializers.IntegerField(help_text="More contacts who would be reached.")
    identified = serializers.IntegerField(help_text="Contacts of whom more identifiers would be sent.")
    value = Amounts(help_text="By currency.")
    forecast = serializers.FloatField(help_text="More matches, by our own estimate.")

    def get_sentence(self, fix: Fix) -> str:
        """What to do."""
        return fix.kind.sentence.format(**fix.told)


class ResultOut(serializers.Serializer[Simulated]):
    """What would become of every signal of the period."""

    signals = serializers.IntegerField()
    send = serializers.IntegerField()
    held = serializers.IntegerField(help_text="These would wait until something is mended.")
    blocked = serializers.IntegerField()
    contacts = serializers.IntegerField(help_text="Contacts with at least one that would be sent.")
    weeks = WeekOut(many=True)
    reasons = serializers.DictField(child=serializers.IntegerField(), help_text="By code of /reasons.")
    value = Amounts(help_text="By currency.")
    held_value = Amounts(help_text="By currency.")
    classes = serializers.DictField(child=ClassOut(many=True), help_text="By currency.")
    coverage = CoverageOut(many=True)
    forecast = serializers.FloatField(help_text="Matches that we expect: our own estimate, which no network promises.")
    sample = SampleOut(many=True)
    fixes = FixOut(many=True, help_text="Ranked: the most contacts first.")


class SimulationOut(serializers.Serializer[Simulation]):
    """A simulation, as far as it has come. It is kept for a day."""

    id = serializers.UUIDField()
    name = serializers.CharField(source="draft.name")
    event_id = serializers.UUIDField(allow_null=True)
    state = serializers.CharField(help_text=f"One of {', '.join(SimulationState.values)}.")
    done = serializers.IntegerField(help_text="Signals rehearsed so far.")
    total = serializers.IntegerField(allow_null=True, help_text="Null until they were counted.")
    since = serializers.DateTimeField()
    until = serializers.DateTimeField()
    started_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)


class SimulationWithResult(SimulationOut):
    """A simulation with what it found, null until it is done."""

    result = serializers.SerializerMethodField()

    @extend_schema_field(ResultOut(allow_null=True))
    def get_result(self, simulation: Simulation) -> Any:
        """What it found."""
        found = simulated(simulation)
        return None if found is None else ResultOut(found).data


class SimulationsOut(serializers.Serializer[Any]):
    """The simulations of the last day, the latest first."""

    results = SimulationOut(many=True)


class SimulationIn(Strict):
    """What to simulate: either an event as it would be created, or one that is there."""

    event = EventIn(required=False)
    event_id = serializers.UUIDField(required=False)
    days = serializers.IntegerField(min_value=1, max_value=LONGEST_DAYS, default=LONGEST_DAYS)


class Simulations(V1View):
    """Simulations."""

    scopes = {"GET": "events.read", "POST": "events.write"}

    @extend_schema(tags=_TAGS, operation_id="simulations_list", responses=SimulationsOut)
    def get(self, request: Request) -> Response:
        """List the simulations of the last day."""
        read_query(request, NoQuery)
        return Response(SimulationsOut({"results": simulations_listed()}).data)

    @extend_schema(
        tags=_TAGS, operation_id="simulations_start", request=SimulationIn, responses={202: SimulationWithResult}
    )
    def post(self, request: Request) -> Response:
        """Begin to rehearse an event over its history. Read it again until its state is done."""
        read_query(request, NoQuery)
        wanted = read_body(request, SimulationIn)
        if ("event" in wanted) == ("event_id" in wanted):
            raise InvalidInput(Fault("event", "choice", "Send either event, for a draft, or event_id."))
        common: dict[str, Any] = {
            "workspace_id": self.caller.workspace_id,
            "by": self.caller.actor,
            "at": self.now,
            "days": wanted["days"],
        }
        if "event" in wanted:
            simulation = simulation_start(draft=Draft(**frozen(dict(wanted["event"]))), **common)
        else:
            simulation = simulation_start_of_event(event_id=wanted["event_id"], **common)
        return Response(SimulationWithResult(simulation).data, status=202)


class OneSimulation(V1View):
    """One simulation."""

    scopes = {"GET": "events.read", "DELETE": "events.write"}

    @extend_schema(tags=_TAGS, operation_id="simulations_read", responses=SimulationWithResult)
    def get(self, request: Request, simulation_id: UUID) -> Response:
        """Read a simulation as far as it has come."""
        read_query(request, NoQuery)
        return Response(SimulationWithResult(simulation_get(simulation_id=simulation_id)).data)

    @extend_schema(tags=_TAGS, operation_id="simulations_cancel", responses={204: None})
    def delete(self, request: Request, simulation_id: UUID) -> Response:
        """Stop a simulation; one that has ended stays as it is."""
        read_query(request, NoQuery)
        simulation_cancel(
            workspace_id=self.caller.workspace_id, simulation_id=simulation_id, by=self.caller.actor, at=self.now
        )
        return Response(status=204)

"""Names for ids, many at once: of forms, stages, custom events and events. Call inside the workspace's scope."""

from collections.abc import Callable, Iterable, Mapping
from uuid import UUID

from apps.conversions.models import Event
from apps.domain.facts import Trigger
from apps.records.models import LifecycleStage
from apps.signals.models import SignalKind
from apps.tracking.models import Behaviour, Form
from apps.web import wording

Heard = tuple[str, str]  # what is listened for: the trigger, and the form's or custom event's id or the stage's name


def trigger_names(heard: Iterable[Heard]) -> Mapping[Heard, str]:
    """What a reader calls each of them; what no longer exists keeps its id. At most a query for each kind."""
    wanted = set(heard)
    named = {kind: {name for other, name in wanted if other == kind} for kind in {kind for kind, _ in wanted}}
    known = {kind: _NAMES[kind](names) for kind, names in named.items() if kind in _NAMES}
    return {(kind, name): known.get(kind, {}).get(name, name) for kind, name in wanted}


def _with_ids(model: type[Form] | type[Behaviour]) -> Callable[[set[str]], dict[str, str]]:
    def named(ids: set[str]) -> dict[str, str]:
        return {str(number): name for number, name in model.objects.filter(id__in=ids).values_list("id", "name")}

    return named


def _stages(names: set[str]) -> dict[str, str]:
    return dict(LifecycleStage.objects.filter(name__in=names).values_list("name", "label"))


def _corrections(names: set[str]) -> dict[str, str]:
    about = {name: name.partition(":") for name in names}
    events = event_names(UUID(event_id) for _, _, event_id in about.values())
    return {
        name: f"{wording.CORRECTIONS[adjustment].word} · {events.get(UUID(event_id), event_id)}"
        for name, (adjustment, _, event_id) in about.items()
    }


_NAMES: Mapping[str, Callable[[set[str]], dict[str, str]]] = {
    Trigger.FORM_SUBMISSION: _with_ids(Form),
    Trigger.CUSTOM_EVENT: _with_ids(Behaviour),
    Trigger.STAGE_CHANGE: _stages,
    SignalKind.ADJUSTMENT: _corrections,
}


def event_names(ids: Iterable[UUID]) -> Mapping[UUID, str]:
    """Events' names, deleted ones included: one query."""
    return dict(Event.objects.filter(id__in=set(ids)).values_list("id", "name"))

"""Names for ids, many at once: of forms, stages and events. Call inside the workspace's scope."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from apps.conversions.models import Event
from apps.domain.facts import Trigger
from apps.records.models import LifecycleStage
from apps.tracking.models import Form

Heard = tuple[str, str]  # what is listened for: the trigger, and the form's id or the stage's name


def trigger_names(heard: Iterable[Heard]) -> Mapping[Heard, str]:
    """The form's name or the stage's label for each; one that no longer exists keeps its id. At most two queries."""
    wanted = set(heard)
    forms = _forms({name for kind, name in wanted if kind == Trigger.FORM_SUBMISSION})
    stages = _stages({name for kind, name in wanted if kind == Trigger.STAGE_CHANGE})
    known = {Trigger.FORM_SUBMISSION: forms, Trigger.STAGE_CHANGE: stages}
    return {(kind, name): known.get(Trigger(kind), {}).get(name, name) for kind, name in wanted}


def _forms(ids: set[str]) -> dict[str, str]:
    if not ids:
        return {}
    return {str(number): name for number, name in Form.objects.filter(id__in=ids).values_list("id", "name")}


def _stages(names: set[str]) -> dict[str, str]:
    if not names:
        return {}
    return dict(LifecycleStage.objects.filter(name__in=names).values_list("name", "label"))


def event_names(ids: Iterable[UUID]) -> Mapping[UUID, str]:
    """Events' names, deleted ones included: one query."""
    return dict(Event.objects.filter(id__in=set(ids)).values_list("id", "name"))

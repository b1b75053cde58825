"""What an event can listen for, to choose from in its dialog: lifecycle stages, forms and custom events."""

from collections.abc import Mapping

from apps.ads.models import AdAccount
from apps.conversions.models import Event
from apps.domain.facts import Trigger
from apps.records.models import LifecycleStage
from apps.tracking.models import Behaviour, Form
from apps.web.event_options import Option

MOST_NAMED = 50
_NAMED: Mapping[str, type[Form] | type[Behaviour]] = {
    Trigger.FORM_SUBMISSION: Form,
    Trigger.CUSTOM_EVENT: Behaviour,
}


def stages(account: AdAccount | None, chosen: str) -> list[Option]:
    """The workspace's stages; those that an event at the account listens for are marked as taken (B08)."""
    taken = set()
    if account:
        events = Event.objects.filter(deleted_at=None, account=account, trigger=Trigger.STAGE_CHANGE)
        taken = set(events.values_list("trigger_name", flat=True))
    return [
        Option(name, label, name == chosen, mark="taken" if name in taken else "")
        for name, label in LifecycleStage.objects.values_list("name", "label")
    ]


def named(trigger: str, wanted: str, chosen: str) -> list[Option]:
    """The forms or custom events with `wanted` in their name, at most one more than MOST_NAMED; and the chosen one."""
    rows = _NAMED.get(trigger, Form).objects.filter(archived_at=None).order_by("name")
    found = {str(row.id): row.name for row in rows.filter(name__icontains=wanted)[: MOST_NAMED + 1]}
    if chosen and chosen not in found:
        found = {str(row.id): row.name for row in rows if str(row.id) == chosen} | found
    return [Option(value, name, value == chosen) for value, name in found.items()]

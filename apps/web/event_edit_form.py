"""The edit dialog's form: the create dialog's, filled in with the event; what makes it that event stays."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from decimal import Decimal
from functools import cached_property

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext

from apps.ads.registry import NETWORKS
from apps.conversions.editing import draft_then, present_of
from apps.conversions.models import Event
from apps.conversions.rules import Draft, guards_value
from apps.web.event_form import Sheet
from apps.web.formats import amount_shown
from apps.workspaces.models import Workspace


@dataclass
class EditSheet(Sheet):
    """The form of an event that exists."""

    event: Event = field(kw_only=True)

    @property
    def here(self) -> str:
        """The dialog's own address."""
        return reverse("web:event_edit", args=[self.event.id])

    @property
    def seen(self) -> int:
        """The number of the version that was edited."""
        return number_told(self.given.get("seen", ""))

    @property
    def draft(self) -> Draft:
        """The draft; what the form cannot tell apart from what was chosen stays as it was chosen."""
        draft, kept = super().draft, self._kept
        the_workspaces = kept.currency == "" and draft.currency == self.workspace.currency
        called = draft.network_event_name if "network_event_name" in self.given else kept.network_event_name
        return replace(
            draft,
            network_event_name=called,
            shared_fields=self._shared_as(kept.shared_fields),
            currency="" if the_workspaces else draft.currency,
        )

    def _shared_as(self, kept: tuple[str, ...] | None) -> tuple[str, ...] | None:
        """What is ticked; what cannot be ticked stays shared or not, and all stays all."""
        if kept is None and all(option.chosen for option in self.shared):
            return None
        locked = {option.value for option in self.shared if option.locked and option.value not in (kept or ())}
        left_out = set() if kept is None else locked
        return tuple(option.value for option in self.shared if option.chosen and option.value not in left_out)

    @cached_property
    def _kept(self) -> Draft:
        return draft_then(event=self.event)


def number_told(text: str) -> int:
    """A version's number as a form tells it; 0, which no version has, for anything else."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else 0


def edit_sheet(
    *, event: Event, workspace: Workspace, given: QueryDict, errors: Mapping[str, str] | None = None
) -> EditSheet:
    """The form as it was answered in `given`, filled in with the event as it stands when it was not answered yet."""
    answers = given.copy() if "about" in given else filled(event, draft_then(event=event))
    if "about" not in given:
        answers["seen"] = str(present_of(event).number)
    for name in ("network", "account_id", "trigger", "trigger_name"):
        answers[name] = _identity(event)[name]
    return EditSheet(answers, workspace, errors or {}, event=event)


def copy_of(event: Event) -> QueryDict:
    """The create dialog's answers for another event like this one."""
    draft = draft_then(event=event)
    called = gettext("%(name)s (copy)") % {"name": draft.name}
    return filled(event, replace(draft, name=called if len(called) <= 100 else draft.name))


def filled(event: Event, draft: Draft) -> QueryDict:
    """The form's answers from which it makes this draft of the event."""
    manifest = NETWORKS[event.account.network].manifest
    shared = [each.name for each in manifest.shared] if draft.shared_fields is None else draft.shared_fields
    answers = QueryDict(mutable=True)
    answers.update(
        {
            **_identity(event),
            "about": f"{manifest.key}:{event.trigger}",
            "name": draft.name,
            "network_event_name": draft.network_event_name,
            "destination": draft.destination,
            "value_from": draft.value_from,
            "hold_asked": draft.value_from,
            "value": amount_shown(Decimal(draft.value)) if draft.value else "",
            "consent_property": draft.consent_property,
            "consent_values": "\n".join(draft.consent_values),
            "personalisation_property": draft.personalisation_property,
            "personalisation_values": "\n".join(draft.personalisation_values),
            **{f"option-{name}": value for name, value in (draft.options or {}).items()},
            **({"currency": draft.currency} if draft.currency else {}),
            **({"hold_outliers": "true"} if guards_value(asdict(draft)) else {}),
        }
    )
    answers.setlist("shared_fields", list(shared))
    return answers


def _identity(event: Event) -> dict[str, str]:
    """What makes it that event."""
    return {
        "network": event.account.network,
        "account_id": str(event.account_id),
        "trigger": event.trigger,
        "trigger_name": event.trigger_name,
    }

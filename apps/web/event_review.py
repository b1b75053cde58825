"""Before an edit is saved: what it would change, what it leaves alone, and what others saved meanwhile."""

from collections.abc import Sequence
from dataclasses import dataclass

from apps.conversions.blast import Example, Radius
from apps.conversions.models import Conversion, Event
from apps.conversions.versions import VersionRow, event_versions
from apps.domain.states import State
from apps.records.models import Contact
from apps.web.event_words import Names, Said, changes_said


@dataclass(frozen=True, slots=True)
class Review:
    """What an edit would change, and how many conversions wait that it leaves alone."""

    radius: Radius
    changes: Sequence[Said]
    examples: Sequence[tuple[Example, str]]  # with the contact's address
    waiting: int


@dataclass(frozen=True, slots=True)
class Saved:
    """A version with what it changed, in words."""

    row: VersionRow
    changes: Sequence[Said]


def reviewed(event: Event, radius: Radius) -> Review:
    """The blast radius in words. Call inside the workspace's scope."""
    contacts = Contact.objects.filter(id__in={each.before.contact_id for each in radius.examples})
    emails = dict(contacts.values_list("id", "email"))
    return Review(
        radius=radius,
        changes=changes_said(radius.changes, Names(event)),
        examples=[(each, emails.get(each.before.contact_id) or "") for each in radius.examples],
        waiting=Conversion.objects.filter(event_id=event.id, state=State.WAITING).count(),
    )


def saved_since(event: Event, seen: int) -> list[Saved]:
    """What was saved of the event after version `seen`, the newest first. Call inside the workspace's scope."""
    return [each for each in versions_said(event, event_versions(event_id=event.id)) if each.row.version.number > seen]


def versions_said(event: Event, rows: Sequence[VersionRow]) -> list[Saved]:
    """The versions with what each changed."""
    names = Names(event)
    return [Saved(row, changes_said(row.changes, names)) for row in rows]

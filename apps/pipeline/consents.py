"""Facts of consent that are told by themselves, with their own dates: by a consent platform, or from elsewhere."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.audit import services as audit
from apps.core.actor import Actor
from apps.core.errors import Fault
from apps.domain.manifest import CLOCK_TOLERANCE
from apps.pipeline.intake import records_receive
from apps.records.columns import Write
from apps.records.consents import consents_watch
from apps.records.models import PropertyDefinition
from apps.records.services import Refused
from apps.records.standard import PROPERTIES

# Of the properties that every workspace has, those that may hold consent without an event that asks for them: what
# else a person's record holds is no consent, and its history is nobody's business.
_LEGAL_BASIS = "hs_legal_basis"
_NEVER = frozenset(each.name for each in PROPERTIES["contacts"]) - {_LEGAL_BASIS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a contact, known by id or e-mail address, said. An empty value: it is not known any more, which is a no.

    `given_at`: when it was said, None for now. `source`: who told, in the client's own words.
    """

    property: str
    value: str
    contact_id: str = ""
    email: str = ""
    given_at: datetime | None = None
    source: str = "api"


@dataclass(frozen=True, slots=True)
class Kept:
    """A fact that was kept. `value_now` is what the contact's property says now, which a later fact can have said."""

    contact_id: int
    value_now: str


def consents_receive(*, workspace_id: UUID, told: Sequence[Told], by: Actor, at: datetime) -> list[Kept | Refused]:
    """Keep up to 100 facts; what waits without the consent that it rests on ends at once.

    The results stand in the order of `told`. A fact from before the latest one changes the history and not the present
    value; one from the future is refused, and so is one about nobody who is known here. Raises InvalidInput for more
    than 100. A property of the workspace's own becomes a consent property by it (audited).
    """
    definitions = PropertyDefinition.objects.filter(object_type="contacts", name__in={each.property for each in told})
    watched = dict(definitions.values_list("name", "is_consent"))
    refused = {index: no for index, each in enumerate(told) if (no := _refusal(each, watched, at))}
    usable = [each for index, each in enumerate(told) if index not in refused]
    with transaction.atomic():
        for name in sorted(consents_watch(workspace_id=workspace_id, names={each.property for each in usable}, at=at)):
            audit.record(workspace_id=workspace_id, by=by, action="consent.watch", subject=name, at=at)
        writes = [_write(each, at) for each in usable]
        written = records_receive(workspace_id=workspace_id, object_type="contacts", writes=writes, at=at)
    kept = iter(
        result if isinstance(result, Refused) else Kept(int(result.record.pk), result.after.get(each.property, ""))
        for each, result in zip(usable, written, strict=True)
    )
    return [refused.get(index) or next(kept) for index in range(len(told))]


def _write(each: Told, at: datetime) -> Write:
    return Write(
        properties={each.property: each.value},
        id=each.contact_id,
        email="" if each.contact_id else each.email,
        create=False,
        source=each.source,
        held_from=each.given_at or at,
    )


def _refusal(each: Told, watched: dict[str, bool], at: datetime) -> Refused | None:
    if not (each.contact_id or each.email.strip()):
        return Refused((Fault("email", "REQUIRED_FIELD", "Say whose consent it is: send email, or the contact's id."),))
    if each.property in _NEVER and not watched.get(each.property):
        message = "Name a property that holds consent: one of your own, hs_legal_basis, or one that an event asks for."
        return Refused((Fault("property", "NOT_CONSENT", message),))
    if each.given_at is not None and each.given_at > at + CLOCK_TOLERANCE:
        return Refused((Fault("given_at", "OUT_OF_RANGE", "Consent cannot be given in the future: send when it was."),))
    return None

"""Making the demo workspace, and emptying it so that the demo can be played again."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from apps.ads.models import AdAccount, ConversionAction
from apps.connections.models import Connection, Environment, sealed_connection
from apps.conversions.models import Conversion, Event
from apps.conversions.rules import Draft
from apps.conversions.services import event_create, event_switch
from apps.core.actor import SYSTEM
from apps.core.tenancy import workspace_scope
from apps.deliveries.models import Attempt, Lane, Request
from apps.domain.facts import Trigger
from apps.pipeline.management import demo_world as world
from apps.pipeline.management.demo_world import Planned
from apps.pipeline.turns import SECONDS
from apps.records.models import Association, Company, Contact, Deal, LifecycleStage, PropertyDefinition
from apps.records.services import property_create, standards_install
from apps.signals.models import Signal
from apps.tracking.behaviours import behaviour_create, behaviours_named
from apps.tracking.models import AdClick, Behaviour, Completion, Form, Submission
from apps.tracking.services import form_create
from apps.workspaces.models import ApiKey, Member, User, Workspace
from apps.workspaces.roles import SCOPES, Role
from apps.workspaces.services import api_key_create, member_add, memberships, workspace_create


@dataclass(frozen=True, slots=True)
class Handover:
    """What plays the demo from outside needs: the portal, forms' and custom events' ids by key, and a fresh API key."""

    portal_id: int
    forms: dict[str, str]
    behaviours: dict[str, str]
    api_key: str


def demo_seed(*, at: datetime) -> Workspace:
    """Make the demo workspace with all that it is configured with; what is there already stays as it is."""
    with transaction.atomic():
        users = [(_user(email, name), role) for email, name, role in world.USERS]
        workspace = _workspace(users[0][0])
        with workspace_scope(workspace.id):
            _settle_in(workspace.id, users, at)
            accounts = _connect(workspace.id)
            heard = _heard(_forms(workspace.id, at), _behaviours(workspace.id, at))
            for planned in world.EVENTS:
                _event(workspace.id, planned, accounts, heard, at)
    return workspace


def demo_empty(*, at: datetime) -> Handover:
    """Take out all that came in, put switched events back as planned, and hand over a new key."""
    workspace = demo_seed(at=at)
    _empty(workspace.id)
    with workspace_scope(workspace.id):
        for planned in world.EVENTS:
            _as_planned(workspace.id, planned)
        ApiKey.objects.filter(name=world.KEY_NAME).delete()
        _, text = api_key_create(workspace_id=workspace.id, name=world.KEY_NAME, scopes=SCOPES, by=SYSTEM, at=at)
        forms, behaviours = _forms(workspace.id, at), _behaviours(workspace.id, at)
    return Handover(workspace.portal_id, _heard(forms), _heard(behaviours), text)


def _heard(*named: Mapping[str, Form | Behaviour]) -> dict[str, str]:
    """The ids that events listen for, by the demo's own keys."""
    return {key: str(row.id) for rows in named for key, row in rows.items()}


def _user(email: str, name: str) -> User:
    return User.objects.filter(email=email).first() or User.objects.create_user(email, world.PASSWORD, name)


def _workspace(admin: User) -> Workspace:
    for _, workspace in memberships(admin):
        if workspace.name == world.WORKSPACE:
            return workspace
    return workspace_create(name=world.WORKSPACE, currency="EUR", country="NL", time_zone="Europe/Amsterdam")


def _settle_in(workspace_id: UUID, users: list[tuple[User, Role]], at: datetime) -> None:
    present = set(Member.objects.values_list("user_id", flat=True))
    for user, role in users:
        if user.pk not in present:
            member_add(workspace_id=workspace_id, user=user, role=role, by=SYSTEM, at=at)
    if not LifecycleStage.objects.exists():
        standards_install(workspace_id=workspace_id)
    known = set(PropertyDefinition.objects.filter(object_type="contacts").values_list("name", flat=True))
    for name, label in world.PROPERTIES:
        if name not in known:
            property_create(workspace_id=workspace_id, object_type="contacts", name=name, label=label)


def _connect(workspace_id: UUID) -> dict[str, AdAccount]:
    accounts = {}
    for key, planned in world.ACCOUNTS.items():
        account = AdAccount.objects.filter(network=planned.network, external_id=planned.external_id).first()
        if account is None:
            account = AdAccount.objects.create(
                workspace_id=workspace_id,
                connection=_connection(workspace_id, planned.network),
                network=planned.network,
                external_id=planned.external_id,
                name=planned.name,
                currency="EUR",
                time_zone="Europe/Amsterdam",
                business_id=planned.business_id,
                is_manager=planned.is_manager,
            )
            ConversionAction.objects.bulk_create(
                ConversionAction(workspace_id=workspace_id, account=account, kind=kind, external_id=number, name=name)
                for kind, number, name in planned.actions
            )
        accounts[key] = account
    return accounts


def _connection(workspace_id: UUID, network: str) -> Connection:
    held = Connection.objects.filter(system=network, environment=Environment.SANDBOX).first()
    if held is None:
        held = sealed_connection(
            workspace_id=workspace_id,
            system=network,
            name="Sandbox",
            environment=Environment.SANDBOX,
            credentials={"access_token": world.TOKENS[network]},
        )
        held.save()
    return held


def _forms(workspace_id: UUID, at: datetime) -> dict[str, Form]:
    forms = {}
    for key, (name, fields) in world.FORMS.items():
        form = Form.objects.filter(name=name, archived_at=None).order_by("created_at").first()
        since = at - world.EVENTS_SINCE
        forms[key] = form or form_create(workspace_id=workspace_id, name=name, fields=fields, at=since)
    return forms


def _behaviours(workspace_id: UUID, at: datetime) -> dict[str, Behaviour]:
    since = at - world.EVENTS_SINCE
    held = behaviours_named([name for name, _ in world.BEHAVIOURS.values()])
    return {
        key: held.get(name) or behaviour_create(workspace_id=workspace_id, name=name, tags=tags, by=SYSTEM, at=since)
        for key, (name, tags) in world.BEHAVIOURS.items()
    }


def _event(
    workspace_id: UUID, planned: Planned, accounts: dict[str, AdAccount], heard: dict[str, str], at: datetime
) -> None:
    if Event.objects.filter(name=planned.name, deleted_at=None).exists():
        return
    draft = _draft(planned, accounts, heard)
    event = event_create(workspace_id=workspace_id, draft=draft, by=SYSTEM, at=at - world.EVENTS_SINCE)
    if planned.paused:
        paused_at = at - world.PAUSED_SINCE
        event_switch(workspace_id=workspace_id, event_id=event.id, on=False, by=SYSTEM, at=paused_at)


def _as_planned(workspace_id: UUID, planned: Planned) -> None:
    """Switch an event back that somebody switched: what the demo plays is dated before that."""
    event = Event.objects.get(name=planned.name, deleted_at=None)
    wanted = None if planned.paused else event.created_at
    if event.on_since == wanted:
        return
    switch = partial(event_switch, workspace_id=workspace_id, event_id=event.id, by=SYSTEM, at=event.created_at)
    switch(on=False)
    switch(on=wanted is not None)


def _draft(planned: Planned, accounts: dict[str, AdAccount], heard: dict[str, str]) -> Draft:
    consent_property, consent_values = planned.consent
    return Draft(
        name=planned.name,
        account_id=str(accounts[planned.account].id),
        trigger=planned.trigger,
        trigger_name=planned.on if planned.trigger is Trigger.STAGE_CHANGE else heard[planned.on],
        network_event_name=planned.network_event_name,
        destination=planned.destination,
        value_from=planned.value_from,
        value=planned.value,
        consent_property=consent_property,
        consent_values=consent_values,
        shared_fields=planned.shared,
        options=planned.options,
    )


_COMES_IN = (
    *(Signal, Conversion, Attempt, Request, AdClick, Submission, Completion),
    *(Association, Deal, Company, Contact),
)


def _empty(workspace_id: UUID) -> None:
    """Delete until nothing comes after: a worker may be judging or sending what was played before."""
    patience = time.monotonic() + SECONDS
    while True:
        with workspace_scope(workspace_id):
            deleted = sum(model.objects.all().delete()[0] for model in _COMES_IN)
            busy = Lane.objects.filter(leased_until__gt=timezone.now()).exists()
            if not (deleted or busy) or time.monotonic() > patience:
                Lane.objects.all().delete()
                return
        time.sleep(0.2)

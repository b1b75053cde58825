"""Rows for tests, made by the product's own services where there is one. Each takes only what a test wants to say."""

from collections.abc import Mapping
from datetime import datetime
from itertools import count
from typing import Any

from django.utils import timezone

from apps.ads.models import AdAccount, ConversionAction, Destination
from apps.connections.models import Connection, Environment, sealed_connection
from apps.core.actor import SYSTEM, Actor
from apps.core.tenancy import workspace_scope
from apps.pipeline.intake import (
    Completed,
    Counted,
    Posted,
    Received,
    completions_receive,
    records_receive,
    submissions_receive,
)
from apps.records.columns import Write
from apps.records.models import Contact
from apps.records.services import Written, property_create, standards_install
from apps.tracking.behaviours import behaviour_create
from apps.tracking.models import Behaviour, Form
from apps.tracking.services import form_create
from apps.workspaces.models import Member, User, Workspace
from apps.workspaces.roles import Role
from apps.workspaces.services import member_add, workspace_create

PASSWORD = "correct-horse-battery"
CONSENT_PROPERTY = "marketing_consent"
# The tokens of the sandbox's default world.
CREDENTIALS: Mapping[str, Mapping[str, str]] = {
    "facebook": {"access_token": "EAAsandboxtoken"},
    "google": {"access_token": "ya29.sandbox", "developer_token": "sandbox-developer-token"},
    "linkedin": {"access_token": "AQsandbox"},
}
_numbers = count(1)


def a_workspace(name: str = "Acme", *, currency: str = "EUR", country: str = "NL") -> Workspace:
    """A workspace with the standard stages, pipeline and properties, and the consent property."""
    workspace = workspace_create(name=name, currency=currency, country=country, time_zone="Europe/Amsterdam")
    with workspace_scope(workspace.id):
        standards_install(workspace_id=workspace.id)
        property_create(
            workspace_id=workspace.id, object_type="contacts", name=CONSENT_PROPERTY, label="Marketing consent"
        )
    return workspace


def a_user(email: str = "", *, name: str = "Robin de Vries") -> User:
    """A user who can sign in with PASSWORD."""
    return User.objects.create_user(email or f"user{next(_numbers)}@convsync.test", PASSWORD, name)


def a_member(workspace: Workspace, role: Role = Role.ADMIN, *, user: User | None = None) -> Member:
    """A (new) user's place in the workspace."""
    with workspace_scope(workspace.id):
        return member_add(workspace_id=workspace.id, user=user or a_user(), role=role, by=SYSTEM, at=timezone.now())


def actor_of(member: Member) -> Actor:
    """The member as services take one."""
    return Actor(kind="user", id=str(member.user.pk), label=member.user.email)


def a_connection(workspace: Workspace, network: str) -> Connection:
    """A working sign-in at the sandbox's stand-in for the network."""
    connection = sealed_connection(
        workspace_id=workspace.id,
        system=network,
        name=f"Sandbox {network}",
        environment=Environment.SANDBOX,
        credentials=dict(CREDENTIALS[network]),
    )
    with workspace_scope(workspace.id):
        connection.save()
    return connection


def an_account(connection: Connection, external_id: str, name: str = "Sandbox account", **values: object) -> AdAccount:
    """An ad account that the connection reaches; `values` are further columns."""
    with workspace_scope(connection.workspace_id):
        return AdAccount.objects.create(
            workspace_id=connection.workspace_id,
            connection=connection,
            network=connection.system,
            external_id=external_id,
            name=name,
            **{"currency": "EUR", "time_zone": "Europe/Amsterdam", **values},
        )


def an_action(account: AdAccount, kind: Destination, external_id: str, name: str) -> ConversionAction:
    """A pixel, conversion action or rule of the account."""
    with workspace_scope(account.workspace_id):
        return ConversionAction.objects.create(
            workspace_id=account.workspace_id, account=account, kind=kind, external_id=external_id, name=name
        )


def a_form(workspace: Workspace, name: str = "Contact form") -> Form:
    """A form of the workspace."""
    fields = ["email", "firstname", "lastname", "phone", CONSENT_PROPERTY]
    with workspace_scope(workspace.id):
        return form_create(workspace_id=workspace.id, name=name, fields=fields, at=timezone.now())


def a_contact(workspace: Workspace, **properties: str) -> int:
    """Write a contact through the product's way in (it is noticed like any other) and return its id."""
    values = {"email": f"person{next(_numbers)}@example.com", CONSENT_PROPERTY: "yes", **properties}
    with workspace_scope(workspace.id):
        write = Write(properties=values, email=values["email"])
        (result,) = records_receive(
            workspace_id=workspace.id, object_type="contacts", writes=[write], at=timezone.now()
        )
    assert isinstance(result, Written), result
    return int(result.record.pk)


def a_submission(form: Form, *, at: datetime | None = None, page_url: str = "", **answers: str) -> Received:
    """Send the form in, from a browser."""
    now = timezone.now()
    values = {"email": f"person{next(_numbers)}@example.com", CONSENT_PROPERTY: "yes", **answers}
    posted = Posted(
        answers=values,
        submitted_at=at or now,
        page_url=page_url or "https://acme.example/contact",
        ip_address="192.0.2.10",
        user_agent="Mozilla/5.0 (X11; Linux x86_64) Firefox/144.0",
        order_id=f"order-{next(_numbers)}",
    )
    with workspace_scope(form.workspace_id):
        (result,) = submissions_receive(workspace_id=form.workspace_id, form=form, posted=[posted], at=now)
    assert isinstance(result, Received), result
    return result


def a_behaviour(workspace: Workspace, name: str = "Trial started", **values: Any) -> Behaviour:
    """A custom event of the workspace."""
    with workspace_scope(workspace.id):
        return behaviour_create(workspace_id=workspace.id, name=name, by=SYSTEM, at=timezone.now(), **values)


def a_completion(behaviour: Behaviour, *, at: datetime | None = None, **values: Any) -> Counted:
    """The custom event, completed in a browser by someone who consents; `values` are fields of Completed."""
    now = timezone.now()
    told = {
        "behaviour": str(behaviour.id),
        "completed_at": at or now,
        "page_url": "https://acme.example/app",
        "ip_address": "192.0.2.10",
        "user_agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/144.0",
    }
    if "contact_id" not in values and "email" not in values:
        with workspace_scope(behaviour.workspace_id):
            workspace = Workspace.objects.get(id=behaviour.workspace_id)
        values["contact_id"] = str(a_contact(workspace))
    completed = Completed(**{**told, **values})
    with workspace_scope(behaviour.workspace_id):
        (result,) = completions_receive(workspace_id=behaviour.workspace_id, completed=[completed], at=now)
    assert isinstance(result, Counted), result
    return result


def contact_id_of(email: str) -> int:
    """The id of the contact with this address; call inside the workspace's scope."""
    return Contact.objects.values_list("id", flat=True).get(email=email)

"""One complete workspace for tests: people, ad accounts at the sandbox's default world, a form, events on request."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Any

from django.utils import timezone

from apps.ads.models import AdAccount, ConversionAction, Destination
from apps.conversions.models import Event
from apps.conversions.rules import Draft
from apps.conversions.services import event_create
from apps.core.actor import Actor
from apps.core.tenancy import workspace_scope
from apps.domain.facts import Trigger, ValueFrom
from apps.tracking.models import Behaviour, Form
from apps.workspaces.models import User, Workspace
from apps.workspaces.roles import Role
from tests.support import factories

_numbers = count(1)


@dataclass(frozen=True)
class World:
    """A workspace with all it needs to send to the three networks. Every member signs in with factories.PASSWORD."""

    workspace: Workspace
    admin: User
    marketer: User
    viewer: User
    by: Actor  # the admin, as services take one
    facebook: AdAccount
    google: AdAccount
    google_manager: AdAccount
    linkedin: AdAccount
    actions: dict[tuple[str, str], list[ConversionAction]]  # by network and trigger: where a conversion can land
    form: Form
    behaviour: Behaviour
    consent_property: str = factories.CONSENT_PROPERTY

    def scope(self) -> AbstractContextManager[None]:
        """The workspace's scope: open it around every query."""
        return workspace_scope(self.workspace.id)

    def account(self, network: str) -> AdAccount:
        """The network's ordinary ad account."""
        return {"facebook": self.facebook, "google": self.google, "linkedin": self.linkedin}[network]

    def draft(self, network: str = "facebook", trigger: str = Trigger.FORM_SUBMISSION, **values: Any) -> Draft:
        """What a marketer would fill in for a valid event; `values` change or add to it."""
        heard = {Trigger.FORM_SUBMISSION: str(self.form.id), Trigger.CUSTOM_EVENT: str(self.behaviour.id)}
        filled = {
            "name": f"{network} {trigger} {next(_numbers)}",
            "account_id": str(self.account(network).id),
            "trigger": str(trigger),
            "trigger_name": heard.get(Trigger(trigger), "customer"),
            "network_event_name": "Customer" if trigger == Trigger.STAGE_CHANGE else "Lead",
            "destination": self.actions[network, trigger][0].external_id,
            "value_from": ValueFrom.FIXED,
            "value": "25.00",
            "consent_property": self.consent_property,
            "consent_values": ("yes",),
        }
        return Draft(**{**filled, **values})

    def make_event(
        self,
        network: str = "facebook",
        trigger: str = Trigger.FORM_SUBMISSION,
        *,
        at: datetime | None = None,
        **values: Any,
    ) -> Event:
        """A conversion event that is on since `at` (now); `values` are fields of Draft."""
        draft = self.draft(network, trigger, **values)
        with self.scope():
            return event_create(workspace_id=self.workspace.id, draft=draft, by=self.by, at=at or timezone.now())


def make_world(name: str = "Acme") -> World:
    """A new workspace with everything. Call outside any scope; several worlds can stand beside each other."""
    workspace = factories.a_workspace(name)
    members = {role: factories.a_member(workspace, role) for role in Role}
    facebook = factories.an_account(factories.a_connection(workspace, "facebook"), "act_1001001", business_id="5001001")
    google_connection = factories.a_connection(workspace, "google")
    google = factories.an_account(google_connection, "1234567890", "Sandbox customer", login_customer_id="9876543210")
    manager = factories.an_account(google_connection, "9876543210", "Sandbox manager", is_manager=True)
    linkedin = factories.an_account(factories.a_connection(workspace, "linkedin"), "507001001")
    pixel = factories.an_action(facebook, Destination.PIXEL, "900100100100101", "Sandbox pixel")
    clicks = [
        factories.an_action(google, Destination.CLICK_ACTION, number, name)
        for number, name in (("1001", "Lead"), ("1002", "Qualified lead"), ("1003", "Customer"))
    ]
    tag = factories.an_action(google, Destination.TAG_ACTION, "2001", "Contact form")
    factories.an_action(manager, Destination.TAG_ACTION, "2001", "Contact form")
    rules = [
        factories.an_action(linkedin, Destination.RULE, number, name)
        for number, name in (("104001", "Qualified lead"), ("104002", "Customer"), ("104003", "Contact form"))
    ]
    return World(
        workspace=workspace,
        admin=members[Role.ADMIN].user,
        marketer=members[Role.MARKETER].user,
        viewer=members[Role.VIEWER].user,
        by=factories.actor_of(members[Role.ADMIN]),
        facebook=facebook,
        google=google,
        google_manager=manager,
        linkedin=linkedin,
        actions={
            ("facebook", Trigger.FORM_SUBMISSION): [pixel],
            ("facebook", Trigger.STAGE_CHANGE): [pixel],
            ("facebook", Trigger.CUSTOM_EVENT): [pixel],
            ("google", Trigger.FORM_SUBMISSION): [tag],
            ("google", Trigger.STAGE_CHANGE): clicks,
            ("google", Trigger.CUSTOM_EVENT): clicks,
            ("linkedin", Trigger.FORM_SUBMISSION): rules,
            ("linkedin", Trigger.STAGE_CHANGE): rules,
            ("linkedin", Trigger.CUSTOM_EVENT): rules,
        },
        form=factories.a_form(workspace),
        behaviour=factories.a_behaviour(workspace),
    )

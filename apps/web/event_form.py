"""The create-event dialog's form: what it asks follows from the network's manifest; no network is named here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from django.http import QueryDict
from django.urls import reverse

from apps.ads.found import NewDestination
from apps.ads.models import AdAccount, ConversionAction, Destination
from apps.ads.registry import NETWORKS
from apps.ads.selectors import events_known
from apps.connections.models import ConnectionState, Environment
from apps.conversions.rules import Draft
from apps.domain.facts import Trigger, ValueFrom
from apps.domain.manifest import Choice, Manifest, Shape
from apps.domain.reasons import REASONS, Reason
from apps.records.models import PropertyDefinition
from apps.web import wording
from apps.web.event_consent import Asked
from apps.web.event_heard import MOST_NAMED, named, stages
from apps.web.event_options import NEW, VALUES, Extra, Option, picked, places
from apps.web.formats import amount_typed
from apps.workspaces.models import Workspace


@dataclass
class Sheet:
    """The form as far as it is filled in: every part is read when the template reaches it."""

    given: QueryDict
    workspace: Workspace
    errors: Mapping[str, str] = field(default_factory=dict)

    @property
    def here(self) -> str:
        """The dialog's own address."""
        return reverse("web:event_create")

    @cached_property
    def accounts(self) -> Sequence[AdAccount]:
        """Every connected ad account."""
        return list(AdAccount.objects.select_related("connection").order_by("name", "external_id"))

    @cached_property
    def networks(self) -> list[Manifest]:
        """The networks at which an account is connected."""
        connected = {account.network for account in self.accounts}
        return [network.manifest for key, network in NETWORKS.items() if key in connected]

    @cached_property
    def network(self) -> Manifest | None:
        """The chosen network; the only one is chosen by itself."""
        return picked(self.networks, lambda manifest: manifest.key, self.given.get("network", ""))

    @cached_property
    def accounts_there(self) -> list[AdAccount]:
        """The accounts at the chosen network."""
        return [each for each in self.accounts if self.network and each.network == self.network.key]

    @cached_property
    def account(self) -> AdAccount | None:
        """The chosen account; the only one is chosen by itself."""
        return picked(self.accounts_there, lambda account: str(account.id), self.given.get("account_id", ""))

    @cached_property
    def triggers(self) -> list[str]:
        """What the network takes and can be asked for here."""
        return [key for key in self.network.shapes if key in wording.TRIGGERS] if self.network else []

    @cached_property
    def trigger(self) -> str:
        """The chosen trigger, if the network takes it."""
        wanted = self.given.get("trigger", "")
        return wanted if wanted in self.triggers else ""

    @cached_property
    def shape(self) -> Shape | None:
        """What the network takes for the trigger."""
        return self.network.shapes[self.trigger] if self.network and self.trigger else None

    @property
    def on_stage(self) -> bool:
        """Whether it listens for a lifecycle stage (else for something with a name of its own)."""
        return self.trigger == Trigger.STAGE_CHANGE

    @property
    def on_form(self) -> bool:
        """Whether it listens for a form."""
        return self.trigger == Trigger.FORM_SUBMISSION

    @cached_property
    def heard(self) -> list[Option]:
        """The forms, custom events or stages to choose from; a chosen one always stands among them."""
        chosen = self.given.get("trigger_name", "")
        if self.on_stage:
            return stages(self.account, chosen)
        return named(self.trigger, self.given.get("wanted", "").strip(), chosen)

    @property
    def some_left_out(self) -> bool:
        """Whether there are more forms or custom events than are shown."""
        return not self.on_stage and len(self.heard) > MOST_NAMED

    @cached_property
    def heard_label(self) -> str:
        """The name of the chosen form, custom event or stage."""
        return next((option.label for option in self.heard if option.chosen), "")

    @cached_property
    def stages_without_event(self) -> list[str]:
        """Stages that nothing at this account listens for yet (B08)."""
        return [option.label for option in self.heard if self.on_stage and not option.mark and not option.chosen]

    @cached_property
    def name(self) -> str:
        """The typed name, or one made of what was chosen, until someone types one."""
        typed, proposed = self.given.get("name", ""), self.given.get("proposed", "")
        return self.proposed if typed.strip() in ("", proposed) else typed

    @cached_property
    def proposed(self) -> str:
        """A name made of what was chosen."""
        return f"{self.heard_label} · {self.network.label}"[:100] if self.heard_label and self.network else ""

    @cached_property
    def known_events(self) -> list[str]:
        """Names to choose from for the event at the network (B05)."""
        standard = self.network.standard_events if self.network else ()
        return events_known(account_id=self.account.id, standard=standard) if self.account else list(standard)

    @cached_property
    def destinations(self) -> list[Option]:
        """Where it can land at the account; the only place is chosen by itself."""
        if not (self.shape and self.account):
            return []
        there = ConversionAction.objects.filter(account=self.account, kind=self.shape.destination, gone_at=None)
        rows = list(there.order_by("name").values_list("external_id", "name"))
        kinds = {made.kind for made in NETWORKS[self.account.network].makes}
        return places(rows, self.given.get("destination", ""), can_make=self.shape.destination in kinds)

    @property
    def lands_in_new(self) -> bool:
        """Whether the place where it lands is still to be made (C04)."""
        return any(option.value == NEW and option.chosen for option in self.destinations)

    @property
    def value_follows_place(self) -> bool:
        """Whether a value is asked only where it lands in a new place: the tag's own actions keep theirs."""
        return bool(self.shape and self.shape.destination == Destination.TAG_ACTION)

    @cached_property
    def values(self) -> tuple[ValueFrom, ...]:
        """Where the value can come from; a custom event may say its own."""
        own = (ValueFrom.SIGNAL,) if self.trigger == Trigger.CUSTOM_EVENT else ()
        if self.lands_in_new:
            return own + VALUES[Destination.CLICK_ACTION]
        return own + VALUES[self.shape.destination] if self.shape else ()

    @cached_property
    def value_from(self) -> str:
        """Where the value comes from; a custom value unless something else was chosen."""
        wanted = self.given.get("value_from", ValueFrom.FIXED)
        return wanted if wanted in self.values or not self.values else self.values[0]

    @property
    def value(self) -> str:
        """The amount as it was typed."""
        return self.given.get("value", "")

    @property
    def currency(self) -> str:
        """The currency as it was typed, else the workspace's."""
        return self.given.get("currency", self.workspace.currency).strip().upper()

    @property
    def can_hold(self) -> bool:
        """Whether its values can lie far apart, so that it can be asked to hold those far above the others."""
        return self.value_from in (ValueFrom.DEAL, ValueFrom.SIGNAL)

    @property
    def hold_outliers(self) -> bool:
        """Whether values far above the others wait for somebody: as was ticked, else where deals give them."""
        if self.given.get("hold_asked") == self.value_from:
            return "hold_outliers" in self.given
        return self.value_from == ValueFrom.DEAL

    @property
    def network_event_name(self) -> str:
        """What it is to be called at the network, as it was typed."""
        return self.given.get("network_event_name", "")

    @cached_property
    def properties(self) -> list[PropertyDefinition]:
        """The contact's properties by label."""
        return list(PropertyDefinition.objects.filter(object_type="contacts").order_by("label", "name"))

    @cached_property
    def consent(self) -> Asked:
        """What must be said for anything to be sent."""
        return Asked.of(self.given, "consent", frozenset(self.errors))

    @cached_property
    def personalisation(self) -> Asked:
        """What must be said for ads to be personalised; asked where the network has a field for it."""
        given = self.given if self.network and self.network.personalisation else QueryDict()
        return Asked.of(given, "personalisation", frozenset(self.errors))

    @property
    def about(self) -> str:
        """What the chips and the network's own choices were answered for; for anything else their defaults count."""
        return f"{self.network.key}:{self.trigger}" if self.network else ""

    @property
    def _answered(self) -> bool:
        return self.given.get("about") == self.about

    @cached_property
    def shared(self) -> list[Option]:
        """The contact fields that can be shared, the recommended ones first chosen (A12)."""
        if not (self.network and self.shape):
            return []
        used = {*self.shape.identifiers, *self.shape.always_shared, *self.shape.needs_from_visit}
        chosen = set(self.given.getlist("shared_fields"))
        options = []
        for each in self.network.shared:
            of_the_visit = not each.removable and bool(self.shape.needs_from_visit or self.shape.action_sources)
            if each.name in used or of_the_visit:
                picked = each.name in chosen if self._answered else each.recommended
                locked = not each.removable
                mark = "recommended" if each.recommended and each.removable else ""
                options.append(Option(each.name, each.label, picked or locked, locked, mark))
        return sorted(options, key=lambda option: option.locked)

    @cached_property
    def extras(self) -> list[Extra]:
        """The network's own choices for the trigger."""
        if not self.network:
            return []
        choices = [choice for choice in self.network.choices if self.trigger in choice.triggers]
        return [Extra(choice, self._option(choice), self._offered(choice)) for choice in choices]

    def _offered(self, choice: Choice) -> tuple[str, ...]:
        found = self.account.route if self.account else ""
        return tuple(option for option in choice.options if option not in choice.tried or option == found)

    def _option(self, choice: Choice) -> str:
        if not self._answered:
            return choice.default
        left_out = {"flag": "false", "choice": choice.default}
        return self.given.get(f"option-{choice.name}", left_out.get(choice.kind, ""))

    @cached_property
    def obstacles(self) -> list[Reason]:
        """What will hold every conversion of this event back, as things are."""
        if not (self.account and self.shape):
            return []
        stops = {
            "manager_account": self.account.is_manager and not self.shape.manager_account_allowed,
            "terms_not_accepted": self.shape.needs_terms and not self.account.terms_accepted,
        }
        return [REASONS[code] for code, stopped in stops.items() if stopped]

    @property
    def reconnect(self) -> bool:
        """Whether the sign-in at the network must be renewed first."""
        return bool(self.account and self.account.connection.state != ConnectionState.WORKING)

    @property
    def at_sandbox(self) -> bool:
        """Whether the account stands at the local stand-in, so that nothing leaves the machine."""
        return bool(self.account and self.account.connection.environment == Environment.SANDBOX)

    @property
    def warning(self) -> str:
        """What the network says about such events."""
        return self.network.warnings.get(self.trigger, "") if self.network else ""

    @property
    def new_destination(self) -> NewDestination | None:
        """What is to be made for it to land in, if that was chosen; it bears the event's name."""
        if not (self.shape and self.lands_in_new):
            return None
        told = {"stage": self.given.get("trigger_name", "") if self.on_stage else ""}
        if self.value_from != ValueFrom.NONE:
            told |= {"value": amount_typed(self.value), "currency": self.currency}
        settings = {name: value for name, value in told.items() if value}
        return NewDestination(self.shape.destination, self.given.get("name", "").strip(), settings)

    @property
    def draft(self) -> Draft:
        """All of it for the service that checks and creates."""
        called = self.network_event_name.strip()
        return Draft(
            name=self.given.get("name", ""),
            account_id=str(self.account.id) if self.account else "",
            trigger=self.trigger,
            trigger_name=self.given.get("trigger_name", ""),
            network_event_name=called or (self.heard_label[:50] if self.on_stage else ""),
            destination=next((option.value for option in self.destinations if option.chosen), ""),
            value_from=self.value_from,
            value=amount_typed(self.value) if self.value_from != ValueFrom.NONE else "",
            currency=self.currency if self.value_from != ValueFrom.NONE else "",
            consent_property=self.consent.held_in,
            consent_values=self.consent.lines,
            personalisation_property=self.personalisation.held_in,
            personalisation_values=self.personalisation.lines,
            shared_fields=tuple(option.value for option in self.shared if option.chosen),
            options={extra.choice.name: extra.value for extra in self.extras},
            hold_outliers=self.can_hold and self.hold_outliers,
        )

"""How the product's terms look and read on screen: a word, a tone (colour) and an icon each, never colour alone."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from django.utils.dateparse import parse_datetime
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.ads.models import Destination
from apps.ads.registry import NETWORKS
from apps.connections.models import ConnectionState, Environment
from apps.domain.decision import Verdict as Decided
from apps.domain.facts import Adjustment, Trigger, ValueFrom
from apps.domain.identity.reasons import DropReason
from apps.domain.reasons import REASONS, Who
from apps.domain.states import State
from apps.pipeline.models import SimulationState
from apps.signals.models import SignalKind
from apps.web.formats import day_and_time, decimal
from apps.workspaces.roles import Role

Text = str | Promise
_DROPPED = {reason.value: reason for reason in DropReason}
_AMOUNT = re.compile(r"\d+\.\d+")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT")


@dataclass(frozen=True, slots=True)
class Look:
    """A term on screen. `tone` is one of ok, warn, bad, info, off."""

    word: Text
    tone: str
    icon: str
    help: Text = ""


STATES: Mapping[str, Look] = {
    State.SENT: Look(_("Sent"), "ok", "check", _("The network took it.")),
    State.CONFIRMED: Look(_("Confirmed"), "ok", "check-twice", _("The network says that it was processed.")),
    State.SENDING: Look(_("Sending"), "info", "send", _("In a request that has left or is about to.")),
    State.WAITING: Look(_("Waiting"), "info", "clock", _("Owed to the network, or held until something is mended.")),
    State.BLOCKED: Look(_("Blocked"), "off", "ban", _("Will not leave; the reason says why.")),
    State.CANCELLED: Look(_("Cancelled"), "off", "cross", _("Called off while it waited.")),
    State.EXPIRED: Look(_("Expired"), "warn", "hourglass", _("The network's window closed while it waited.")),
    State.FAILED: Look(_("Failed"), "bad", "alert", _("The network refused it for good.")),
    State.UNKNOWN: Look(
        _("Unknown"), "warn", "info", _("It left and no answer came: it may have been counted or not.")
    ),
    State.POISONED: Look(_("Set aside"), "bad", "alert", _("Our own software fails on it; your operator has to look.")),
}

CONNECTIONS: Mapping[str, Look] = {
    ConnectionState.WORKING: Look(_("Connected"), "ok", "check", _("The sign-in works.")),
    ConnectionState.RECONNECT: Look(
        _("Connect again"),
        "bad",
        "plug",
        _("The network no longer accepts the sign-in; conversions wait until you do."),
    ),
    ConnectionState.DISCONNECTED: Look(_("Disconnected"), "off", "pause", _("The sign-in was given back.")),
}

ENVIRONMENTS: Mapping[str, Look] = {
    Environment.LIVE: Look(_("Live"), "info", "target", _("The network itself.")),
    Environment.SANDBOX: Look(_("Sandbox"), "off", "sandbox", _("A stand-in on this machine: nothing leaves it.")),
}

LEADS: Mapping[str, Look] = {
    "": Look(_("Waiting"), "info", "clock"),
    "made": Look(_("New contact"), "ok", "check"),
    "updated": Look(_("Contact updated"), "ok", "check"),
    "test": Look(_("Test lead: no contact"), "off", "info"),
    "removed": Look(_("Taken back"), "off", "trash"),
    "not_wanted": Look(_("Not received any more"), "off", "ban"),
    "erased": Look(_("Not kept: the person was erased"), "off", "ban"),
}

HEALTH: Mapping[str, Look] = {
    "ok": Look(_("Healthy"), "ok", "check", _("The last 7 days went well.")),
    "idle": Look(_("Quiet"), "off", "moon", _("Nothing has happened in the last 7 days.")),
    "attention": Look(
        _("Needs attention"),
        "warn",
        "alert",
        _("In the last 7 days conversions failed or expired, or none reached the network."),
    ),
    "broken": Look(_("Held up"), "bad", "plug", _("Conversions wait until something at the network is mended.")),
    "off": Look(_("Off"), "off", "pause", _("Switched off: nothing is sent.")),
}

TRIGGERS: dict[str, Look] = {
    Trigger.FORM_SUBMISSION: Look(_("Form submission"), "off", "form", _("Someone sends in one of your forms.")),
    Trigger.STAGE_CHANGE: Look(
        _("Lifecycle stage change"), "off", "stages", _("A contact moves into a lifecycle stage you choose.")
    ),
    Trigger.CUSTOM_EVENT: Look(
        _("Custom event"), "off", "spark", _("Someone completes a custom event of yours, in your app or on your site.")
    ),
}

CORRECTIONS: Mapping[str, Look] = {
    Adjustment.RESTATEMENT: Look(_("New value"), "off", "coins", _("The network counts it with another value.")),
    Adjustment.RETRACTION: Look(_("Withdrawal"), "off", "undo", _("The network no longer counts it.")),
}

# What a signal can be: what sets events off, and corrections of what was sent for them.
KINDS: Mapping[str, Look] = TRIGGERS | {SignalKind.ADJUSTMENT: Look(_("Correction"), "off", "repeat")}

STEPS: Mapping[str, Look] = {
    "pass": Look(_("Passed"), "ok", "check"),
    "block": Look(_("Stopped here"), "bad", "ban"),
    "hold": Look(_("Held here"), "warn", "pause"),
    "note": Look(_("Noted"), "info", "info"),
}

VERDICTS: Mapping[str, Look] = {
    Decided.SEND: Look(_("Would be sent"), "ok", "check"),
    Decided.BLOCKED: Look(_("Would be blocked"), "off", "ban"),
    Decided.HELD: Look(_("Would wait"), "warn", "pause"),
}

WHO: Mapping[str, Look] = {
    Who.NOBODY: Look(_("Nobody has to act"), "off", "check"),
    Who.MARKETER: Look(_("A marketer can mend this"), "warn", "user"),
    Who.ADMIN: Look(_("An admin must act"), "bad", "user"),
    Who.OPERATOR: Look(_("The operator of convsync must act"), "bad", "user"),
}

SIMULATIONS: Mapping[str, Look] = {
    SimulationState.RUNNING: Look(_("Running"), "info", "clock"),
    SimulationState.DONE: Look(_("Done"), "ok", "check"),
    SimulationState.CANCELLED: Look(_("Stopped"), "off", "cross"),
}

ROLES: Mapping[str, Look] = {
    Role.ADMIN: Look(_("Admin"), "info", "shield", _("Configures, switches, deletes, connects and manages members.")),
    Role.MARKETER: Look(_("Marketer"), "off", "user", _("Configures events.")),
    Role.VIEWER: Look(_("Viewer"), "off", "eye", _("Reads everything, changes nothing.")),
}

DESTINATIONS: Mapping[str, Text] = {
    Destination.PIXEL: _("Pixel (dataset)"),
    Destination.CLICK_ACTION: _("Conversion action for clicks"),
    Destination.TAG_ACTION: _("Conversion action of the website tag"),
    Destination.RULE: _("Conversion rule"),
}

VALUES: Mapping[str, Look] = {
    ValueFrom.DEAL: Look(
        _("Deal amount"),
        "off",
        "coins",
        _("Amount × stage probability of the contact's most recent deal. The default counts where there is none."),
    ),
    ValueFrom.FIXED: Look(_("Custom value"), "off", "coins", _("The same value for every conversion.")),
    ValueFrom.SIGNAL: Look(
        _("Value of the event"),
        "off",
        "coins",
        _("What each custom event is sent with. The default counts where it is sent without one."),
    ),
    ValueFrom.NONE: Look(_("Set at the network"), "off", "coins", _("What you chose above decides the value there.")),
}

SCOPES: Mapping[str, Text] = {
    "records.read": _("Read contacts, companies, deals, forms and custom events"),
    "records.write": _("Write contacts, companies, deals, associations, form submissions and custom events"),
    "events.read": _("Read conversion events"),
    "events.write": _("Create, edit, switch and delete conversion events, and correct what was sent"),
    "signals.read": _("Read signals and their explanations"),
    "privacy.read": _("Read what left about a person, and certificates of erasures"),
    "privacy.write": _("Erase people"),
    "conversions.resend": _("Send again what ended badly, and late what an event was not on for"),
}

PURPOSES: Mapping[str, Text] = {
    "send": _("To send conversions"),
    "discover": _("To list accounts and where conversions can land"),
    "leads": _("To receive leads"),
}

# What the create-event dialog asks, by field.
ASKED: Mapping[str, Text] = {
    "account_id": _("Ad account"),
    "trigger": _("What sets it off"),
    "trigger_name": _("Form or stage"),
    "name": _("Event name"),
    "destination": _("Where it lands"),
    "network_event_name": _("Name at the network"),
    "value_from": _("Value"),
    "value": _("Value"),
    "currency": _("Currency"),
    "hold_outliers": _("Values far above the usual"),
    "consent_property": _("Contact property that holds consent"),
    "consent_values": _("Values that mean yes"),
    "personalisation_property": _("Contact property that says whether ads may be personalised"),
    "personalisation_values": _("Values that allow personalised ads"),
    "shared_fields": _("Shared data"),
}

# The facts that a step of a decision looked at.
FACTS: Mapping[str, Text] = {
    "account": _("Ad account"),
    "action_source": _("Action source"),
    "amount": _("Amount"),
    "by": _("By"),
    "changed_at": _("Changed"),
    "clicked_at": _("Clicked"),
    "closed_at": _("Window closed"),
    "closes_at": _("Window closes"),
    "currency": _("Currency"),
    "dropped": _("Left out"),
    "event_name": _("Event name"),
    "fields": _("Fields"),
    "first": _("First signal"),
    "kept": _("Kept"),
    "kind": _("Kind of click"),
    "lead_at": _("Lead came in"),
    "looked_for": _("Looked for"),
    "occurred_at": _("Happened"),
    "on_since": _("On since"),
    "property": _("Property"),
    "usual": _("Usual value"),
    "started_at": _("Started"),
}


# Options of networks' choices whose names say too little.
OPTIONS: Mapping[str, Text] = {
    "auto": _("Automatic"),
    "data_manager": _("Data Manager API"),
    "ads_api": _("Google Ads API"),
}


def say(text: str) -> str:
    """The text of a domain table in the reader's language."""
    return gettext(text) if text else ""


def reason_text(code: str) -> str:
    """A reason's sentence; a network's own code stands as it is."""
    return say(REASONS[code].sentence) if code in REASONS else code


@cache
def _field_labels() -> dict[str, str]:
    manifests = [network.manifest for network in NETWORKS.values()]
    return {shared.name: shared.label for manifest in reversed(manifests) for shared in manifest.shared}


def field_label(name: str) -> str:
    """A contact field as the data-sharing choice calls it; an unknown name stands as it is."""
    label = _field_labels().get(name)
    return say(label) if label else name


def fact_label(name: str) -> str:
    """What a fact of a decision's step is called."""
    return str(FACTS.get(name, name))


def option_label(option: str) -> str:
    """What an option of a network's choice is called."""
    return str(OPTIONS[option]) if option in OPTIONS else say(option)


def drop_text(code: str) -> str:
    """Why an identifier was left out, and how to mend it."""
    if code == "incomplete_group":
        return gettext("The network takes it only together with others, and one of those is missing.")
    dropped = _DROPPED.get(code)
    return say(dropped.explanation) if dropped else code


def fact_shown(fact: str) -> str:
    """A fact of the trace for reading: moments in the workspace's zone, amounts and fields as they are written."""
    if _AMOUNT.fullmatch(fact):
        return decimal(fact)
    if _MOMENT.match(fact):
        moment = parse_datetime(fact)
        return day_and_time(moment) if moment else fact
    return ", ".join(field_label(part) for part in fact.split(", "))


def purpose_text(purpose: str) -> str:
    """What a permission is for."""
    return str(PURPOSES.get(purpose, purpose))

"""What is wrong with a field, in the reader's language; the services' own messages say the same in English."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.ads.asking import NotThere
from apps.core.errors import InvalidInput
from apps.domain.reasons import Who

# By field and code; a field of a network's own (its choices) is found under an empty field.
TEXTS: Mapping[tuple[str, str], Promise] = {
    ("name", "length"): _("Give a name of 1 to 100 characters."),
    ("account_id", "choice"): _("Choose one of the connected ad accounts."),
    ("account_id", "business_manager"): _(
        "Add this ad account to a Business Manager at the network first; events cannot be made without one."
    ),
    ("trigger", "choice"): _("Choose what sets the event off."),
    ("trigger_name", "choice"): _("Choose one from the list."),
    ("destination", "choice"): _("Choose where the conversions land."),
    ("network_event_name", "length"): _("This name is too long for the network."),
    ("value_from", "choice"): _("Choose where the value comes from."),
    ("value", "number"): _("Give an amount, such as 25.00. It also counts when there is no usable deal."),
    ("value", "range"): _("Give an amount from 0 to 1,000,000,000."),
    ("currency", "currency"): _("Use a currency's three letters, such as EUR."),
    ("consent_property", "required"): _("Choose the contact property that holds consent."),
    ("consent_property", "choice"): _("Choose one of the contact's properties."),
    ("consent_values", "required"): _("Give at least one value that means consent."),
    ("consent_values", "length"): _("Give at most 20 values of at most 100 characters."),
    ("personalisation_property", "choice"): _("Choose one of the contact's properties."),
    ("personalisation_values", "required"): _("Give at least one value that means yes."),
    ("personalisation_values", "length"): _("Give at most 20 values of at most 100 characters."),
    ("shared_fields", "choice"): _("Choose from the fields that this network takes."),
    ("tags", "length"): _("Give at most 20 tags of at most 50 characters."),
    ("scopes", "choice"): _("Choose at least one of these."),
    ("value", "required"): _("Give the new value, such as 25.00."),
    ("adjustment", "choice"): _("Choose what to correct."),
    ("adjustment", "not_taken"): _("This network takes no corrections of what was sent."),
    ("adjustment", "closed"): _("The network takes no corrections of this ad account by the sign-in in use."),
    ("signal_id", "never_sent"): _("The network never took it, so there is nothing to correct."),
    ("signal_id", "is_correction"): _("This is a correction itself. Correct the signal that it is about."),
    ("signal_id", "withdrawn"): _("It was withdrawn already, so nothing is left to correct."),
    ("signal_id", "too_late"): _("It is too long ago: the network's window for corrections has closed."),
    ("event_id", "event_off"): _("The event is off or deleted, so nothing is sent for it. Switch it on first."),
    ("state", "choice"): _("There is no such state."),
    ("event_id", "uuid"): _("There is no such event."),
    ("after", "cursor"): _("This link to a further page is broken. Start again at the newest."),
    ("accounts", "choice"): _("Choose one or more of the accounts listed."),
    ("environment", "choice"): _("Choose where to connect."),
    ("recipients", "choice"): _("Choose one or more members of this workspace."),
    ("hook_url", "address"): _("Give a public address that begins with https://, without a port or a password in it."),
    ("", "required"): _("Fill this in."),
    ("", "choice"): _("This cannot be used here. Choose or write something else."),
    ("", "fixed"): _("This makes an event what it is and cannot be changed. Duplicate the event instead."),
    ("", "unknown"): _("The network has no such choice."),
}


def by_field(error: InvalidInput) -> dict[str, str]:
    """Each faulty field with one message; several about one field are joined."""
    said: dict[str, str] = {}
    for fault in error.faults:
        text = TEXTS.get((fault.field, fault.code)) or TEXTS.get(("", fault.code)) or fault.message
        said[fault.field] = f"{said[fault.field]} {text}" if fault.field in said else str(text)
    return said


def name_taken() -> str:
    """What is wrong with an event's name that another event has."""
    return gettext("There is already an event with this name; choose another one.")


# Why a network did not give what was asked for, by who must act.
_REFUSALS: Mapping[Who, Promise] = {
    Who.NOBODY: _("%(network)s cannot serve this at the moment (%(code)s). Try again in a few minutes."),
    Who.MARKETER: _("%(network)s did not take this (%(code)s). Correct it and try again."),
    Who.ADMIN: _(
        "%(network)s refused it (%(code)s): the sign-in lacks a permission or a role there. Mend that at the "
        "network and connect again."
    ),
    Who.OPERATOR: _("%(network)s answered in a way that convsync does not know (%(code)s). Tell its operator."),
}


def refusal(error: NotThere) -> str:
    """What a network's refusal means, in the reader's language."""
    outcome = error.outcome
    told = {"network": error.network, "code": outcome.code or outcome.verdict}
    if outcome.code == "unreachable":
        return gettext("%(network)s could not be reached. Try again in a moment.") % told
    if outcome.signed_out:
        return gettext("%(network)s no longer accepts this sign-in (%(code)s). Sign in again.") % told
    return str(_REFUSALS[outcome.who]) % told

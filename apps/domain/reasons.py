"""Every reason for which a conversion does not leave, with who must act: the table that all edges read."""

from dataclasses import dataclass
from enum import StrEnum


class Who(StrEnum):
    """Who can change it."""

    NOBODY = "nobody"
    MARKETER = "marketer"
    ADMIN = "admin"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Reason:
    """`sentence` says what happened, `advice` what to do; both are English and the keys of their translation."""

    code: str
    sentence: str
    advice: str
    who: Who


_TABLE = (
    Reason(
        "before_event",
        "It happened before the event was created or last switched on.",
        "Nothing to do: only what happens while the event is on counts. Send older signals with a backfill.",
        Who.NOBODY,
    ),
    Reason(
        "event_off",
        "The event was switched off.",
        "Switch the event on to count what happens from then on.",
        Who.ADMIN,
    ),
    Reason(
        "event_deleted",
        "The event was deleted while this conversion waited.",
        "Nothing to do.",
        Who.NOBODY,
    ),
    Reason(
        "duplicate",
        "The same form was sent in again with the same answers; the first one counts.",
        "Nothing to do.",
        Who.NOBODY,
    ),
    Reason(
        "consent_unknown",
        "The contact has no value for the consent property, and unknown means no.",
        "Ask for consent on the form, or fill the property where you already have it.",
        Who.MARKETER,
    ),
    Reason(
        "consent_denied",
        "The contact's consent property does not hold a value that means consent.",
        "Nothing to do, unless the event lists the wrong values.",
        Who.MARKETER,
    ),
    Reason(
        "consent_withdrawn",
        "Consent was withdrawn between the decision and the sending.",
        "Nothing to do: it did not leave.",
        Who.NOBODY,
    ),
    Reason(
        "personalisation_withdrawn",
        "Consent to personalised ads was withdrawn between the decision and the sending.",
        "Nothing to do: it did not leave, because its bytes say yes. Judged again, it can leave with what holds now.",
        Who.NOBODY,
    ),
    Reason(
        "contact_gone",
        "The contact was deleted between the decision and the sending.",
        "Nothing to do: it did not leave.",
        Who.NOBODY,
    ),
    Reason(
        "merged_twin",
        "The contact was merged with another that had done the same, and only one of the two counts.",
        "Nothing to do.",
        Who.NOBODY,
    ),
    Reason(
        "erased",
        "The person was erased on request, with all that was known of them.",
        "Nothing to do: what they do anew from now on counts.",
        Who.NOBODY,
    ),
    Reason(
        "manager_account",
        "The ad account is a Google manager account, which takes no form conversions.",
        "Choose the client account that owns the conversion action.",
        Who.ADMIN,
    ),
    Reason(
        "terms_not_accepted",
        "Google's customer data terms have not been accepted for this ad account.",
        "Accept them in Google Ads; waiting conversions then leave by themselves.",
        Who.ADMIN,
    ),
    Reason(
        "no_lead",
        "The contact did not come from a Facebook lead ad: it has no lead id.",
        "Nothing to do for contacts from other campaigns.",
        Who.NOBODY,
    ),
    Reason(
        "before_lead",
        "The stage changed before the lead came in; Facebook wants stages that follow the lead.",
        "Nothing to do.",
        Who.NOBODY,
    ),
    Reason(
        "no_click",
        "The contact has no Google click id.",
        "Switch on auto-tagging in Google Ads and keep gclid in a hidden form field.",
        Who.MARKETER,
    ),
    Reason(
        "before_click",
        "It happened before the contact's ad click.",
        "Nothing to do.",
        Who.NOBODY,
    ),
    Reason(
        "click_not_counted",
        "The contact's only click ids are a gbraid or wbraid, and the conversion action counts one conversion a click.",
        "Let the conversion action count every conversion in Google Ads; Google takes such click ids with no other.",
        Who.MARKETER,
    ),
    Reason(
        "click_too_old",
        "It happened longer after the ad click than the conversion action looks back, which is at most 90 days.",
        "Nothing to do, unless the conversion action's click-through window in Google Ads is shorter than 90 days.",
        Who.NOBODY,
    ),
    Reason(
        "too_old",
        "The network's window for it had already closed when the signal came in.",
        "Send signals sooner: check what delays them before they reach convsync.",
        Who.MARKETER,
    ),
    Reason(
        "in_the_future",
        "It is dated more than five minutes in the future.",
        "Correct the clock or the time zone of the system that sent it.",
        Who.MARKETER,
    ),
    Reason(
        "no_user_agent",
        "The browser's user agent is missing, which Facebook requires for website events.",
        "Post the form from the page itself, or pass the visitor's user agent along.",
        Who.MARKETER,
    ),
    Reason(
        "no_page_url",
        "The page's address is missing, which Facebook requires for website events.",
        "Send pageUri with the form submission.",
        Who.MARKETER,
    ),
    Reason(
        "bad_page_url",
        "The page's address does not begin with http:// or https://, which Facebook requires for website events.",
        "Send the whole address of the page as pageUri.",
        Who.MARKETER,
    ),
    Reason(
        "action_source_not_taken",
        "The action source is not one that convsync can send: app and messaging events need facts it lacks.",
        "Use website, email, phone_call, chat, physical_store, system_generated or other.",
        Who.MARKETER,
    ),
    Reason(
        "no_value",
        "There is no value of nought or more, and Facebook takes this kind of event only with one.",
        "Let the event take its value from the deal, or give it a value of its own.",
        Who.MARKETER,
    ),
    Reason(
        "no_identifier",
        "No identifier that the event shares was usable, so the network could not match the person.",
        "Share more fields, or mend the data: each dropped identifier says what is wrong with it.",
        Who.MARKETER,
    ),
    Reason(
        "weak_identifiers",
        "The identifiers left are too general for Facebook to accept.",
        "Share the e-mail address or the phone number as well.",
        Who.MARKETER,
    ),
    Reason(
        "bad_currency",
        "The deal's currency is not an ISO 4217 code, and guessing one would falsify the value.",
        "Correct the deal's currency.",
        Who.MARKETER,
    ),
    Reason(
        "outlier",
        "Its value is far above what this event's conversions are usually worth, so it waits for somebody to look.",
        "Look at the deal, then send it or do not send it. Otherwise it ends with its window.",
        Who.MARKETER,
    ),
    Reason(
        "outlier_rejected",
        "Its value was unusually high, and somebody decided that it does not leave.",
        "Nothing to do.",
        Who.NOBODY,
    ),
    Reason(
        "outlier_not_decided",
        "Its value was unusually high, and nobody decided before the network's window closed.",
        "Look sooner at what waits for you on the overview.",
        Who.MARKETER,
    ),
    Reason(
        "window_closed",
        "The network's window closed while it waited.",
        "See what held it up: a connection to mend, or an outage at the network.",
        Who.ADMIN,
    ),
    Reason(
        "indeterminate",
        "The network dropped some of the conversions in its request, and does not say which.",
        "See which reasons it gave: the data or the account behind them can be mended for what comes next.",
        Who.MARKETER,
    ),
    Reason(
        "several_reasons",
        "The network dropped every conversion in its request, for different reasons.",
        "See which reasons it gave, with the request.",
        Who.MARKETER,
    ),
    Reason(
        "not_told",
        "The network took it and has not said in time what became of it.",
        "Nothing to do: compare with the counts that the network shows.",
        Who.NOBODY,
    ),
    Reason(
        "rule_missing",
        "The conversion rule is no longer there: it was deleted at LinkedIn, or belongs to another ad account.",
        "Choose another rule for what comes next. What waits was made for the old one and ends with its window.",
        Who.MARKETER,
    ),
    Reason(
        "no_permission",
        "The conversion rule is there, but the person who signed in may not send conversions to it.",
        "Ask for a role that may send at the ad account, or connect again as somebody who has one.",
        Who.ADMIN,
    ),
    Reason(
        "no_access",
        "The person who signed in no longer has access to the ad account.",
        "Ask for access at LinkedIn, or connect again as somebody who has it.",
        Who.ADMIN,
    ),
    Reason(
        "wrong_rule_method",
        "The conversion rule is fed by the Insight Tag, and LinkedIn takes no other conversions for it.",
        "Choose a rule of the Conversions API for the event.",
        Who.MARKETER,
    ),
    Reason(
        "outcome_unknown",
        "It left and no answer came, and by now the network would count a repeat as a second conversion.",
        "Nothing to do here. At the network you can see whether it was counted.",
        Who.NOBODY,
    ),
    Reason(
        "poisoned",
        "Three times our own software could not get it ready or sent, so that it was set aside; the others went on.",
        "Your operator finds the error in the log and, when it is mended, sends these with a replay.",
        Who.OPERATOR,
    ),
    Reason(
        "no_new_value",
        "It corrects the value of an earlier conversion and says no new value.",
        "Send the new value with it, or let the event take it from the deal.",
        Who.MARKETER,
    ),
)

REASONS = {reason.code: reason for reason in _TABLE}

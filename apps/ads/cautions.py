"""What stands in the way of an account, pixel, conversion action or rule: one table for all networks.

Networks report codes (`FoundAccount.cautions`, `FoundDestination.cautions`); the screens translate the sentences.
"""

from dataclasses import dataclass

from apps.domain.reasons import Who


@dataclass(frozen=True, slots=True)
class Caution:
    """`sentence` says what is the matter, `advice` what to do; both are English and the keys of their translation."""

    code: str
    sentence: str
    advice: str
    who: Who = Who.ADMIN


_TABLE = (
    Caution(
        "not_reached",
        "The sign-in no longer reaches this account.",
        "Connect again as somebody who has access to it, or ask for access at the network.",
    ),
    Caution(
        "no_business",
        "The ad account belongs to no Business Manager, so events cannot be made for it.",
        "Add it to a Business Manager in Meta's business settings, then check it again.",
    ),
    Caution(
        "not_active",
        "Facebook has stopped or closed the ad account.",
        "Look under Account quality in Meta's business settings what Facebook asks for, then check it again.",
    ),
    Caution(
        "read_only",
        "The sign-in may only look at this ad account.",
        "Ask an administrator of the business to assign you the account with the right to manage campaigns.",
    ),
    Caution(
        "unavailable",
        "Facebook has made this pixel unavailable: it takes no events.",
        "Choose another pixel, or look in Events Manager what is the matter with this one.",
    ),
    Caution(
        "not_assigned",
        "The sign-in was not given this pixel, so events for it would be refused.",
        "In Meta's business settings, assign the pixel to the person or system user that signed in.",
    ),
    Caution(
        "restricted",
        "Facebook restricts what this pixel may be used for.",
        "Look in Events Manager which kinds of data it may not receive before you send to it.",
        Who.MARKETER,
    ),
    Caution(
        "manager",
        "This is a Google manager (MCC) account: form data does not sync to it.",
        "Choose the client account that owns the conversion action as well.",
    ),
    Caution(
        "terms_not_accepted",
        "Google's customer data terms have not been accepted for this account.",
        "Accept them in Google Ads under Goals, Settings; until then form conversions wait.",
    ),
    Caution(
        "viewer_role",
        "You are only a viewer of this account, and viewers cannot send conversions.",
        "Ask for the role of account manager, campaign manager, creative manager or billing admin.",
    ),
    Caution(
        "no_role",
        "LinkedIn does not say which role you have at this account.",
        "Check in Campaign Manager that you are account manager, campaign manager, creative manager or billing admin.",
    ),
    Caution(
        "not_active",
        "The ad account is not active at the network.",
        "Activate it there; conversions can be sent meanwhile, and no ads run.",
    ),
    Caution(
        "test_account",
        "This is a test account: it never spends, and nothing is attributed to its ads.",
        "Use it to try things out, and choose the real account for your ads.",
        Who.MARKETER,
    ),
    Caution(
        "wrong_method",
        "The rule is fed by the Insight Tag, so that conversions sent from here are refused.",
        "Choose or make a rule of the Conversions API.",
        Who.MARKETER,
    ),
    Caution(
        "disabled",
        "The rule is switched off: LinkedIn takes conversions for it and attributes none.",
        "Switch it on in Campaign Manager.",
        Who.MARKETER,
    ),
    Caution(
        "no_campaign",
        "The rule is linked to no campaign, so that LinkedIn attributes none of its conversions.",
        "Link the campaigns that should count to the rule.",
        Who.MARKETER,
    ),
    Caution(
        "own_value",
        "The rule has a value of its own or none, so that the values sent from here do not count.",
        "Set the rule's value to dynamic where the conversions' own values should count.",
        Who.MARKETER,
    ),
)

CAUTIONS = {caution.code: caution for caution in _TABLE}

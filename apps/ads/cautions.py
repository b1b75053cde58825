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
)

CAUTIONS = {caution.code: caution for caution in _TABLE}

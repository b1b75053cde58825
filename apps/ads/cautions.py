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

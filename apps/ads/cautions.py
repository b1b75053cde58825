"""What stands in the way of an account, pixel, conversion action or rule: one table for all networks.

Networks report codes (`FoundAccount.cautions`, `FoundDestination.cautions`); the screens translate the sentences.
"""

from dataclasses import dataclass

from apps.domain.reasons import Who


@dataclass(frozen=True, slots=True)
class Caution:
    """`sentence` says what is the matter, `advice` what to do; both are English and the keys of their translation.

    `unusable`: no event can use what has it. `silent`: the network takes what is sent, and drops it or its value.
    """

    code: str
    sentence: str
    advice: str
    who: Who = Who.ADMIN
    unusable: bool = False
    silent: bool = False


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
        "suspended",
        "Google has suspended this account: it takes no conversions.",
        "Look in Google Ads why, and appeal there; then check it again.",
    ),
    Caution(
        "account_closed",
        "The Google Ads account was cancelled, or was never set up to the end.",
        "Open it in Google Ads again, then connect it.",
    ),
    Caution(
        "tracked_by_manager",
        "A manager account tracks this account's conversions: they are sent there, and form data may not be taken.",
        "For form events, let the account track its own conversions in Google Ads.",
    ),
    Caution(
        "enhanced_off",
        "Enhanced conversions are off for this account, so e-mail addresses and phone numbers count for nothing.",
        "Switch them on in Google Ads under Goals, Settings; after a first upload it can take 48 hours to show.",
        silent=True,
    ),
    Caution(
        "no_auto_tagging",
        "Auto-tagging is off, so ad clicks bring no click id and no stage change can be tied to one.",
        "Switch auto-tagging on in the account settings of Google Ads.",
    ),
    Caution(
        "test_account",
        "This is a test account: its ads are never shown and its conversions count for nothing.",
        "Use it to try things out only.",
        Who.NOBODY,
    ),
    Caution(
        "other_owner",
        "Another account owns this conversion action than the one that tracks the conversions, so Google refuses what "
        "is sent to it.",
        "Choose a conversion action of the account that tracks the conversions.",
        Who.MARKETER,
    ),
    Caution(
        "hidden",
        "The conversion action is hidden in Google Ads.",
        "Enable it there, or choose another one.",
        Who.MARKETER,
    ),
    Caution(
        "not_enhanced",
        "Enhanced conversions are off, so form data sent to this conversion action improves nothing yet.",
        "The first upload switches them on within 48 hours, unless they were switched off in Google Ads.",
        Who.MARKETER,
    ),
    Caution(
        "goal_not_biddable",
        "Google does not bid on the account-level goal of this conversion action's category.",
        "Set the goal as an account-default goal in Google Ads if bidding should use these conversions.",
        Who.MARKETER,
    ),
    Caution(
        "not_primary",
        "The conversion action is a secondary one: its conversions are observed and bidding does not use them.",
        "Make it a primary action in Google Ads if bidding should use them.",
        Who.MARKETER,
    ),
    Caution(
        "gclid_only",
        "The conversion action counts one conversion a click, and Google then takes no gbraid or wbraid.",
        "Set it to count every conversion in Google Ads, or accept that such clicks are left out.",
        Who.MARKETER,
    ),
    Caution(
        "uploads_dropped",
        "Google's own diagnostics say that it drops many of the conversions uploaded to this conversion action.",
        "See the reasons beside it, and in Google Ads under Goals, Uploads.",
        Who.MARKETER,
    ),
    Caution(
        "default_value_only",
        "The conversion action always uses its own default value, so Google ignores the values that are sent.",
        "Let it use different values for each conversion in Google Ads.",
        Who.MARKETER,
        silent=True,
    ),
    Caution(
        "short_lookback",
        "The conversion action looks back fewer than 90 days, so later stage changes do not count.",
        "Lengthen its click-through window in Google Ads to 90 days.",
        Who.MARKETER,
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
        unusable=True,
    ),
    Caution(
        "disabled",
        "The rule is switched off: LinkedIn takes conversions for it and attributes none.",
        "Switch it on in Campaign Manager.",
        Who.MARKETER,
        silent=True,
    ),
    Caution(
        "no_campaign",
        "The rule is linked to no campaign, so that LinkedIn attributes none of its conversions.",
        "Link the campaigns that should count to the rule.",
        Who.MARKETER,
        silent=True,
    ),
    Caution(
        "own_value",
        "The rule has a value of its own or none, so that the values sent from here do not count.",
        "Set the rule's value to dynamic where the conversions' own values should count.",
        Who.MARKETER,
        silent=True,
    ),
)

CAUTIONS = {caution.code: caution for caution in _TABLE}

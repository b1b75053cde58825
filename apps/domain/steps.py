"""What each step of a decision asks, and how a passed one reads. English, and the keys of their translation.

A step that blocked or held reads as its reason (reasons.py).
"""

TITLES = {
    "route": "Which way does it leave?",
    "person": "May anything be kept of the person?",
    "event_on": "Was the event on?",
    "clock": "Is the time believable?",
    "repeat": "Is it the first time?",
    "account": "Can the ad account take it?",
    "consent": "Did the person consent?",
    "personalisation": "May ads be personalised with it?",
    "lead": "Did the contact come from a lead ad?",
    "click": "Is there an ad click to credit?",
    "window": "Is it in time for the network?",
    "visit": "Is the visit known?",
    "identifiers": "Which identifiers were left out?",
    "identity": "Can the network match the person?",
    "value": "What is it worth?",
    "since": "Did the person change since?",
    "outlier": "Is the value believable?",
    "resend": "Was it sent again?",
}

# Where what leaves came from.
ORIGINS = {
    "contact": "The contact's property {property}.",
    "visit": "The visit, as the form's page told it.",
    "click": "Kept with the contact since it was first seen.",
    "event": "What the event is set to, and the moment when it happened.",
    "worth": "The value, as the decision found it.",
}

PASSED = {
    (
        "since",
        "merged",
    ): "It was judged before the contacts were merged ({changed_at}), and keeps what it was judged with.",
    ("since", "email"): "The e-mail address changed later ({changed_at}); it keeps the one it was judged with.",
    (
        "route",
        "window_over",
    ): "Its window as an enhancement was over, so it leaves as an event of the Data Manager API.",
    (
        "route",
        "closed",
    ): "Google takes no adjustments from this project, so it leaves as an event of the Data Manager API.",
    ("event_on", ""): "The event has been on since {on_since}.",
    ("event_on", "backfill"): "Sent late on purpose: a backfill by {by}, started on {started_at}.",
    ("resend", "replay"): "Sent again as it was by {by}, on {started_at}.",
    ("event_on", "judged_anew"): "Judged again by {by}, on {started_at}, with what was known then.",
    ("repeat", ""): "No earlier submission with the same answers made a conversion.",
    ("account", ""): "Ad account {account} takes this kind of conversion.",
    ("consent", ""): "The property {property} holds a value that means consent.",
    ("consent", "not_asked"): "This event asks for no consent property.",
    (
        "personalisation",
        "granted",
    ): "The property {property} says yes, and the network is told so if it has a field for it.",
    (
        "personalisation",
        "denied",
    ): "The property {property} says no, and the network is told so if it has a field for it.",
    (
        "personalisation",
        "unknown",
    ): "The property {property} says nothing, so no yes is claimed.",
    ("lead", ""): "The lead came in at {lead_at}.",
    ("click", ""): "The {kind} of {clicked_at} is credited.",
    ("window", ""): "It can be sent until {closes_at}.",
    ("visit", ""): "Present: {fields}.",
    ("identifiers", "dropped"): "Left out, each with its reason:",
    ("identity", ""): "Shared, hashed where the network hashes: {kept}.",
    ("value", "decided_at_network"): "The network's own conversion action decides the value.",
    ("value", "fixed"): "The event's own value: {amount} {currency}.",
    ("value", "signal"): "What the signal itself says: {amount} {currency}.",
    ("value", "default_not_told"): "The signal says no value, so the default counts: {amount} {currency}.",
    ("value", "deal"): "Amount times stage probability of the most recent deal: {amount} {currency}.",
    ("value", "default_no_deal"): "There is no deal, so the default counts: {amount} {currency}.",
    ("value", "default_closed_lost"): "The deal is closed-lost, so the default counts: {amount} {currency}.",
    ("value", "default_no_amount"): "The deal has no amount, so the default counts: {amount} {currency}.",
    (
        "value",
        "default_not_positive",
    ): "The weighted amount is not positive, so the default counts: {amount} {currency}.",
    ("outlier", ""): "Not far above what its conversions are usually worth: {usual} {currency}.",
    ("outlier", "released"): "Somebody looked at the value and sent it at {at}.",
    ("outlier", "rejected"): "Somebody looked at the value at {at} and decided against sending it.",
}

"""Which reasons come only after a signal was judged: no gate of the decision gives them."""

AFTER_JUDGING = frozenset(
    {
        "consent_withdrawn",
        "contact_gone",
        "erased",
        "event_deleted",
        "indeterminate",
        "merged_twin",
        "no_access",
        "no_permission",
        "not_told",
        "outcome_unknown",
        "outlier_not_decided",
        "outlier_rejected",
        "personalisation_withdrawn",
        "poisoned",
        "rule_missing",
        "several_reasons",
        "window_closed",
        "wrong_rule_method",
    }
)

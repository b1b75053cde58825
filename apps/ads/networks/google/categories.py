"""Google's categories of conversions, which its goals are made of, and what a lifecycle stage means among them.

google.ads.googleads, ConversionActionCategory: those that leads go through.
"""

from collections.abc import Mapping

from apps.ads.found import Makes, Setting

_OF_STAGES: Mapping[str, str] = {
    "subscriber": "SIGNUP",
    "lead": "IMPORTED_LEAD",
    "marketingqualifiedlead": "QUALIFIED_LEAD",
    "salesqualifiedlead": "QUALIFIED_LEAD",
    "opportunity": "QUALIFIED_LEAD",
    "customer": "CONVERTED_LEAD",
}
_OFFERED: Mapping[str, tuple[str, ...]] = {
    "click_action": (
        *("QUALIFIED_LEAD", "CONVERTED_LEAD", "IMPORTED_LEAD", "SIGNUP", "REQUEST_QUOTE", "BOOK_APPOINTMENT"),
        *("PURCHASE", "DEFAULT"),
    ),
    "tag_action": ("SUBMIT_LEAD_FORM", "SIGNUP", "REQUEST_QUOTE", "BOOK_APPOINTMENT", "CONTACT", "DEFAULT"),
}
_LABELS = {"click_action": "Conversion action for clicks", "tag_action": "Conversion action of the website tag"}


def suggested_category(kind: str, stage: str) -> str:
    """The category that suits a form, or a lifecycle stage by its name."""
    return "SUBMIT_LEAD_FORM" if kind == "tag_action" else _OF_STAGES.get(stage, "DEFAULT")


MAKES = tuple(
    Makes(
        kind,
        _LABELS[kind],
        (
            Setting(
                "category",
                "Category",
                "Google bids on goals, and a goal is all conversions of one category.",
                options=offered,
                default=offered[0],
            ),
            Setting(
                "primary",
                "Primary action",
                "A primary action is reported in the “Conversions” column that bidding uses; a secondary one is only "
                "observed.",
                options=("true", "false"),
                default="true",
            ),
        ),
    )
    for kind, offered in _OFFERED.items()
)

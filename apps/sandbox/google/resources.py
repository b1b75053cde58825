"""What the resources hold: one mapping of dotted field to value per row, made out of the world."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from apps.sandbox.google import summaries
from apps.sandbox.worlds.google import Action, Customer, GoogleWorld

# A row: values by dotted field without the resource's own name. None is a field that is not set.
Values = Mapping[str, object]
TRACKED = "conversion_tracking_setting"
SITE_TAG = (
    '<script async src="https://www.googletagmanager.com/gtag/js?id=AW-{tag}"></script>\n'
    "<script>window.dataLayer = window.dataLayer || []; function gtag(){{dataLayer.push(arguments);}}\n"
    "gtag('js', new Date()); gtag('config', 'AW-{tag}');</script>"
)
EVENT = "gtag('event', 'conversion', {{'send_to': 'AW-{tag}/{label}', 'transaction_id': ''}});"
SNIPPETS = {
    "WEBPAGE": "<script>" + EVENT + "</script>",
    "WEBPAGE_ONCLICK": "<script>function gtag_report_conversion(url) {{ " + EVENT + " return false; }}</script>",
}


@dataclass(frozen=True)
class Asker:
    """Who asks: for which customer, and through which one they came."""

    world: GoogleWorld
    customer: Customer
    login: str
    now: datetime


def customer(asker: Asker, it: Customer) -> Values:
    """Return a customer's fields. Its tracking status is relative to whom one comes through."""
    tracker = asker.world.customer_by_id.get(it.tracked_by, it)
    crosses = tracker.id != it.id
    ours = "ON" if it.enhanced_conversions_for_leads else "OFF"
    return {
        "resource_name": f"customers/{it.id}",
        "id": int(it.id),
        "descriptive_name": it.name,
        "currency_code": it.currency_code,
        "time_zone": it.time_zone,
        "manager": it.manager,
        "test_account": it.test_account,
        "auto_tagging_enabled": it.auto_tagging_enabled,
        "status": it.status,
        "remarketing_setting.google_global_site_tag": SITE_TAG.format(tag=it.id),
        f"{TRACKED}.conversion_tracking_id": int(it.id),
        f"{TRACKED}.cross_account_conversion_tracking_id": int(tracker.id) if crosses else None,
        f"{TRACKED}.accepted_customer_data_terms": tracker.terms_accepted,
        f"{TRACKED}.conversion_tracking_status": _tracking(asker, it, tracker),
        f"{TRACKED}.google_ads_conversion_customer": f"customers/{tracker.id}",
        f"{TRACKED}.enhanced_conversions_for_leads_enabled": tracker.enhanced_conversions_for_leads,
        f"{TRACKED}.enablement_setting": ours,
        f"{TRACKED}.effective_enablement_setting": "ON" if tracker.enhanced_conversions_for_leads else "OFF",
    }


def _tracking(asker: Asker, it: Customer, tracker: Customer) -> str:
    if tracker.id != it.id:
        whose = "THIS" if tracker.id == asker.login else "ANOTHER"
        return f"CONVERSION_TRACKING_MANAGED_BY_{whose}_MANAGER"
    tracks = any(action.customer == it.id for action in asker.world.actions)
    return "CONVERSION_TRACKING_MANAGED_BY_SELF" if tracks else "NOT_CONVERSION_TRACKED"


def action(it: Action, asked: str) -> Values:
    """Return a conversion action's fields, as the customer `asked` sees it."""
    return {
        "resource_name": f"customers/{asked}/conversionActions/{it.id}",
        "id": int(it.id),
        "name": it.name,
        "type": it.type,
        "status": it.status,
        "category": it.category,
        "origin": "WEBSITE",
        "owner_customer": f"customers/{it.customer}",
        "primary_for_goal": it.primary_for_goal,
        "include_in_conversions_metric": it.primary_for_goal,
        "counting_type": it.counting_type,
        "click_through_lookback_window_days": it.click_through_lookback_window_days,
        "view_through_lookback_window_days": it.view_through_lookback_window_days,
        "value_settings.default_value": it.default_value,
        "value_settings.default_currency_code": it.default_currency_code or None,
        "value_settings.always_use_default_value": it.always_use_default_value,
        "attribution_model_settings.attribution_model": it.attribution_model,
        "tag_snippets": _snippets(it),
    }


def _snippets(it: Action) -> list[dict[str, str]]:
    if it.type != "WEBPAGE":
        return []
    tag, label = it.customer, f"sandbox{it.id}"
    return [
        {
            "type": kind,
            "pageFormat": "HTML",
            "globalSiteTag": SITE_TAG.format(tag=tag),
            "eventSnippet": words.format(tag=tag, label=label),
        }
        for kind, words in SNIPPETS.items()
    ]


def _customers(asker: Asker) -> Iterator[Values]:
    yield customer(asker, asker.customer)


def _clients(asker: Asker) -> Iterator[Values]:
    """Yield the customer itself and all below it, each under the shortest way down."""
    level = 0
    row, seen = [asker.customer], {asker.customer.id}
    while row:
        for each in row:
            yield {
                "resource_name": f"customers/{asker.customer.id}/customerClients/{each.id}",
                "client_customer": f"customers/{each.id}",
                "hidden": False,
                "level": level,
                **{name: value for name, value in customer(asker, each).items() if name in _CLIENT},
            }
        above = {each.id for each in row}
        row = [each for each in asker.world.customers if above & set(each.managers) and each.id not in seen]
        seen |= {each.id for each in row}
        level += 1


_CLIENT = ("id", "descriptive_name", "currency_code", "time_zone", "manager", "test_account", "status")


def _actions(asker: Asker) -> Iterator[Values]:
    owners = (asker.customer.id, asker.customer.tracked_by)
    return (action(it, asker.customer.id) for it in asker.world.actions if it.customer in owners)


def _goals(asker: Asker) -> Iterator[Values]:
    it = asker.customer
    categories = {
        each.category
        for each in asker.world.actions
        if each.status != "REMOVED" and each.customer in (it.id, it.tracked_by)
    }
    for category in sorted(categories):
        yield {
            "resource_name": f"customers/{it.id}/customerConversionGoals/{category}~WEBSITE",
            "category": category,
            "origin": "WEBSITE",
            "biddable": asker.world.is_biddable(it.id, category, "WEBSITE"),
        }


def _variables(asker: Asker) -> Iterator[Values]:
    for it in asker.world.variables:
        if it.customer in (asker.customer.id, asker.customer.tracked_by):
            yield {
                "resource_name": f"customers/{asker.customer.id}/conversionCustomVariables/{it.id}",
                "id": int(it.id),
                "name": it.name,
                "tag": it.tag or it.name,
                "status": it.status,
                "owner_customer": f"customers/{it.customer}",
            }


ROWS: Mapping[str, Callable[[Asker], Iterator[Values]]] = {
    "customer": _customers,
    "customer_client": _clients,
    "conversion_action": _actions,
    "customer_conversion_goal": _goals,
    "conversion_custom_variable": _variables,
    "offline_conversion_upload_client_summary": lambda asker: summaries.of_client(asker.customer.id, asker.now),
    "offline_conversion_upload_conversion_action_summary": lambda asker: summaries.of_actions(
        asker.world, asker.customer.id, asker.now
    ),
}

"""What every page's frame needs: navigation, permissions, theme. Asks the database nothing."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.workspaces.roles import Action, may

THEMES = {"system": _("As the system"), "light": _("Light"), "dark": _("Dark")}
DEMO_EMAIL, DEMO_PASSWORD = "demo@convsync.test", "demo-convsync"


@dataclass(frozen=True, slots=True)
class Place:
    """A line of the navigation; `pages` are the URL names under it."""

    label: Promise
    icon: str
    pages: tuple[str, ...]
    needs: Action = Action.READ


@dataclass(frozen=True, slots=True)
class Group:
    """Lines that belong together under a heading, which may be empty."""

    label: Promise | str
    places: tuple[Place, ...]


NAVIGATION = (
    Group(
        "",
        (
            Place(_("Overview"), "home", ("overview",)),
            Place(_("Alerts"), "alert", ("alerts", "alert_settings")),
        ),
    ),
    Group(
        _("Ads"),
        (
            Place(_("Events"), "target", ("events", "event_create", "event")),
            Place(_("Custom events"), "spark", ("behaviours",)),
            Place(_("Signals"), "signal", ("signals", "signal")),
            Place(_("Simulations"), "hourglass", ("simulations", "simulation")),
            Place(_("Ledger"), "book", ("ledger",)),
            Place(_("Deadlines"), "clock", ("deadlines",)),
            Place(_("Send again"), "repeat", ("resends", "resend", "resend_new")),
            Place(_("Ad accounts"), "plug", ("accounts", "account", "connect", "connect_choose", "lead_sources")),
        ),
    ),
    Group(
        _("People"),
        (
            Place(_("Contacts"), "user", ("contacts", "contact")),
            Place(_("Erasures"), "shield", ("erasures", "erasure")),
        ),
    ),
    Group(
        _("Settings"),
        (
            Place(_("API keys"), "key", ("keys",), Action.MANAGE_KEYS),
            Place(_("Members"), "users", ("members",)),
        ),
    ),
)


def shell(request: HttpRequest) -> dict[str, Any]:
    """The frame's values; on pages without a member only theme and sign-in hint."""
    chosen = request.COOKIES.get("theme")
    frame: dict[str, Any] = {
        "theme": chosen if chosen in THEMES else "system",
        "themes": THEMES,
        "demo": {"email": DEMO_EMAIL, "password": DEMO_PASSWORD} if settings.EMBEDDED else None,
    }
    member = getattr(request, "member", None)
    if member is not None:
        frame["permitted"] = {action.value for action in Action if may(member.role, action)}
        frame["navigation"] = [_visible(group, member.role) for group in NAVIGATION]
        frame["here"] = request.resolver_match.url_name if request.resolver_match else ""
    return frame


def _visible(group: Group, role: str) -> Group:
    return Group(group.label, tuple(place for place in group.places if may(role, place.needs)))

"""What each role and each API scope may do: one table each, asked by every edge (A14)."""

from enum import StrEnum

from apps.core.errors import NotAllowed


class Role(StrEnum):
    """A member's role in one workspace."""

    ADMIN = "admin"
    MARKETER = "marketer"
    VIEWER = "viewer"


class Action(StrEnum):
    """Everything a person can do that is not open to all."""

    READ = "read"
    CONFIGURE_EVENT = "configure_event"
    TOGGLE_EVENT = "toggle_event"
    DELETE_EVENT = "delete_event"
    CONNECT_ACCOUNT = "connect_account"
    MANAGE_MEMBERS = "manage_members"
    MANAGE_KEYS = "manage_keys"
    CONFIGURE_WORKSPACE = "configure_workspace"
    DECIDE_OUTLIER = "decide_outlier"
    ERASE = "erase"
    RESEND = "resend"


PERMITTED: dict[Role, frozenset[Action]] = {
    Role.VIEWER: frozenset({Action.READ}),
    Role.MARKETER: frozenset({Action.READ, Action.CONFIGURE_EVENT, Action.DECIDE_OUTLIER}),
    Role.ADMIN: frozenset(Action),
}

SCOPES: dict[str, str] = {
    "records.read": "Read contacts, companies, deals, forms and custom events",
    "records.write": "Write contacts, companies, deals, associations, form submissions and custom events",
    "events.read": "Read conversion events",
    "events.write": "Create, edit, switch and delete conversion events, and correct what was sent",
    "signals.read": "Read signals and their explanations",
    "privacy.read": "Read what left about a person, and certificates of erasures",
    "privacy.write": "Erase people",
    "conversions.resend": "Send again what ended badly, and late what an event was not on for",
}


def may(role: str, action: Action) -> bool:
    """Whether the role permits the action."""
    return action in PERMITTED[Role(role)]


def require(role: str, action: Action) -> None:
    """Raise NotAllowed, naming the role that would be needed, unless the role permits the action."""
    if not may(role, action):
        able = " or ".join(each.value for each in Role if action in PERMITTED[each])
        raise NotAllowed(f"Your role is {role}; this needs the role {able}. Ask an admin of this workspace.")

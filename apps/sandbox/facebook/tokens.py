"""What a token is and what it may: permissions, and the token that is looked into."""

from datetime import datetime

from apps.sandbox.facebook import errors, wire
from apps.sandbox.facebook.access import admit, token_of
from apps.sandbox.facebook.calls import Asked, Reading, Table
from apps.sandbox.facebook.listing import Node, Wrong
from apps.sandbox.worlds.facebook import FacebookWorld


def _permissions(asked: Asked) -> list[Node]:
    return [{"permission": scope, "status": "granted"} for scope in asked.token.scopes]


def debugged(params: wire.Params, now: datetime, all_of: FacebookWorld) -> object:
    """Return what is known of `input_token`. Raises `Wrong`, `NotAdmitted`."""
    admit(all_of, params, now)
    text = str(params.others.get("input_token") or "")
    if not text:
        raise Wrong(errors.BAD_PARAMETER, problem="The parameter input_token is required")
    token = token_of(all_of, text)
    state = token.state_at(now) if token else "unknown"
    if token is None or state != "valid":
        error = errors.TOKEN_STATES.get(state, errors.BAD_TOKEN)
        told = {"code": error.code, "message": error.message, "subcode": error.subcode}
        given = {key: value for key, value in told.items() if value is not None}
        return {"data": {"error": given, "is_valid": False, "scopes": []}}
    about = {"profile_id": token.pages[0]} if token.kind == "PAGE" else {}
    return {
        "data": {
            "app_id": all_of.app_id,
            "type": token.kind,
            "application": "Sandbox app",
            "data_access_expires_at": 0,
            "expires_at": int(token.expires_at.timestamp()) if token.expires_at else 0,
            "is_valid": True,
            "scopes": list(token.scopes),
            "user_id": "100000000000001",
            **about,
        }
    }


CALLS: Table = {("GET", "me", "permissions"): Reading(rows=_permissions)}

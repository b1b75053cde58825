"""What a token is and what it may: permissions, and the token that is looked into."""

from dataclasses import replace
from datetime import datetime

from apps.sandbox.facebook import errors, wire
from apps.sandbox.facebook.access import admit, change, token_of
from apps.sandbox.facebook.calls import Action, Asked, Reading, Table
from apps.sandbox.facebook.listing import Node, Wrong
from apps.sandbox.worlds.facebook import FacebookWorld, Token


def _me(asked: Asked) -> list[Node]:
    page = asked.world.page_by_id[asked.token.pages[0]] if asked.token.kind == "PAGE" else None
    return [{"id": page.id, "name": page.name} if page else {"id": asked.token.user, "name": "Sandbox user"}]


def _permissions(asked: Asked) -> list[Node]:
    return [{"permission": scope, "status": "granted"} for scope in asked.token.scopes]


def _revoke(asked: Asked) -> object:
    gone = str(asked.params.get("permission") or "")
    if gone and gone not in asked.token.scopes:
        raise Wrong(errors.BAD_PARAMETER, problem=f"Param permission: {gone} was not granted")

    def without(token: Token) -> Token:
        if token.user != asked.token.user:
            return token
        if gone:
            return replace(token, scopes=tuple(scope for scope in token.scopes if scope != gone))
        return replace(token, state="app_removed")

    change(lambda world: replace(world, tokens=tuple(without(token) for token in world.tokens)))
    return {"success": True}


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
            "granular_scopes": [_granular(token, scope) for scope in token.scopes],
            "user_id": token.user,
            **about,
        }
    }


def _granular(token: Token, scope: str) -> Node:
    # Only a system user's permissions are tied to the things it was assigned.
    targets = token.pages if scope.startswith(("pages_", "leads_")) else token.ad_accounts
    named = {"target_ids": [each.removeprefix("act_") for each in targets]}
    return {"scope": scope} | (named if token.kind == "SYSTEM_USER" and scope != "business_management" else {})


CALLS: Table = {
    ("GET", "me", ""): Reading(rows=_me, kind="User", fields=("id", "name"), default="id,name", alone=True),
    ("GET", "me", "permissions"): Reading(rows=_permissions),
    ("DELETE", "me", "permissions"): Action(run=_revoke),
}

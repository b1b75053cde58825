"""A request as the screens get it: MemberMiddleware has said who is asking, and in which workspace."""

from collections.abc import Sequence

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from apps.core.actor import Actor
from apps.workspaces.models import Member, User, Workspace


class MemberRequest(HttpRequest):
    """Only a description for the type checker: Django makes the requests, the middleware adds the rest."""

    user: User
    member: Member
    workspace: Workspace
    places: Sequence[tuple[Member, Workspace]]
    actor: Actor
    htmx: HtmxDetails

"""Ad accounts, the member's roles there, campaigns, and who the member is."""

from abc import ABC, abstractmethod
from datetime import datetime

from django.http import HttpRequest

from apps.sandbox.exchange import Answer
from apps.sandbox.linkedin import errors
from apps.sandbox.linkedin.door import Resource
from apps.sandbox.linkedin.paging import BadQuery, page, search
from apps.sandbox.linkedin.rules import ACCOUNT_URN
from apps.sandbox.world import World
from apps.sandbox.worlds.linkedin import Token

PERSON = "urn:li:person:sandbox"


class Listing(Resource, ABC):
    """A collection that the token's member sees."""

    finder = "search"

    def serve(self, token: Token, version: str) -> Answer:
        """Serve one page."""
        if self.http.GET.get("q") != self.finder:
            raise self.refuse(400, f"Parameter q must be {self.finder}")
        try:
            return errors.found(page(self.items(token), self.http.GET))
        except BadQuery as fault:
            raise self.refuse(400, str(fault)) from None

    @abstractmethod
    def items(self, token: Token) -> list[object]:
        """Return all of it. Raises `BadQuery`."""


class Accounts(Listing):
    """`GET /rest/adAccounts?q=search`."""

    def items(self, token: Token) -> list[object]:
        """Return the accounts that match the search."""
        statuses, test = search(self.http.GET)
        return [
            {
                "id": int(each.id),
                "name": each.name,
                "reference": "urn:li:organization:9001001",
                "status": each.status,
                "currency": each.currency,
                "type": "BUSINESS",
                "test": each.test,
            }
            for each in self.world.linkedin.accounts
            if each.id in token.accounts
            and (statuses is None or each.status in statuses)
            and (test is None or each.test is test)
        ]


class AccountUsers(Listing):
    """`GET /rest/adAccountUsers?q=authenticatedUser`."""

    finder = "authenticatedUser"

    def items(self, token: Token) -> list[object]:
        """Return the member's role at each account."""
        return [
            {"account": f"{ACCOUNT_URN}{account}", "user": PERSON, "role": token.role} for account in token.accounts
        ]


class Campaigns(Listing):
    """`GET /rest/adAccounts/{id}/adCampaigns?q=search`."""

    def __init__(self, http: HttpRequest, world: World, now: datetime, *, account: str) -> None:
        super().__init__(http, world, now)
        self.wanted = account

    def items(self, token: Token) -> list[object]:
        """Return the account's campaigns that match the search."""
        self.may_see(token, self.wanted)
        statuses, _ = search(self.http.GET)
        return [
            {"id": int(each.id), "name": each.name, "status": each.status, "account": f"{ACCOUNT_URN}{each.account}"}
            for each in self.world.linkedin.campaigns
            if each.account == self.wanted and (statuses is None or each.status in statuses)
        ]


class Me(Resource):
    """`GET /rest/me`."""

    scopes = ("r_basicprofile", "r_liteprofile")

    def serve(self, token: Token, version: str) -> Answer:
        """Say who the member is."""
        return errors.found(
            {"id": "sandbox", "localizedFirstName": "Sandbox", "localizedLastName": "Member", "vanityName": "sandbox"}
        )

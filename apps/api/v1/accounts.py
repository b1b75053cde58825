"""/api/v1/accounts: what an event can be created for."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.ads.models import AdAccount, ConversionAction
from apps.api.v1.events import NoQuery
from apps.api.v1.views import V1View, read_query


class DestinationOut(serializers.Serializer[ConversionAction]):
    """A pixel, conversion action or conversion rule."""

    kind = serializers.CharField()
    external_id = serializers.CharField(help_text="The event's `destination`.")
    name = serializers.CharField()


class AccountOut(serializers.Serializer[AdAccount]):
    """A connected ad account and where its conversions can land."""

    id = serializers.UUIDField(help_text="The event's `account_id`.")
    network = serializers.CharField()
    external_id = serializers.CharField()
    name = serializers.CharField()
    currency = serializers.CharField()
    destinations = DestinationOut(source="actions", many=True)


class AccountsOut(serializers.Serializer[Any]):
    """Every connected ad account."""

    results = AccountOut(many=True)


class Accounts(V1View):
    """The workspace's ad accounts."""

    scopes = {"GET": "events.read"}

    @extend_schema(tags=["Events"], operation_id="accounts_list", responses=AccountsOut)
    def get(self, request: Request) -> Response:
        """List the connected ad accounts, with the pixels, actions and rules of each."""
        read_query(request, NoQuery)
        rows = AdAccount.objects.prefetch_related("actions").order_by("network", "name", "id")
        return Response(AccountsOut({"results": list(rows)}).data)

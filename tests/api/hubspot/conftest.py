"""The official client, unmodified, against a live server."""

from typing import Any

import pytest
from hubspot import HubSpot
from pytest_django.live_server_helper import LiveServer

from tests.api.conftest import Api


@pytest.fixture
def client_of(live_server: LiveServer) -> Any:
    """Makes a client that uses a key; `options` are the client's own."""

    def make(key: str, **options: Any) -> Any:
        return HubSpot(access_token=key, host=live_server.url, base_url=live_server.url, **options)

    return make


@pytest.fixture
def hubspot(client_of: Any, api: Api) -> Any:
    """A client with a key that may do everything in the world."""
    return client_of(api.key)

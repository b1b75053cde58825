"""The sandbox as its tests see it: callers that speak HTTP, a clean ledger, the default world."""

from collections.abc import Iterator

import pytest

from tests.conftest import Sandbox
from tests.sandbox.callers import Control, Facebook, Google, LinkedIn
from tests.sandbox.leadads import Desk, Subscriber


@pytest.fixture
def control(sandbox: Sandbox) -> Iterator[Control]:
    """The sandbox's own API."""
    control = Control(sandbox.url)
    control.call("POST", "reset").raise_for_status()
    yield control
    if control.touched:
        control.restore()


@pytest.fixture
def facebook(control: Control) -> Facebook:
    """A caller of the Graph API with a valid token."""
    return Facebook(control)


@pytest.fixture
def google(control: Control) -> Google:
    """A caller of the Google Ads API with a valid token."""
    return Google(control)


@pytest.fixture
def linkedin(control: Control) -> LinkedIn:
    """A caller of the Conversions API with a valid token."""
    return LinkedIn(control)


@pytest.fixture
def lead_ads(control: Control) -> Desk:
    """Facebook's lead ads: the Graph API and the sandbox's buttons."""
    return Desk(control)


@pytest.fixture
def listener() -> Iterator[Subscriber]:
    """A webhook on this machine for Facebook's leads."""
    listener = Subscriber()
    yield listener
    listener.close()

"""Every registered network, as parameters of a test."""

import pytest
from hypothesis import settings

from apps.ads.registry import NETWORKS

ALL = tuple(NETWORKS.values())
SENDING = [(network, trigger) for network in ALL for trigger in network.manifest.shapes]

each_network = pytest.mark.parametrize("network", ALL, ids=lambda network: network.manifest.key)
each_shape = pytest.mark.parametrize(
    ("network", "trigger"), SENDING, ids=[f"{network.manifest.key}-{trigger}" for network, trigger in SENDING]
)
quickly = settings(max_examples=15, deadline=None)

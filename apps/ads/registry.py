"""The networks convsync speaks to. Adding one is its folder and one line here."""

from apps.ads.network import Network
from apps.ads.networks import facebook, google, linkedin

NETWORKS: dict[str, Network] = {
    network.manifest.key: network for network in (facebook.NETWORK, google.NETWORK, linkedin.NETWORK)
}

"""Google Ads: stage changes as click conversions, forms as enhancements of the website tag's conversions."""

from apps.ads.network import Network
from apps.ads.networks.google.client import BASE, address
from apps.ads.networks.google.connect import SIGN_IN, not_built
from apps.ads.networks.google.manifest import MANIFEST
from apps.ads.networks.google.outcome import read
from apps.ads.networks.google.write import body, element, route

NETWORK = Network(
    manifest=MANIFEST,
    base=BASE,
    route=route,
    element=element,
    body=body,
    address=address,
    read=read,
    sign_in=SIGN_IN,
    accounts=not_built,
    destinations=not_built,
    make=not_built,
)

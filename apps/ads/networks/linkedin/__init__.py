"""LinkedIn: the Conversions API, for forms and lifecycle stages alike."""

from apps.ads.network import Network
from apps.ads.networks.linkedin.client import BASE, address
from apps.ads.networks.linkedin.connect import SIGN_IN, not_built
from apps.ads.networks.linkedin.manifest import MANIFEST
from apps.ads.networks.linkedin.outcome import read
from apps.ads.networks.linkedin.write import body, element, route

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

"""Facebook (Meta): the Conversions API for forms, Conversion Leads for lifecycle stages."""

from apps.ads.network import Network
from apps.ads.networks.facebook.client import BASE, address
from apps.ads.networks.facebook.found import COUNTS, MAKES, accounts, destinations, make
from apps.ads.networks.facebook.lead_ads import LEADS
from apps.ads.networks.facebook.manifest import MANIFEST
from apps.ads.networks.facebook.outcome import read
from apps.ads.networks.facebook.sign_in import SIGN_IN
from apps.ads.networks.facebook.write import CARRIED, amended, body, element, route

NETWORK = Network(
    manifest=MANIFEST,
    base=BASE,
    route=route,
    element=element,
    body=body,
    carried=CARRIED,
    address=address,
    read=read,
    sign_in=SIGN_IN,
    accounts=accounts,
    destinations=destinations,
    make=make,
    amended=amended,
    makes=MAKES,
    leads=LEADS,
    counts=COUNTS,
)

"""Google Ads: stage changes as click conversions, forms as enhancements of the website tag's conversions."""

from apps.ads.network import Network
from apps.ads.networks.google.accounts import accounts
from apps.ads.networks.google.actions import destinations, make
from apps.ads.networks.google.categories import MAKES
from apps.ads.networks.google.client import BASE, address
from apps.ads.networks.google.manifest import MANIFEST
from apps.ads.networks.google.outcome import read
from apps.ads.networks.google.probe import probe
from apps.ads.networks.google.sign_in import SIGN_IN
from apps.ads.networks.google.status import awaits, confirm
from apps.ads.networks.google.uploads import COUNTS
from apps.ads.networks.google.write import CARRIED, api_for, body, element, route

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
    makes=MAKES,
    confirm=confirm,
    way=api_for,
    awaits=awaits,
    probe=probe,
    counts=COUNTS,
)

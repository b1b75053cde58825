"""LinkedIn: the Conversions API, for forms and lifecycle stages alike."""

from apps.ads.network import Network
from apps.ads.networks.linkedin.client import BASE, address
from apps.ads.networks.linkedin.discover import accounts, destinations, linkable
from apps.ads.networks.linkedin.leads import LEADS
from apps.ads.networks.linkedin.manifest import MANIFEST
from apps.ads.networks.linkedin.outcome import read
from apps.ads.networks.linkedin.rules import MAKES, diagnose, make
from apps.ads.networks.linkedin.sign_in import SIGN_IN
from apps.ads.networks.linkedin.write import CARRIED, body, element, route

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
    makes=(MAKES,),
    leads=LEADS,
    diagnose=diagnose,
    links=linkable,
)

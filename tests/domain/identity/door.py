"""Short ways to the one door, so that a test reads as what goes in and what comes out."""

from datetime import date
from functools import partial

from apps.domain.identity import normalise

TODAY = date(2026, 11, 22)

facebook = partial(normalise, network="facebook", today=TODAY)
google = partial(normalise, network="google", today=TODAY)
linkedin = partial(normalise, network="linkedin", today=TODAY)

"""States and provinces of the countries whose postal codes for them the networks expect: US, CA and AU.

Sources: Meta's customer information parameters (st), Google's OfflineUserAddressInfo ("state code"). Choices: inside
these three a text that is no state is dropped; without a country a full name of one of them becomes its code, as Meta's
own builder does, and anything else stays as it is; in other countries the whole name stays, never cut to two letters.
"""

from functools import cache

from apps.domain.identity.context import Context, Forms
from apps.domain.identity.reasons import DropReason
from apps.domain.identity.text import fold, has_letters, letters, one_line

_TABLES = {
    "US": "AL Alabama|AK Alaska|AZ Arizona|AR Arkansas|CA California|CO Colorado|CT Connecticut|DE Delaware|FL Florida"
    "|GA Georgia|HI Hawaii|ID Idaho|IL Illinois|IN Indiana|IA Iowa|KS Kansas|KY Kentucky|LA Louisiana|ME Maine"
    "|MD Maryland|MA Massachusetts|MI Michigan|MN Minnesota|MS Mississippi|MO Missouri|MT Montana|NE Nebraska"
    "|NV Nevada|NH New Hampshire|NJ New Jersey|NM New Mexico|NY New York|NC North Carolina|ND North Dakota|OH Ohio"
    "|OK Oklahoma|OR Oregon|PA Pennsylvania|RI Rhode Island|SC South Carolina|SD South Dakota|TN Tennessee|TX Texas"
    "|UT Utah|VT Vermont|VA Virginia|WA Washington|WV West Virginia|WI Wisconsin|WY Wyoming"
    "|DC District of Columbia|DC Washington DC|DC Washington, District of Columbia|NY New York State"
    "|WA Washington State|AS American Samoa|GU Guam|MP Northern Mariana Islands|PR Puerto Rico"
    "|VI Virgin Islands|VI U.S. Virgin Islands|UM U.S. Minor Outlying Islands"
    "|AA Armed Forces Americas|AE Armed Forces Europe|AP Armed Forces Pacific",
    "CA": "AB Alberta|BC British Columbia|BC Colombie-Britannique|MB Manitoba|NB New Brunswick|NB Nouveau-Brunswick"
    "|NL Newfoundland and Labrador|NL Newfoundland & Labrador|NL Newfoundland|NL Terre-Neuve-et-Labrador"
    "|NS Nova Scotia|NS Nouvelle-Écosse|NT Northwest Territories|NT Territoires du Nord-Ouest|NU Nunavut|ON Ontario"
    "|PE Prince Edward Island|PE Île-du-Prince-Édouard|PE PEI|QC Québec|QC PQ|SK Saskatchewan|YT Yukon"
    "|YT Yukon Territory",
    "AU": "ACT Australian Capital Territory|NSW New South Wales|NT Northern Territory|QLD Queensland"
    "|SA South Australia|TAS Tasmania|VIC Victoria|WA Western Australia",
}


def meta_state(text: str, context: Context) -> Forms:
    """The code in lower case for US, CA and AU; elsewhere the name in lower case without blanks and punctuation."""
    code = _code(text, context)
    if isinstance(code, DropReason):
        return code
    form = code.lower() if code else letters(text)
    return (form,) if form else DropReason.NO_LETTERS


def google_state(text: str, context: Context) -> Forms:
    """The code in upper case for US, CA and AU; elsewhere the name as written."""
    code = _code(text, context)
    if isinstance(code, DropReason):
        return code
    form = code or one_line(text)
    return (form,) if has_letters(form) else DropReason.NO_LETTERS


def _code(text: str, context: Context) -> str | DropReason | None:
    """The code, why there is none although the country has codes, or None for a country without."""
    if context.country is None:
        return _unmistakable().get(fold(text))
    if context.country not in _TABLES:
        return None
    return _by_key(context.country).get(fold(text), DropReason.INVALID_STATE)


@cache
def _by_key(country: str) -> dict[str, str]:
    known: dict[str, str] = {}
    for entry in _TABLES[country].split("|"):
        code, _, name = entry.partition(" ")
        known |= {fold(name): code, fold(code): code, fold(f"{country}-{code}"): code}
    return known


@cache
def _unmistakable() -> dict[str, str]:
    """The keys that need no country: full names and codes with the country before them."""
    return {key: code for country in _TABLES for key, code in _by_key(country).items() if len(key) > 3}

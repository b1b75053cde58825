"""Why an identifier does not leave: one closed table of codes, each with what happened and how to mend it."""

from enum import StrEnum
from typing import Self


class DropReason(StrEnum):
    """The code is the value that is stored and counted; `explanation` is English and names the fix."""

    explanation: str

    def __new__(cls, code: str, explanation: str) -> Self:
        member = str.__new__(cls, code)
        member._value_ = code
        member.explanation = explanation
        return member

    EMPTY = "empty", "There is no value. Fill the property if you want this identifier to be shared."
    NOT_USED_BY_NETWORK = (
        "not_used_by_network",
        "The network has no place for this identifier. Nothing to do.",
    )
    INVALID_TEXT = (
        "invalid_text",
        "The value holds broken characters, as a wrong encoding leaves them. Import the property again as UTF-8.",
    )
    TOO_LONG = (
        "too_long",
        "The value is longer than any real one. Check which column was mapped to this property.",
    )
    NO_LETTERS = (
        "no_letters",
        "Nothing usable is left without punctuation and symbols. Enter the real name in this property.",
    )
    ONLY_A_TITLE = (
        "only_a_title",
        "The name is only a title or suffix, such as Mr. or Jr. Put the name itself in the property.",
    )
    INVALID_EMAIL = (
        "invalid_email",
        "This is not one e-mail address that mail can reach. Correct it to the form name@example.com.",
    )
    INVALID_PHONE = (
        "invalid_phone",
        "No telephone in that country has this number. Correct it, best in the form +31 6 12345678.",
    )
    PHONE_WITHOUT_COUNTRY = (
        "phone_without_country",
        "The number has no country code and the contact no known country. Write +31..., or fill the country.",
    )
    UNKNOWN_COUNTRY = (
        "unknown_country",
        "The country is not recognised. Use its name or its ISO code, such as Netherlands or NL.",
    )
    INVALID_STATE = (
        "invalid_state",
        "The contact's country has no such state or province. Use its name or its postal code, such as CA.",
    )
    INVALID_ZIP = (
        "invalid_zip",
        "This is not a postal code of the contact's country. A US ZIP has 5 digits, its leading zeros included.",
    )
    INVALID_DATE = (
        "invalid_date",
        "This is not a date of birth between 1900 and today. Write it as year-month-day, such as 1997-02-16.",
    )
    AMBIGUOUS_DATE = (
        "ambiguous_date",
        "The date can be read in two ways. Write the year in four digits first, such as 1997-02-16.",
    )
    UNKNOWN_GENDER = (
        "unknown_gender",
        "The network knows only female and male here, and the value says neither. Use f or m, or leave it out.",
    )
    MD5_HASH = (
        "md5_hash",
        "The value is an MD5 hash, which the network cannot match. Store the plain value or its SHA-256.",
    )
    UNSUPPORTED_HASH = (
        "unsupported_hash",
        "The value looks hashed, but not as SHA-256 in 64 hex digits. Store the plain value or that hash.",
    )
    EMPTY_HASH = (
        "empty_hash",
        "This is the hash of nothing: the system that hashed it had no value. Leave the property empty instead.",
    )
    HASH_NOT_ACCEPTED = (
        "hash_not_accepted",
        "The network takes this identifier in plain form, but the value is a hash. Map the plain property.",
    )
    INVALID_IP = (
        "invalid_ip",
        "This is not one IP address. Store the visitor's address alone, without port, list or host name.",
    )
    PRIVATE_IP = (
        "private_ip",
        "The address is private or reserved, so it is not the visitor's own. Let your proxy pass the real one on.",
    )
    IPV6_NOT_ACCEPTED = (
        "ipv6_not_accepted",
        "The network takes IPv4 addresses only. Nothing to do.",
    )
    INVALID_USER_AGENT = (
        "invalid_user_agent",
        "The user agent holds control characters, which no browser sends. Store it as the browser sent it.",
    )
    INVALID_CLICK_ID = (
        "invalid_click_id",
        "The click id does not have the network's form. Store it exactly as it stood in the address or the cookie.",
    )
    INVALID_LEAD_ID = (
        "invalid_lead_id",
        "The lead id does not have the network's form. Store it as text: spreadsheets round such long numbers.",
    )
    INVALID_DEVICE_ID = (
        "invalid_device_id",
        "This is not an advertising id. It has the form of a UUID, such as 38400000-8cf0-11bd-b23e-10b96e40000d.",
    )
    PLACEHOLDER = (
        "placeholder",
        "This is the all-zero device id of a phone whose owner opted out. Nothing to do.",
    )

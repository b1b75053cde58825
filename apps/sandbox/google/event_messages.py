"""The Data Manager API's IngestEventsRequest as tables; a field that no advertiser of ours could use is not listed."""

from apps.sandbox.google.messages import BOOL, DOUBLE, INT64, STRING, Enum, Message, Repeated


def _enum(name: str, *symbols: str) -> Enum:
    return Enum(f"type.googleapis.com/google.ads.datamanager.v1.{name}", {s: n for n, s in enumerate(symbols)})


_CONSENT_STATUS = _enum("ConsentStatus", "CONSENT_STATUS_UNSPECIFIED", "CONSENT_GRANTED", "CONSENT_DENIED")
_ACCOUNT = Message(
    {
        "account_id": STRING,
        "account_type": _enum(
            "ProductAccount.AccountType",
            "ACCOUNT_TYPE_UNSPECIFIED",
            "GOOGLE_ADS",
            "DISPLAY_VIDEO_PARTNER",
            "DISPLAY_VIDEO_ADVERTISER",
            "DATA_PARTNER",
            "GOOGLE_ANALYTICS_PROPERTY",
        ),
    }
)
_DESTINATION = Message(
    {
        **dict.fromkeys(("reference", "product_destination_id"), STRING),
        **dict.fromkeys(("login_account", "linked_account", "operating_account"), _ACCOUNT),
    }
)
_CONSENT = Message({"ad_user_data": _CONSENT_STATUS, "ad_personalization": _CONSENT_STATUS})
_DEVICE = Message(dict.fromkeys(("user_agent", "ip_address", "language_code", "category"), STRING))
_ADDRESS_PARTS = ("given_name", "family_name", "region_code", "postal_code")
_IDENTIFIER = Message(
    {
        "email_address": STRING,
        "phone_number": STRING,
        "address": Message(dict.fromkeys(_ADDRESS_PARTS, STRING)),
    },
    oneofs={"identifier": ("email_address", "phone_number", "address")},
)
_EVENT = Message(
    {
        "destination_references": Repeated(STRING),
        **dict.fromkeys(("transaction_id", "event_timestamp", "last_updated_timestamp", "currency"), STRING),
        "user_data": Message({"user_identifiers": Repeated(_IDENTIFIER)}),
        "consent": _CONSENT,
        "ad_identifiers": Message(
            {
                **dict.fromkeys(("gclid", "gbraid", "wbraid", "session_attributes"), STRING),
                "landing_page_device_info": _DEVICE,
            }
        ),
        **dict.fromkeys(("conversion_value", "conversion_count"), DOUBLE),
        "event_source": _enum(
            "EventSource", "EVENT_SOURCE_UNSPECIFIED", "WEB", "APP", "IN_STORE", "PHONE", "OTHER", "MESSAGE"
        ),
        "event_device_info": _DEVICE,
        "cart_data": Message(
            {
                **dict.fromkeys(("merchant_id", "merchant_feed_label", "merchant_feed_language_code"), STRING),
                "transaction_discount": DOUBLE,
                "items": Repeated(Message({"merchant_product_id": STRING, "quantity": INT64, "unit_price": DOUBLE})),
            }
        ),
        "custom_variables": Repeated(
            Message({"variable": STRING, "value": STRING, "destination_references": Repeated(STRING)})
        ),
    }
)
INGEST = Message(
    {
        "destinations": Repeated(_DESTINATION),
        "events": Repeated(_EVENT),
        "consent": _CONSENT,
        "validate_only": BOOL,
        "encoding": _enum("Encoding", "ENCODING_UNSPECIFIED", "HEX", "BASE64"),
    }
)

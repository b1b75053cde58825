"""The stand-in for Facebook's Graph API, of which it speaks the Conversions API's `events` edge."""

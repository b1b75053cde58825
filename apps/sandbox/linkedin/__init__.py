"""The stand-in for LinkedIn's Conversions API."""

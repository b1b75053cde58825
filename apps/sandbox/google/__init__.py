"""The stand-in for the Google Ads API over REST: click conversions and conversion adjustments."""

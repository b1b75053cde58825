"""The stand-in for Google: sign-in, the Google Ads API over REST and gRPC, the Data Manager API."""

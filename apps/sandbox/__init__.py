"""convsync's local stand-in for Facebook, Google Ads and LinkedIn: a Django project of its own."""

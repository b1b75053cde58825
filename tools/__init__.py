"""What a developer runs beside the product: the launcher, the demo, the bench."""

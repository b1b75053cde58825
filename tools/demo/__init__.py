"""`./run demo`: CRM activity played into the product from outside, over its public HTTP API, and the ledger."""

"""The stand-in for Facebook's Graph API, of which it speaks the `events` edge and what is read to connect."""

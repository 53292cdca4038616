"""The catalogue's use cases, one file each. Services take the session first, flush only, and never commit."""

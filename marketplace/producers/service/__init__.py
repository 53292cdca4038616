"""Use cases of producers and products; each takes the caller's session, flushes, and never commits."""

"""Use cases of accounts, one a file; each takes the session first and flushes, the entry point commits."""

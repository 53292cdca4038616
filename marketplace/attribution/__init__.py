"""Which agreements, and so which households, each counted sale stands for: the append-only ledger."""

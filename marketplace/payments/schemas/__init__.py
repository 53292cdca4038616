"""Wire shapes of payments, one file per noun. Amounts are fen."""

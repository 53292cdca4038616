"""Wire shapes of buying. Amounts are fen, quantities whole sale units."""

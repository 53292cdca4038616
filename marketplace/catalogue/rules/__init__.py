"""The catalogue's rules, pure: what a line may be called, prices by weight, what a stock movement does."""

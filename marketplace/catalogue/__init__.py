"""Where goods are sold: channels, offers, listings with price history, stock per location."""

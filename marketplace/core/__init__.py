"""What every slice stands on. It knows nothing of the trade and imports no slice."""

"""What it all came to: measures by dimensions, targets, reports. Reads only."""

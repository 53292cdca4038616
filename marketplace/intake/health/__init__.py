"""Whether devices report as they should: late, silent, gaps, rows kept apart, batches refused, clocks. Told once per change."""

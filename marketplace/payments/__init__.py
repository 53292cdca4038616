"""What was paid and what was given back."""

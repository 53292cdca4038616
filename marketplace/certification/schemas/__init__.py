"""Wire shapes of certification: strict on the way in, without personal data on the way out."""

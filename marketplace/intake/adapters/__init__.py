"""In what shapes sales are reported: one file of data each. Code reads them in `rules.adapters`."""

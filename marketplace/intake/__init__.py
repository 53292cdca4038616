"""Sales made elsewhere."""

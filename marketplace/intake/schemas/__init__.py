"""Wire shapes of intake, one file per noun."""

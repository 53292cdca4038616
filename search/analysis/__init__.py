"""Language, done once in Python for both engines: what a name, a place, a weight or a slip of the pen says."""

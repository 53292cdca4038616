"""The same sale seen by two reporters: found, decided, undone, and in the books once."""

"""Which product may be called aid, since when, until when, decided by whom on which evidence."""

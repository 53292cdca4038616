"""带贫主体 and the dossier of what they make, where, at what capacity."""

"""How text becomes terms: the tables of the language (`tables`) and what is done with them, the same for both engines."""

"""Names that officials give to questions they ask again: their own, or shared with their office."""

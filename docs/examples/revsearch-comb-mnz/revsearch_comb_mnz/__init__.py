"""CombMNZ and Borda counts for revsearch."""

"""How good methods are on labelled pictures: measured exactly, kept whole, told with their uncertainty."""

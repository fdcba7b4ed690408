"""Data that ships with revsearch: a generator of sample pictures."""

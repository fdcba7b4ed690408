"""Similarity methods: which ones a user means, and what they make of pictures."""

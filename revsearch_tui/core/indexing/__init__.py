"""Indexing: one pass over the folders, one decode for all methods, a commit per batch."""

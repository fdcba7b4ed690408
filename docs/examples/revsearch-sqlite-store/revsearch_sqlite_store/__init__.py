"""Vectors of revsearch in SQLite."""

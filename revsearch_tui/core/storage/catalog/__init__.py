"""The catalog of a collection: which files there are, what they are, what is known of them (SQLite)."""

"""ORB features for revsearch-tui: `plugin` says what it offers, `method` does the work."""

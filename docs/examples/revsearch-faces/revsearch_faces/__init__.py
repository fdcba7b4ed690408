"""A plugin for revsearch-tui: `plugin` says what it offers, the other module does the work."""

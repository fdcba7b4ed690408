"""RAW files of cameras for revsearch-tui: `plugin` says what it offers, `reader` does the work."""

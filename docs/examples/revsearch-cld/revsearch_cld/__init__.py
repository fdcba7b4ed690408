"""The MPEG-7 colour layout descriptor for revsearch-tui: `plugin` says what it offers, `method` does the work."""

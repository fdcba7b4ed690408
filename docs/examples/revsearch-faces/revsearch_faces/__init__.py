"""Faces for revsearch-tui: `plugin` says what it offers, `detector`, `region` and `method` do the work."""

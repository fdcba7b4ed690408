"""Groups of files that are the same."""

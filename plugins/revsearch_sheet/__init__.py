"""Contact sheets of what was found."""

"""Pictures that are the same: found, grouped, which to keep, and what is done with the others, so that it can be
undone."""

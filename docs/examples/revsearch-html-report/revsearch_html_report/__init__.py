"""Pages of HTML of what revsearch found."""

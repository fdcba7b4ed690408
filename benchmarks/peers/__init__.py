"""What revsearch is measured against."""

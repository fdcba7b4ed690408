"""What evaluations found, as tables, colours and pictures."""

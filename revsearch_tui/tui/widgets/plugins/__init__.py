"""What the page of plugins is made of."""

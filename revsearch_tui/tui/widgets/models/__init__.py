"""What the page of models is made of."""

"""What screens are made of, by the place on the screen."""

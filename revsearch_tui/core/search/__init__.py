"""Search: query pictures in, ranked hits out."""

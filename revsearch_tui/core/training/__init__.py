"""Training runs: start, resume, compare, draw. The training itself is a plugin's."""

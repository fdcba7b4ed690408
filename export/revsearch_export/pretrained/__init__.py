"""Making models of this program from weights that others have published."""

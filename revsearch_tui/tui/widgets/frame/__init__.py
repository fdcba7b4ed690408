"""The lines above and below."""

"""The line that asks."""

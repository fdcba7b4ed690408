"""The configuration: what can be set, where it is read from, what it is now."""

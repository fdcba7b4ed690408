"""The fault drill: what goes wrong on purpose, and what must hold all the same. See docs/reliability.md."""

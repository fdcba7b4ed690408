"""Plugins: found, checked, loaded when wanted, and kept behind glass."""

"""Reverse image search for your own pictures, in a terminal and offline."""

__version__ = "0.1.0"

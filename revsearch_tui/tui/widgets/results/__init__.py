"""The pictures found."""

"""The column beside the results."""

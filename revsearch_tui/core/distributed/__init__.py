"""Pictures read and embedded by several workers, on this machine or on others, for one collection at home."""

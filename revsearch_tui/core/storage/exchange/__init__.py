"""Indexes that leave a machine and arrive on one: export, import, merge."""

"""What `revsearch train` calls, one module a method."""

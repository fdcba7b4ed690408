"""What every room stands on: files, locks, names, the web. Nothing in here knows of collections or plugins."""

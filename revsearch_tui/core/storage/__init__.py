"""What is on disk of a collection: its description, catalog, journals and ChromaDB."""

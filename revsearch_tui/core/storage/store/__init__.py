"""ChromaDB: the database of embeddings, kept in step with the journal and rebuilt from it when damaged."""

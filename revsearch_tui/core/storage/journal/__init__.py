"""The vector journal: append-only, checksummed, memory-mapped. It is what ChromaDB is rebuilt from."""

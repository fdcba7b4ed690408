"""A support vector machine on hand-made features, or on the embeddings of a network."""

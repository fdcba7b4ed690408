"""Perceptual hashes as a similarity method: near-copies of a picture have nearly the same bits."""

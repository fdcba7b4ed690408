"""Clusters as rows of pictures, and one as a grid."""

"""XFeat with geometric verification: learned keypoints, fast, for pictures that were not turned."""

"""From a file's bytes to a picture: decoding, orientations, crops, thumbnails, and the processes that decode."""

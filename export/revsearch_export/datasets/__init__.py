"""Kinds of labelled data. Each module makes samples of one; none decodes a picture."""

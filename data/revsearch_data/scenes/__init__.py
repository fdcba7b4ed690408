"""The families of pictures. Each module has `paint(rng, size, index)`, which returns a uint8 picture (h, w, 3), RGB.

`size` is (width, height); `index` counts within the family and chooses layout and palette in turn, so that pictures
of one family differ by more than chance.
"""

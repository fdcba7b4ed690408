"""Two pictures held against each other: how one lies upon the other, and what their pixels say of it. Nothing here
knows of collections, methods or files.
"""

ELSEWHERE, OTHER_COLOURS, SMALL_THINGS = "looks different in places", "has other colours", "differs in small things"
"""What one picture may lack of another."""
SEEN_THROUGH = "is transparent in other places"
"""How one picture, laid over any ground but a plain one, would not look as another."""

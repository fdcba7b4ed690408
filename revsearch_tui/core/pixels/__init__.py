"""Two pictures held against each other: how one lies upon the other, and what their pixels say of it. Nothing here
knows of collections, methods or files.
"""

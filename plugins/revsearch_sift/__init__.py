"""SIFT with geometric verification: finds the same object or scene, turned, cut out, slanted or in clutter."""

"""How well methods find a picture from a changed copy of it: measured on the user's own pictures, without labels."""

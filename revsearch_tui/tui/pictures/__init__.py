"""How pictures become cells or terminal graphics."""

"""Editing: what an instruction asks of photos (`wish`), and how it is done (the rest)."""

"""Measures: `python -m bench`, `python -m bench.gallery`."""

"""Engines: what makes pixels."""

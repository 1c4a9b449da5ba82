"""Seedbed: the SeeDream Images API on your own machine."""

from importlib.metadata import version

__version__ = version("seedbed")

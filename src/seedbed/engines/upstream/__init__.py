"""Engines in front of an upstream: `ark`, `seedream` and `openai`.

options -> client (limits, one session, faults) -> wire (`passthrough`, `openai`) -> pictures.
"""

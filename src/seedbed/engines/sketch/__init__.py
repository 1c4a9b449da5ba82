"""The default engine: illustrations drawn on the CPU."""

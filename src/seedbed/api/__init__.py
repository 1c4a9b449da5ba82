"""HTTP: one module a dialect, wire to domain and back, no rules."""

"""Credits: decimal outside, whole micro-credits inside, so that no sum is ever rounded."""

from __future__ import annotations

from decimal import Decimal

MICROS = 1_000_000
"""Micro-credits in one credit."""


def to_micros(credits: Decimal) -> int:
    """Turn credits into micro-credits; ValueError when there are more than six decimals."""
    micros = credits * MICROS
    if micros != micros.to_integral_value():
        raise ValueError(f"{credits} credits: at most six decimals are kept")
    return int(micros)


def to_credits(micros: int) -> Decimal:
    """Turn micro-credits into credits, without needless zeros."""
    credits = Decimal(micros) / MICROS
    return credits.quantize(Decimal(1)) if credits == credits.to_integral_value() else credits

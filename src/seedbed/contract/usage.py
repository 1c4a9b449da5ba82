"""What a request used, counted as the contract counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from seedbed.contract.sizes import Size

PIXELS_PER_TOKEN = 256


@dataclass(frozen=True, slots=True)
class Usage:
    """Pictures delivered, and tokens: all their pixels over 256, rounded down."""

    generated_images: int
    output_tokens: int
    total_tokens: int

    @classmethod
    def of(cls, sizes: Sequence[Size]) -> Usage:
        """Count delivered pictures of these sizes."""
        tokens = sum(size.pixels for size in sizes) // PIXELS_PER_TOKEN
        return cls(len(sizes), tokens, tokens)

    def as_dict(self) -> dict[str, int]:
        """Give the JSON form."""
        return asdict(self)

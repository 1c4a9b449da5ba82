"""What a request used, counted as the contract counts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

from seedbed.contract.sizes import Size

PIXELS_PER_TOKEN = 256


def output_tokens(sizes: Iterable[Size]) -> int:
    """Count the tokens of delivered pictures: all their pixels together over 256, rounded down."""
    return sum(size.pixels for size in sizes) // PIXELS_PER_TOKEN


@dataclass(frozen=True, slots=True)
class Usage:
    """Pictures delivered, and the tokens that they count as."""

    generated_images: int
    output_tokens: int
    total_tokens: int
    input_images: int | None = None
    """Pictures that came with the request, for a model that counts them."""

    @classmethod
    def of(cls, sizes: Sequence[Size], input_images: int | None = None) -> Usage:
        """Count delivered pictures of these sizes."""
        tokens = output_tokens(sizes)
        return cls(len(sizes), tokens, tokens, input_images)

    def as_dict(self) -> dict[str, int]:
        """Give the JSON form, without what is not counted."""
        return {name: count for name, count in asdict(self).items() if count is not None}

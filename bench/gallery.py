"""Draws the contact sheet of the default engine, to be looked at.

python -m bench.gallery [OUT] [--prompts FILE] [--size PIXELS] [--seed N]
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from seedbed.engines.sketch.render import draw
from seedbed.engines.sketch.typography import font_of
from seedbed.engines.sketch.understand import describe, understand

COLUMNS = 6
TILE = 360
CAPTION = 44
INK, GREY = "#1d2430", "#7a8494"


def main() -> None:
    """Draw every prompt at its own seed and lay the pictures out with what was understood."""
    options = _options()
    prompts = [line for line in options.prompts.read_text("utf-8").splitlines() if line.strip()]
    rows = -(-len(prompts) // COLUMNS)
    sheet = Image.new("RGB", (COLUMNS * TILE, rows * (TILE + CAPTION)), "white")
    pen = ImageDraw.Draw(sheet)
    for number, prompt in enumerate(prompts):
        scene = understand(prompt)
        pixels = draw(scene, options.size, options.size, options.seed + number)
        x, y = number % COLUMNS * TILE, number // COLUMNS * (TILE + CAPTION)
        sheet.paste(_tile(pixels), (x, y))
        for line, (text, ink) in enumerate(((prompt, INK), (describe(scene), GREY))):
            font = font_of("汉", 13 - line)  # the wide font has every script
            pen.text((x + 6, y + TILE + 3 + 19 * line), _cut(text, font), fill=ink, font=font)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    sheet.save(options.out)
    print(f"{options.out}: {len(prompts)} pictures")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Draw the contact sheet of the default engine.")
    parser.add_argument("out", nargs="?", type=Path, default=Path("build/gallery.png"))
    parser.add_argument("--prompts", type=Path, default=Path(__file__).parent / "prompts.txt")
    parser.add_argument("--size", type=int, default=768)
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


def _tile(pixels: np.ndarray) -> Image.Image:
    return Image.fromarray(pixels).resize((TILE, TILE), Image.Resampling.LANCZOS)


def _cut(text: str, font: ImageFont.FreeTypeFont) -> str:
    while font.getlength(text) > TILE - 12:
        text = text[:-2].rstrip("…") + "…"
    return text


if __name__ == "__main__":
    main()

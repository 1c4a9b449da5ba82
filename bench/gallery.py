"""Draws contact sheets of the default engine, to be looked at: OUT-1.png, OUT-2.png and so on.

python -m bench.gallery [OUT] [--prompts FILE] [--size WIDTHxHEIGHT] [--seed N] [--style NAME]

What fits on one sheet is OUT itself. The README's is docs/pictures/gallery.jpg, drawn with
--prompts docs/pictures/prompts.txt --tile 300 --columns 4.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from seedbed.engines.sketch.render import draw
from seedbed.engines.sketch.typography import font_of
from seedbed.engines.sketch.understand import describe, understand

PER_PAGE = 36
CAPTION = 44
INK, GREY = "#1d2430", "#7a8494"


def main() -> None:
    """Draw every prompt at its own seed and lay the pictures out with what was understood."""
    options = _options()
    prompts = [line for line in options.prompts.read_text("utf-8").splitlines() if line.strip()]
    options.out.parent.mkdir(parents=True, exist_ok=True)
    for page, start in enumerate(range(0, len(prompts), PER_PAGE), 1):
        file = options.out
        if len(prompts) > PER_PAGE:
            file = file.with_name(f"{file.stem}-{page}{file.suffix}")
        sheet = _sheet(prompts[start : start + PER_PAGE], options.seed + start, options)
        sheet.save(file, quality=84)
        print(f"{file}: {len(prompts[start : start + PER_PAGE])} pictures", flush=True)


def _sheet(prompts: list[str], seed: int, options: argparse.Namespace) -> Image.Image:
    width, height = (int(side) for side in options.size.split("x"))
    wide, columns = options.tile, options.columns
    tall = round(wide * height / width)
    rows = -(-len(prompts) // columns)
    sheet = Image.new("RGB", (columns * wide, rows * (tall + CAPTION)), "white")
    pen = ImageDraw.Draw(sheet)
    for number, prompt in enumerate(prompts):
        scene = understand(prompt)
        if options.style is not None:
            scene = replace(scene, style=options.style)
        pixels = draw(scene, width, height, seed + number)
        x, y = number % columns * wide, number // columns * (tall + CAPTION)
        sheet.paste(Image.fromarray(pixels).resize((wide, tall), Image.Resampling.LANCZOS), (x, y))
        for line, (text, ink) in enumerate(((prompt, INK), (describe(scene), GREY))):
            font = font_of("汉", 13 - line)  # the wide font has every script
            pen.text((x + 6, y + tall + 3 + 19 * line), _cut(text, font, wide), fill=ink, font=font)
    return sheet


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Draw contact sheets of the default engine.")
    parser.add_argument("out", nargs="?", type=Path, default=Path("build/gallery.png"))
    parser.add_argument("--prompts", type=Path, default=Path(__file__).parent / "prompts.txt")
    parser.add_argument("--tile", type=int, default=360, help="width of a picture on the sheet")
    parser.add_argument("--columns", type=int, default=6)
    parser.add_argument("--size", default="768x768")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--style", help="draw every prompt in this style")
    return parser.parse_args()


def _cut(text: str, font: ImageFont.FreeTypeFont, wide: int) -> str:
    while font.getlength(text) > wide - 12:
        text = text[:-2].rstrip("…") + "…"
    return text


if __name__ == "__main__":
    main()

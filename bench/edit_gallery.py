"""Draws sheets of edits, each photo before and after: build/edits-1.png and so on.

python -m bench.edit_gallery [OUT] [--edits FILE] [--size PIXELS]

The photos are those that scikit-image ships; a line of the file names one and says what to do.
"""

from __future__ import annotations

import argparse
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from seedbed.engines.sketch.edit.fuse import fuse, without_roles
from seedbed.engines.sketch.edit.retouch import retouch
from seedbed.engines.sketch.edit.wish import read_wish, told
from seedbed.engines.sketch.typography import font_of

PER_PAGE = 16
COLUMNS = 4
TILE = 300
CAPTION = 42


def main() -> None:
    """Edit every photo as its line says, and lay both out with what was understood."""
    options = _options()
    lines = [line.split("|") for line in options.edits.read_text("utf-8").splitlines() if line]
    options.out.parent.mkdir(parents=True, exist_ok=True)
    for page, start in enumerate(range(0, len(lines), PER_PAGE), 1):
        part = lines[start : start + PER_PAGE]
        file = options.out.with_name(f"{options.out.stem}-{page}{options.out.suffix}")
        _sheet(part, options.size).save(file, quality=84)
        print(f"{file}: {len(part)} edits", flush=True)


def _sheet(lines: list[list[str]], size: int) -> Image.Image:
    rows = -(-len(lines) // COLUMNS)
    sheet = Image.new("RGB", (COLUMNS * (2 * TILE + 12), rows * (TILE + CAPTION)), "white")
    pen = ImageDraw.Draw(sheet)
    for number, (names, prompt) in enumerate(lines):
        photos = [_photo(name, size) for name in names.split("+")]
        height, width = photos[-1].shape[:2]
        if len(photos) > 1:
            wish = read_wish(without_roles(prompt))
            after = fuse(photos, prompt, wish, width, height, number)
        else:
            wish = read_wish(prompt)
            after = retouch(photos[0].copy(), wish, width, height, number)
        x = number % COLUMNS * (2 * TILE + 12)
        y = number // COLUMNS * (TILE + CAPTION)
        for column, pixels in enumerate((photos[0], after)):
            image = Image.fromarray(pixels)
            image.thumbnail((TILE - 4, TILE - 4))
            sheet.paste(image, (x + column * TILE, y))
        for line, (text, ink) in enumerate(
            ((prompt, "#1d2430"), (told(wish, len(photos)), "#7a8494"))
        ):
            pen.text(
                (x, y + TILE - 2 + 19 * line), text[:86], fill=ink, font=font_of("汉", 13 - line)
            )
    return sheet


def _photo(name: str, size: int) -> Any:
    folder = files("skimage.data")
    file = next(
        folder / f"{name}.{end}" for end in ("png", "jpg") if (folder / f"{name}.{end}").is_file()
    )
    image = Image.open(str(file)).convert("RGB")
    scale = size / max(image.size)
    image = image.resize((round(image.width * scale), round(image.height * scale)))
    return np.asarray(image)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Draw sheets of edited photos.")
    parser.add_argument("out", nargs="?", type=Path, default=Path("build/edits.png"))
    parser.add_argument("--edits", type=Path, default=Path(__file__).parent / "edits.txt")
    parser.add_argument("--size", type=int, default=900, help="longer side that is worked at")
    return parser.parse_args()


if __name__ == "__main__":
    main()

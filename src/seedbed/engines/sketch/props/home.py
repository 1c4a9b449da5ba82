"""Props of the house: lamps, furniture, machines of the kitchen."""

from __future__ import annotations

from seedbed.engines.sketch.palette import Colour, rgb
from seedbed.engines.sketch.props.shapes import (
    IRON,
    WOOD,
    Props,
    across,
    circle,
    document,
    down,
    line,
    oval,
    path,
    rect,
    round_body,
    tone,
)

GLOW = "#ffe9a8"
BRASS = rgb("#c9a24a")


def _shade(c: Colour, middle: float, top: float, wide: float, high: float) -> str:
    """Draw a lit lampshade, narrower at its top."""
    left, right = middle - wide / 2, middle + wide / 2
    narrow = wide * 0.3
    lit = across("s", (0, tone(c, -0.08)), (0.4, tone(c, 0.45)), (1, tone(c, -0.2)))
    shape = f"M{middle - narrow} {top} H{middle + narrow} L{right} {top + high} H{left}Z"
    rim = f"M{left} {top + high} H{right} L{right - 0.6} {top + high - 1.6} H{left + 0.6}Z"
    return lit + path(shape, "url(#s)") + path(rim, tone(c, -0.22))


def _table_lamp(c: Colour) -> str:
    return document(
        44, 60,
        round_body("f", rgb("#6f8fa6"))
        + rect(20.6, 22, 2.8, 12, tone(BRASS))
        + path("M22 32 C31 34 34 42 31 49 C29 54 26 55 26 57 H18 C18 55 15 54 13 49 C10 42 13 34 22 32Z", "url(#f)")
        + rect(13, 56, 18, 4, tone(BRASS, -0.1), 1.4)
        + oval(22, 26, 8, 2.6, GLOW)
        + _shade(c, 22, 3, 38, 23),
    )  # fmt: skip


def _floor_lamp(c: Colour) -> str:
    return document(
        40, 110,
        rect(18.8, 26, 2.4, 80, tone(IRON))
        + oval(20, 106, 13, 3.4, tone(IRON, -0.2)) + oval(20, 105, 13, 3, tone(IRON, 0.12))
        + oval(20, 28, 8, 2.4, GLOW)
        + _shade(c, 20, 3, 36, 25),
    )  # fmt: skip


def _chandelier(c: Colour) -> str:
    arms = "".join(
        line(f"M40 32 C{40 + x * 0.4} {48 - abs(x) * 0.1} {40 + x} 48 {40 + x} {36 - abs(x) * 0.06}", tone(c, -0.08), 2.2)
        for x in (-34, -18, 18, 34)
    )  # fmt: skip
    candles = "".join(
        rect(38.2 + x, 25 - abs(x) * 0.06, 3.6, 11, "#fff8e8", 1)
        + oval(40 + x, 21 - abs(x) * 0.06, 2.6, 4.6, "#ffc64a")
        + oval(40 + x, 22 - abs(x) * 0.06, 1.3, 2.6, "#fff6cc")
        + oval(40 + x, 36.6 - abs(x) * 0.06, 4.6, 1.7, tone(c, 0.15))
        for x in (-34, -18, 0, 18, 34)
    )
    drops = "".join(
        oval(40 + x, 50 - abs(x) * 0.16, 1.7, 2.7, "#cfeaf6") for x in (-30, -24, -12, 12, 24, 30)
    )
    return document(
        80, 60,
        rect(39, 0, 2, 32, tone(c, -0.2)) + circle(40, 8, 2.6, tone(c)) + circle(40, 16, 3.4, tone(c, 0.1))
        + arms + path("M34 30 H46 L43 46 Q40 52 37 46Z", tone(c)) + circle(40, 51, 3, tone(c, 0.2))
        + candles + drops,
    )  # fmt: skip


def _street_lamp(c: Colour) -> str:
    return document(
        40, 130,
        circle(20, 20, 19, GLOW, 0.28)
        + rect(18.3, 34, 3.4, 88, tone(c)) + rect(18.3, 34, 1.2, 88, tone(c, 0.3))
        + path("M13 130 L15 116 H25 L27 130Z", tone(c, -0.1)) + rect(15.4, 112, 9.2, 4, tone(c, 0.12), 1)
        + rect(14.6, 52, 10.8, 2.4, tone(c, 0.1), 1)
        + path("M11 13 H29 L26 33 H14Z", "#ffe9a0") + path("M16 13 H20 L19 33 H16.5Z", "#fff7d8")
        + line("M11 13 L14 33 M29 13 L26 33 M20 13 V33", tone(c), 1.5)
        + path("M9 13 Q20 -1 31 13Z", tone(c)) + circle(20, 4, 2, tone(c)) + rect(13, 32, 14, 3.4, tone(c), 1),
    )  # fmt: skip


def _fireplace(c: Colour) -> str:
    bricks = "".join(
        rect(6 + (x - (row % 2) * 0.5) * 12.4, 18 + row * 7, 11.4, 6, tone(c, 0.08 * ((x * 7 + row * 3) % 3 - 1)))
        for row in range(9) for x in range(1 if row % 2 else 0, 8) if 6 + (x - (row % 2) * 0.5) * 12.4 < 96
    )  # fmt: skip
    return document(
        110, 92,
        rect(5, 16, 100, 66, tone(c, -0.3)) + bricks + rect(105, 16, 5, 66, "none")
        + path("M26 82 V46 Q26 32 55 32 Q84 32 84 46 V82Z", "#2a1c1a")
        + path("M30 82 V48 Q30 37 55 37 Q80 37 80 48 V82Z", "#150d0d")
        + path("M55 42 Q69 56 66 68 Q66 79 55 79 Q43 79 43 67 Q43 60 48 56 Q48 62 51 63 Q49 50 55 42Z", "#ff7a1f")
        + path("M55.6 54 Q63 62 61 70 Q60 77.5 54.6 77.5 Q48.6 77 48.8 69.6 Q50.4 72 52.6 70.6 Q51.6 61 55.6 54Z", "#ffc23a")
        + path("M55 64 Q59 69.6 57.6 73.6 Q56 77 54 76.6 Q51.6 75 52.6 71.6 Q54.4 68.6 55 64Z", "#fff3b0")
        + path("M36 80 L74 74 L75 79 L37 85Z", "#6a4428") + path("M74 80 L36 74 L35 79 L73 85Z", "#82562f")
        + rect(0, 8, 110, 9, tone(WOOD, -0.12), 1.5) + rect(0, 8, 110, 3, tone(WOOD, 0.15), 1.5)
        + rect(0, 82, 110, 10, "#8d8a88", 1.5) + rect(0, 82, 110, 3, "#a9a6a3", 1.5),
    )  # fmt: skip


def _bookcase(c: Colour) -> str:
    books = ""
    tones = ("#c2504a", "#3f6fa8", "#e0a84a", "#4f8f6a", "#8a5aa0", "#d9d0bc", "#365a6a")
    for row, top in enumerate((6, 32, 58)):
        x, n = 8.0, row
        while x < 56:
            wide, tall = 3.4 + (n * 5 % 4) * 0.8, 17 + (n * 7 % 5) * 1.2
            books += rect(x, top + 23 - tall, wide, tall, tones[n % 7], 0.6)
            books += rect(x + 0.7, top + 26 - tall, wide - 1.4, 1.2, "#ffffff55")
            x, n = x + wide + 0.5, n + 3
    return document(
        66, 92,
        rect(2, 0, 62, 90, tone(c, -0.25), 1.5) + rect(6, 4, 54, 82, tone(c, -0.5)) + books
        + "".join(rect(5, y, 56, 3.4, tone(c, 0.08)) for y in (29, 55, 81))
        + rect(0, 0, 66, 4, tone(c, 0.15), 1) + rect(4, 88, 8, 4, tone(c, -0.35)) + rect(54, 88, 8, 4, tone(c, -0.35)),
    )  # fmt: skip


def _wardrobe(c: Colour) -> str:
    return document(
        64, 100,
        rect(3, 4, 58, 90, tone(c), 2) + rect(0, 0, 64, 6, tone(c, 0.18), 2)
        + rect(7, 10, 24, 58, tone(c, 0.12), 1) + rect(33, 10, 24, 58, tone(c, 0.12), 1)
        + rect(10, 13, 18, 52, tone(c, -0.06), 1) + rect(36, 13, 18, 52, tone(c, -0.06), 1)
        + rect(7, 72, 50, 18, tone(c, 0.12), 1) + circle(28.6, 40, 1.5, tone(BRASS)) + circle(35.4, 40, 1.5, tone(BRASS))
        + circle(32, 81, 1.6, tone(BRASS)) + rect(6, 94, 7, 6, tone(c, -0.4)) + rect(51, 94, 7, 6, tone(c, -0.4)),
    )  # fmt: skip


def _fridge(c: Colour) -> str:
    return document(
        48, 100,
        round_body("r", c)
        + rect(2, 0, 44, 96, "url(#r)", 5) + rect(2, 34, 44, 1.4, tone(c, -0.4))
        + rect(38, 12, 2.6, 16, tone(c, -0.5), 1.3) + rect(38, 42, 2.6, 26, tone(c, -0.5), 1.3)
        + rect(6, 5, 3, 84, "#ffffff66", 1.5) + rect(6, 96, 8, 4, "#2c2f36") + rect(34, 96, 8, 4, "#2c2f36")
        + rect(12, 12, 8, 6, "#f2c14e", 1) + circle(25, 15, 3, "#e2605a"),
    )  # fmt: skip


def _washer(c: Colour) -> str:
    return document(
        60, 72,
        round_body("w", c)
        + rect(2, 0, 56, 70, "url(#w)", 4) + rect(2, 14, 56, 1, tone(c, -0.3))
        + rect(7, 4, 18, 6.4, tone(c, -0.12), 1.5) + circle(38, 7.2, 3.4, tone(c, -0.35)) + circle(48, 7.2, 2.2, "#5ab0e8")
        + circle(30, 42, 22, tone(c, -0.25)) + circle(30, 42, 19.4, tone(c, 0.2)) + circle(30, 42, 16, "#6fa6c6")
        + path("M14.6 46 Q22 38 30 45 T45.4 45 A16 16 0 0 1 14.6 46Z", "#3f7fa8")
        + path("M19 34 Q24 28 32 28 Q26 31 23 37Z", "#ffffff", 0.7)
        + circle(26, 49, 3.4, "#e2605a") + circle(35, 51, 4, "#f2c14e") + rect(6, 69, 8, 3, "#2c2f36") + rect(46, 69, 8, 3, "#2c2f36"),
    )  # fmt: skip


def _fan(c: Colour) -> str:
    blades = "".join(
        f'<path d="M30 30 C24 18 30 8 38 10 C42 16 38 26 30 30Z" fill="{tone(c, 0.1)}" '
        f'transform="rotate({turn} 30 30)"/>'
        for turn in (0, 120, 240)
    )
    rings = "".join(
        f'<circle cx="30" cy="30" r="{r}" fill="none" stroke="#9aa3ad" stroke-width="1.1"/>'
        for r in (28, 20, 12)
    )
    return document(
        60, 96,
        rect(28, 56, 4, 32, "#c9ced6") + oval(30, 91, 19, 5, "#aab1bb") + oval(30, 89, 19, 4.4, "#d5dae0")
        + circle(30, 30, 28, "#eef3f8", 0.55) + blades + rings + circle(30, 30, 5, tone(c, -0.2)) + circle(30, 30, 2.4, tone(c, 0.4)),
    )  # fmt: skip


def _pillow(c: Colour) -> str:
    return document(
        80, 44,
        down("p", (0, tone(c, 0.35)), (1, tone(c, -0.16)))
        + path("M4 8 Q10 2 18 7 Q40 2 62 7 Q70 2 76 8 Q72 16 75 24 Q78 34 74 40 Q66 45 58 40 Q40 44 22 40 Q12 45 6 40 Q2 34 5 24 Q8 16 4 8Z", "url(#p)")
        + line("M14 14 Q20 17 24 22 M66 14 Q60 17 57 22 M15 35 Q20 31 25 30", tone(c, -0.2), 1.2),
    )  # fmt: skip


def _blanket(c: Colour) -> str:
    stripes = "".join(rect(4, y, 72, 3, tone(c, 0.45)) for y in (10, 22, 34))
    return document(
        80, 48,
        rect(4, 4, 72, 40, tone(c), 6) + stripes + path("M4 30 Q4 26 10 26 H76 V38 Q76 44 70 44 H10 Q4 44 4 38Z", tone(c, -0.12), 0.5)
        + "".join(rect(6 + 6 * i, 43, 2, 5, tone(c, 0.25), 1) for i in range(12)),
    )  # fmt: skip


def _blackboard(c: Colour) -> str:
    return document(
        110, 84,
        path("M24 60 L16 84 H21 L30 60Z M86 60 L94 84 H89 L80 60Z", tone(WOOD, -0.3))
        + rect(0, 0, 110, 66, tone(WOOD), 2) + rect(5, 5, 100, 56, tone(c), 1)
        + line("M16 18 H40 M16 18 L28 36 L40 18", "#f4f4ea", 1.6)
        + line("M54 20 Q58 14 62 20 T70 20 M54 32 H80 M54 40 H74", "#f4f4ea", 1.6)
        + circle(90, 22, 6, "none") + rect(40, 61, 30, 3, tone(WOOD, -0.3)) + rect(48, 59.6, 9, 2, "#fbfbf4", 1),
    )  # fmt: skip


def _swing(c: Colour) -> str:
    return document(
        90, 90,
        line("M14 90 L30 4 M46 90 L30 4 M76 90 L62 4 M46 90 L62 4", tone(c, -0.05), 4)
        + line("M22 5 H70", tone(c, 0.12), 5)
        + line("M38 6 V62 M56 6 V62", "#6a6f78", 1.4) + rect(34, 61, 26, 5, tone(rgb("#e2605a")), 2),
    )  # fmt: skip


PROPS: Props = {
    "table_lamp": (rgb("#f2c66a"), _table_lamp),
    "floor_lamp": (rgb("#f0d29a"), _floor_lamp),
    "chandelier": (rgb("#d9ac4a"), _chandelier),
    "street_lamp": (IRON, _street_lamp),
    "fireplace": (rgb("#b5604a"), _fireplace),
    "bookcase": (WOOD, _bookcase),
    "wardrobe": (WOOD, _wardrobe),
    "fridge": (rgb("#d5dee6"), _fridge),
    "washing_machine": (rgb("#eceff2"), _washer),
    "fan": (rgb("#4f9ad8"), _fan),
    "pillow": (rgb("#e9edf4"), _pillow),
    "blanket": (rgb("#c8564e"), _blanket),
    "blackboard": (rgb("#2f5f4a"), _blackboard),
    "swing": (WOOD, _swing),
}

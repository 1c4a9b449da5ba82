"""Small props: what is folded, found on a beach, held in a hand."""

from __future__ import annotations

import math

from seedbed.engines.sketch.palette import Colour, rgb
from seedbed.engines.sketch.props.shapes import (
    WOOD,
    Props,
    across,
    circle,
    document,
    line,
    path,
    rect,
    tone,
)


def _paper_plane(c: Colour) -> str:
    return document(
        84, 56,
        path("M2 26 L82 2 L30 36Z", tone(c)) + path("M82 2 L30 36 L34 54 L46 40Z", tone(c, -0.28))
        + path("M82 2 L38 40 L62 50Z", tone(c, 0.3)) + path("M82 2 L34 54 L30 36Z", tone(c, -0.14)),
    )  # fmt: skip


def _paper_boat(c: Colour) -> str:
    return document(
        84, 50,
        path("M42 4 L26 32 H58Z", tone(c, 0.2)) + path("M42 4 L58 32 H42Z", tone(c, -0.14))
        + path("M2 24 L26 32 H58 L82 24 L66 48 H18Z", tone(c)) + path("M58 32 L82 24 L66 48 H42Z", tone(c, -0.12))
        + path("M26 32 L42 40 L58 32Z", tone(c, -0.24)),
    )  # fmt: skip


def _paper_crane(c: Colour) -> str:
    return document(
        92, 66,
        path("M46 34 L24 2 L58 28Z", tone(c, 0.15)) + path("M46 34 L70 4 L60 36Z", tone(c, -0.1))
        + path("M30 36 L62 34 L46 62Z", tone(c, -0.02)) + path("M46 35 L62 34 L46 62Z", tone(c, -0.2))
        + path("M32 38 L10 20 L2 26 L12 26 L36 52Z", tone(c, 0.05)) + path("M60 36 L90 22 L54 50Z", tone(c, -0.14)),
    )  # fmt: skip


def _starfish(c: Colour) -> str:
    tips = [(40 + 38 * math.sin(a), 40 - 38 * math.cos(a)) for a in (i * 1.2566 for i in range(5))]
    dips = [
        (40 + 15 * math.sin(a), 40 - 15 * math.cos(a))
        for a in (0.628 + i * 1.2566 for i in range(5))
    ]
    shape = "M" + " ".join(
        f"{x:.1f} {y:.1f} Q{(x + u) / 2:.1f} {(y + v) / 2:.1f} {u:.1f} {v:.1f} L"
        for (x, y), (u, v) in zip(tips, dips, strict=True)
    )  # fmt: skip
    dots = "".join(
        circle(40 + (x - 40) * s, 40 + (y - 40) * s, 2.6 - s * 1.6, tone(c, 0.45)) for x, y in tips for s in (0.18, 0.36, 0.54, 0.72)
    )  # fmt: skip
    return document(
        80, 76,
        f'<path d="{shape[:-1]}Z" fill="{tone(c)}" stroke="{tone(c)}" stroke-width="7" stroke-linejoin="round"/>'
        + dots + circle(34, 36, 2, "#3a2a2a") + circle(46, 36, 2, "#3a2a2a") + line("M36 43 Q40 46.6 44 43", "#3a2a2a", 1.6),
    )  # fmt: skip


def _seahorse(c: Colour) -> str:
    ridges = "".join(
        line(f"M{x} {y} q5 2 9 -1", tone(c, -0.25), 1.4) for x, y in ((25, 36), (24, 43), (25, 50), (28, 57), (31, 64))
    )  # fmt: skip
    return document(
        60, 104,
        line("M34 66 C36 80 26 92 18 86 C12 80 20 74 23 80", tone(c, -0.1), 6)
        + path("M40 40 Q52 44 50 56 Q44 54 38 54Z", tone(c, 0.35)) + line("M42 44 L48 52 M40 48 L46 54", tone(c, -0.1), 1)
        + path("M28 26 Q18 36 22 50 Q26 64 33 72 L38 68 Q44 54 42 42 Q41 32 36 26Z", tone(c)) + ridges
        + path("M24 26 Q20 12 32 8 Q44 8 44 20 Q44 30 34 31 Q28 31 24 26Z", tone(c, 0.08))
        + path("M26 17 Q16 19 6 24 Q4 28 8 29 Q18 28 28 26Z", tone(c, 0.04)) + path("M32 9 L33 1 L36 8 L41 3 L41 11Z", tone(c, -0.18))
        + circle(30, 17, 4, "#ffffff") + circle(29, 17.4, 2.3, "#22252c") + circle(28.4, 16.6, 0.8, "#ffffff"),
    )  # fmt: skip


def _seashell(c: Colour) -> str:
    ribs = "".join(line(f"M40 60 L{x} {y}", tone(c, -0.22), 1.6) for x, y in ((8, 30), (18, 15), (32, 7), (48, 7), (62, 15), (72, 30)))  # fmt: skip
    return document(
        80, 68,
        path("M28 58 L24 66 H56 L52 58Z", tone(c, -0.2))
        + path("M40 62 L4 36 Q2 26 10 24 Q12 12 22 13 Q28 3 40 5 Q52 3 58 13 Q68 12 70 24 Q78 26 76 36Z", tone(c, 0.12)) + ribs,
    )  # fmt: skip


def _pocket_watch(c: Colour) -> str:
    marks = "".join(
        circle(30 + 16 * math.sin(i * 0.5236), 46 - 16 * math.cos(i * 0.5236), 1.1 if i % 3 else 1.8, "#3a3f48") for i in range(12)
    )  # fmt: skip
    return document(
        60, 76,
        f'<circle cx="30" cy="12" r="7" fill="none" stroke="{tone(c, -0.1)}" stroke-width="3"/>' + rect(26, 17, 8, 8, tone(c, -0.2), 2)
        + across("w", (0, tone(c, 0.35)), (1, tone(c, -0.3))) + circle(30, 48, 27, "url(#w)") + circle(30, 48, 22, "#fdfaf0")
        + f'<g transform="translate(0 2)">{marks}</g>' + line("M30 48 V35 M30 48 L40 52", "#22252c", 2) + circle(30, 48, 2, "#22252c"),
    )  # fmt: skip


def _snow_globe(c: Colour) -> str:
    flakes = "".join(circle(x, y, 1.3, "#ffffff") for x, y in ((18, 20), (27, 12), (42, 15), (50, 24), (23, 31), (46, 36), (34, 22)))  # fmt: skip
    return document(
        68, 80,
        circle(34, 32, 30, "#bfe0f2") + path("M6.4 44 Q34 30 61.6 44 A30 30 0 0 1 6.4 44Z", "#ffffff")
        + path("M34 16 L42 28 H38.6 L45 37 H40.6 L47 46 H21 L27.4 37 H23 L29.4 28 H26Z", "#3f8a5a") + rect(32, 46, 4, 4, "#6a4a32")
        + flakes + path("M12 20 Q18 8 30 6 Q20 12 16 24Z", "#ffffff", 0.75)
        + path("M14 60 H54 L60 74 H8Z", tone(c)) + rect(6, 73, 56, 7, tone(c, -0.2), 2) + rect(14, 58, 40, 4, tone(c, 0.3), 2),
    )  # fmt: skip


def _torch(c: Colour) -> str:
    return document(
        34, 92,
        path("M17 2 Q30 18 27 30 Q26 40 17 40 Q8 40 7 30 Q6 23 11 18 Q11 25 14.6 26 Q12 12 17 2Z", "#ff7a1f")
        + path("M17.4 15 Q24 24 22.4 31 Q21.6 37.6 17 37.6 Q11.6 37 12 30 Q13.4 32.6 15.6 31.6 Q14.6 22 17.4 15Z", "#ffc83a")
        + path("M10 40 H24 L22 52 H12Z", tone(c, -0.35)) + rect(8, 37, 18, 5, tone(c, -0.2), 1.5) + path("M13 52 H21 L19 92 H15Z", tone(c)),
    )  # fmt: skip


def _vending(c: Colour) -> str:
    tones = ("#e2605a", "#f2c14e", "#4fb286", "#4f8fd8", "#f08a3c", "#b06ad0")
    cans = "".join(
        rect(7 + 8 * k, 11 + 15 * row, 5.4, 10, tones[(k + row * 2) % 6], 1.4) + rect(8 + 8 * k, 12 + 15 * row, 1.2, 8, "#ffffff88", 0.6)
        for row in range(4) for k in range(5)
    )  # fmt: skip
    return document(
        66, 108,
        rect(0, 0, 66, 104, tone(c), 4) + rect(5, 6, 44, 64, "#dff1f8", 2) + cans
        + "".join(rect(5, 22 + 15 * row, 44, 1.6, "#9db4c0") for row in range(4))
        + rect(52, 10, 10, 18, tone(c, -0.3), 1.5) + rect(54, 13, 6, 4, "#7af0b0") + "".join(circle(55 + 4 * (i % 2), 21 + 4 * (i // 2), 1.2, "#f4f4f4") for i in range(4))
        + rect(53, 34, 8, 3, "#22252c", 1) + rect(8, 80, 40, 14, "#22252c", 2) + rect(8, 80, 40, 4, tone(c, -0.4), 2)
        + rect(5, 104, 10, 4, "#22252c") + rect(51, 104, 10, 4, "#22252c"),
    )  # fmt: skip


def _headphones(c: Colour) -> str:
    return document(
        76, 78,
        line("M12 48 V40 Q12 8 38 8 Q64 8 64 40 V48", tone(c, -0.1), 6.5) + line("M16 34 Q20 11 38 11 Q56 11 60 34", tone(c, 0.35), 2)
        + "".join(rect(x, 40, 18, 32, tone(c, -0.25), 9) + rect(x + dx, 42, 11, 28, tone(c, 0.08), 5.5) + rect(x + dx + 2, 46, 3, 18, tone(c, 0.5), 1.5) for x, dx in ((2, 0), (56, 7))),
    )  # fmt: skip


def _hammock(c: Colour) -> str:
    stripes = "".join(
        path(f"M{22 + 12 * k} {34 + 11 * math.sin(math.pi * (k + 0.3) / 7):.1f} L{28 + 12 * k} {34 + 11 * math.sin(math.pi * (k + 0.8) / 7):.1f} V{46 + 10 * math.sin(math.pi * (k + 0.8) / 7):.1f} L{22 + 12 * k} {45 + 10 * math.sin(math.pi * (k + 0.3) / 7):.1f}Z", tone(c, 0.55))
        for k in range(7)
    )  # fmt: skip
    return document(
        124, 90,
        rect(4, 4, 6, 86, tone(WOOD), 2) + rect(114, 4, 6, 86, tone(WOOD), 2)
        + line("M8 18 L22 32 M8 18 L20 38 M116 18 L102 32 M116 18 L104 38", "#d9c8a4", 1.6)
        + path("M20 32 Q62 62 104 32 L106 44 Q62 72 18 44Z", tone(c)) + stripes + path("M18 43 Q62 71 106 43 L106 46 Q62 75 18 46Z", tone(c, -0.25)),
    )  # fmt: skip


PROPS: Props = {
    "paper_plane": (rgb("#eef1f4"), _paper_plane),
    "paper_boat": (rgb("#f0f2f4"), _paper_boat),
    "paper_crane": (rgb("#e8665a"), _paper_crane),
    "starfish": (rgb("#f08a4a"), _starfish),
    "seahorse": (rgb("#f2a83c"), _seahorse),
    "seashell": (rgb("#f4b8a0"), _seashell),
    "pocket_watch": (rgb("#d9ac4a"), _pocket_watch),
    "snow_globe": (rgb("#a8433a"), _snow_globe),
    "torch": (WOOD, _torch),
    "vending_machine": (rgb("#d8433a"), _vending),
    "headphones": (rgb("#4a5160"), _headphones),
    "hammock": (rgb("#d8604a"), _hammock),
}

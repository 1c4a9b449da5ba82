"""Props that are built: towers, walls, monuments."""

from __future__ import annotations

from seedbed.engines.sketch.palette import Colour, rgb
from seedbed.engines.sketch.props.shapes import (
    WOOD,
    Props,
    across,
    circle,
    document,
    line,
    oval,
    path,
    rect,
    round_body,
    tone,
)


def _clock_tower(c: Colour) -> str:
    windows = "".join(
        rect(x, y, 2.4, 8, tone(c, -0.5), 1.2) for y in (58, 72, 86, 100) for x in (14, 19, 24)
    )
    ribs = "".join(rect(x, 50, 1, 70, tone(c, -0.2)) for x in (12.4, 17.6, 22.8, 28))
    return document(
        42, 126,
        across("t", (0, tone(c, 0.22)), (0.6, tone(c)), (1, tone(c, -0.22)))
        + rect(10, 48, 22, 76, "url(#t)") + ribs + windows + rect(6, 118, 30, 8, tone(c, -0.12))
        + rect(8, 26, 26, 24, tone(c, 0.1)) + rect(8, 26, 26, 2, tone(c, -0.25)) + rect(8, 48, 26, 2.6, tone(c, -0.25))
        + circle(21, 38, 9.4, tone(rgb("#c9a24a"))) + circle(21, 38, 8, "#fbf8ee")
        + line("M21 38 V32.4 M21 38 L25 40", "#2c2f36", 1.1) + "".join(circle(21 + dx, 38 + dy, 0.6, "#2c2f36") for dx, dy in ((0, -6.6), (6.6, 0), (0, 6.6), (-6.6, 0)))
        + path("M9 26 L14 15 H28 L33 26Z", "#4a6a6a") + rect(14, 10, 14, 6, tone(c, 0.05)) + path("M13 10 L21 -1 L29 10Z", "#4a6a6a")
        + line("M21 3 V-2", "#c9a24a", 1.2),
    )  # fmt: skip


def _leaning_tower(c: Colour) -> str:
    storeys = "".join(
        rect(9, 12 + 13 * n, 34, 13, tone(c, 0.1 if n % 2 else 0.02)) + rect(8, 11.4 + 13 * n, 36, 2.2, tone(c, 0.4))
        + "".join(path(f"M{11.4 + 5.3 * k} {24.6 + 13 * n} V{18 + 13 * n} q1.7 -3 3.4 0 V{24.6 + 13 * n}Z", tone(c, -0.42)) for k in range(6))
        for n in range(7)
    )  # fmt: skip
    return document(
        64, 116,
        f'<g transform="rotate(5 26 112)">{round_body("p", c)}{rect(9, 12, 34, 100, "url(#p)")}{storeys}'
        + rect(14, 0, 24, 12, tone(c, 0.05)) + "".join(rect(16.4 + 5 * k, 3, 2.6, 7, tone(c, -0.42), 1.3) for k in range(5))
        + rect(12, -1, 28, 2.4, tone(c, 0.4)) + rect(6, 103, 40, 11, tone(c, -0.12)) + "</g>",
    )  # fmt: skip


def _taj(c: Colour) -> str:
    minarets = "".join(
        rect(x - 2, 30, 4, 56, tone(c, -0.04)) + rect(x - 3, 44, 6, 1.6, tone(c, -0.25)) + rect(x - 3, 62, 6, 1.6, tone(c, -0.25))
        + path(f"M{x - 3} 30 Q{x} 21 {x + 3} 30Z", tone(c, 0.2)) + line(f"M{x} 25 V20", "#d9b24a", 1)
        for x in (7, 123)
    )  # fmt: skip
    arches = "".join(
        path(f"M{x} 86 V{top} Q{x} {top - 6} {x + w / 2} {top - 10} Q{x + w} {top - 6} {x + w} {top} V86Z", tone(c, -0.3))
        for x, w, top in ((56, 18, 66), (36, 9, 74), (85, 9, 74), (24, 7, 76), (99, 7, 76))
    )  # fmt: skip
    return document(
        130, 94,
        minarets + rect(18, 54, 94, 32, tone(c, 0.04)) + rect(46, 46, 38, 40, tone(c, 0.22)) + arches
        + path("M50 46 Q42 32 54 20 Q62 12 65 6 Q68 12 76 20 Q88 32 80 46Z", tone(c, 0.12)) + path("M65 6 Q68 12 76 20 Q88 32 80 46 H70 Q78 30 65 6Z", tone(c, -0.14), 0.6)
        + "".join(path(f"M{x - 8} 54 Q{x - 11} 44 {x - 4} 40 Q{x} 37 {x} 34 Q{x} 37 {x + 4} 40 Q{x + 11} 44 {x + 8} 54Z", tone(c, 0.06)) for x in (32, 98))
        + line("M65 8 V0", "#d9b24a", 1.4) + rect(0, 86, 130, 4, tone(c, -0.1)) + rect(0, 90, 130, 4, tone(c, -0.24)),
    )  # fmt: skip


def _great_wall(c: Colour) -> str:
    def teeth(x0: float, y0: float, x1: float, y1: float, count: int) -> str:
        steps = ((x0 + (x1 - x0) * i / count, y0 + (y1 - y0) * i / count) for i in range(count))
        return "".join(rect(round(x, 1), round(y - 5, 1), 5, 6, tone(c, 0.12)) for x, y in steps)

    return document(
        150, 84,
        path("M0 40 L54 30 V84 H0Z", tone(c, -0.08)) + path("M96 30 L150 52 V84 H96Z", tone(c, -0.22))
        + teeth(0, 40, 54, 30, 6) + teeth(98, 31, 150, 52, 6)
        + line("M0 54 L54 44 M0 68 L54 60 M96 46 L150 66", tone(c, -0.3), 1.2)
        + rect(50, 14, 50, 70, tone(c, 0.05)) + rect(86, 14, 14, 70, tone(c, -0.16)) + rect(47, 14, 56, 5, tone(c, 0.22))
        + "".join(rect(x, 6, 7, 9, tone(c, 0.16)) for x in (47, 59, 71, 83, 96))
        + "".join(path(f"M{x} 40 V32 q4 -6 8 0 V40Z", tone(c, -0.55)) for x in (56, 71))
        + path("M64 84 V64 Q64 54 73 54 Q82 54 82 64 V84Z", tone(c, -0.6))
        + line("M50 48 H86 M50 26 H86", tone(c, -0.22), 1),
    )  # fmt: skip


def _skyscraper(c: Colour) -> str:
    panes = "".join(
        rect(x, y, 4.4, 5, "#fff0b8" if (x * 3 + y * 7) % 5 < 1 else tone(c, 0.5 if (x + y) % 3 else 0.3))
        for y in range(26, 130, 8) for x in (13, 20, 27)
    )  # fmt: skip
    return document(
        60, 136,
        line("M30 10 V0", "#8d95a0", 1.6)
        + path("M22 20 L30 8 L38 20Z", tone(c, 0.2)) + rect(10, 20, 26, 116, tone(c)) + path("M36 20 L50 26 V136 H36Z", tone(c, -0.28))
        + panes + "".join(path(f"M39 {y} L47 {y + 3} V{y + 7} L39 {y + 4.6}Z", tone(c, 0.12)) for y in range(28, 128, 8))
        + path("M10 20 L24 16 L50 26 L36 20Z", tone(c, 0.4)) + rect(18, 124, 10, 12, tone(c, -0.5)),
    )  # fmt: skip


def _obelisk(c: Colour) -> str:
    return document(
        50, 120,
        path("M18 104 L20 20 L25 6 L30 20 L32 104Z", tone(c, 0.12)) + path("M25 6 L30 20 L32 104 H25Z", tone(c, -0.16))
        + rect(12, 104, 26, 6, tone(c, 0.05)) + rect(6, 110, 38, 5, tone(c, -0.06)) + rect(0, 115, 50, 5, tone(c, -0.16)),
    )  # fmt: skip


def _gate(c: Colour) -> str:
    bars = "".join(
        line(f"M{x} 78 V{30 - 10 * (1 - abs(x - 50) / 36)}", tone(c), 2.4) + path(f"M{x - 2.4} {30 - 10 * (1 - abs(x - 50) / 36)} l2.4 -6 2.4 6Z", tone(c, 0.2))
        for x in range(18, 84, 7)
    )  # fmt: skip
    return document(
        100, 82,
        bars + line("M15 44 H85 M15 72 H85", tone(c, 0.1), 2.6)
        + "".join(rect(x, 18, 12, 64, "#a39a8f", 1) + rect(x + 8, 18, 4, 64, "#857c72", 1) + rect(x - 2, 14, 16, 5, "#b9b0a4", 1) + circle(x + 6, 9, 5, "#b9b0a4") for x in (2, 86)),
    )  # fmt: skip


def _fence(c: Colour) -> str:
    posts = "".join(
        path(f"M{x} 46 V12 L{x + 5} 5 L{x + 10} 12 V46Z", tone(c, 0.1)) + rect(x + 7, 12, 3, 34, tone(c, -0.14))
        for x in range(2, 100, 16)
    )  # fmt: skip
    return document(
        100, 46, rect(0, 16, 100, 5, tone(c, -0.1)) + rect(0, 33, 100, 5, tone(c, -0.1)) + posts
    )


def _stairs(c: Colour) -> str:
    steps = "".join(
        rect(4 + 12 * n, 62 - 10 * n, 80 - 12 * n, 10, tone(c, 0.02 * n)) + rect(4 + 12 * n, 62 - 10 * n, 80 - 12 * n, 2.6, tone(c, 0.4))
        for n in range(6)
    )  # fmt: skip
    return document(
        88, 72,
        steps + line("M10 60 V36 L70 -12 M34 40 V18 M58 20 V-2", tone(WOOD, -0.2), 2.6),
    )  # fmt: skip


def _scarecrow(c: Colour) -> str:
    straw = "".join(
        line(f"M{x} {y} l{dx} {dy}", "#e2bd5a", 1.8)
        for x, y, dx, dy in ((10, 44, -7, -3), (10, 45, -8, 2), (11, 47, -6, 6), (70, 44, 7, -3), (70, 45, 8, 2), (69, 47, 6, 6), (34, 84, -4, 7), (38, 85, 0, 8), (43, 85, 1, 8), (47, 84, 4, 7))
    )  # fmt: skip
    return document(
        80, 116,
        rect(38, 60, 4, 56, tone(WOOD, -0.2)) + straw
        + path("M26 44 L54 44 L56 84 H24Z", tone(c)) + path("M28 42 L10 41 V50 L30 54Z M52 42 L70 41 V50 L50 54Z", tone(c, -0.08))
        + line("M40 46 V84", tone(c, -0.3), 1.2) + rect(44, 60, 8, 8, "#e0a84a", 1) + line("M44.6 60.6 L51.4 67.4", "#8a5a2a", 0.8)
        + oval(40, 30, 12, 13, "#e6c78a") + oval(40, 42.6, 9, 3, "#c2504a")
        + circle(35.4, 28, 1.7, "#2c2f36") + circle(44.6, 28, 1.7, "#2c2f36") + path("M40 30 l3.6 4 h-5Z", "#d9713a") + line("M34 36.4 Q40 40 46 36.4 M36.4 36 v3 M40 37 v3 M43.6 36 v3", "#5a4630", 1)
        + oval(40, 18.6, 19, 4.2, "#c79a4a") + path("M28 18 Q30 3 40 3 Q50 3 52 18Z", "#d9ae5a") + path("M28.6 15 Q40 19 51.4 15 L52 18 Q40 22 28 18Z", "#a8433a"),
    )  # fmt: skip


def _eiffel(c: Colour) -> str:
    def braces(left: float, right: float, top: float, low: float, count: int, lean: float) -> str:
        step = (low - top) / count
        lines = ""
        for k in range(count):
            a, b = top + k * step, top + (k + 1) * step
            shift, after = lean * k / count, lean * (k + 1) / count
            lines += f"M{left - shift:.1f} {a:.1f} L{right - after:.1f} {b:.1f} M{right - shift:.1f} {a:.1f} L{left - after:.1f} {b:.1f} "
        return lines

    legs = path("M31 74 L37 74 L30 96 L20 120 H6 L17 98Z", tone(c)) + path(
        "M53 74 L47 74 L54 96 L64 120 H78 L67 98Z", tone(c, -0.16)
    )
    lattice = line(
        braces(33, 36, 76, 98, 3, 7.5) + braces(22, 29, 98, 118, 3, 11.5), tone(c, 0.45), 0.9
    )
    lattice += line(
        braces(48, 51, 76, 98, 3, -7.5) + braces(55, 62, 98, 118, 3, -11.5), tone(c, 0.28), 0.9
    )
    shaft = path("M40.6 14 H43.4 L46.6 46 L50 72 H34 L37.4 46Z", tone(c)) + path(
        "M42 14 H43.4 L46.6 46 L50 72 H42Z", tone(c, -0.16)
    )
    web = line(
        "M40.4 22 L43.8 28 M43.6 22 L40 28 M40 30 L44.4 37 M44 30 L39.4 37 M39.2 39 L45.4 46 M44.8 39 L38.6 46 M38 50 L47 60 M46 50 L37 60 M36.6 62 L48 71 M47.4 62 L35.6 71",
        tone(c, 0.4),
        0.9,
    )
    return document(
        84, 124,
        line("M42 14 V1", tone(c, -0.2), 1.6) + rect(39.6, 11, 4.8, 4, tone(c, -0.1)) + shaft + web
        + rect(36, 45, 12, 3, tone(c, -0.25), 0.6) + legs + lattice
        + path("M20 120 Q24 94 42 94 Q60 94 64 120 H60 Q57 98 42 98 Q27 98 24 120Z", tone(c, -0.3))
        + rect(27, 71, 30, 5, tone(c, -0.3), 0.8) + rect(27, 71, 30, 1.6, tone(c, 0.25), 0.8)
        + rect(4, 119, 18, 5, tone(c, -0.35), 0.8) + rect(62, 119, 18, 5, tone(c, -0.35), 0.8),
    )  # fmt: skip


def _shop(c: Colour) -> str:
    stripes = "".join(
        path(f"M{4 + 14.4 * k:.1f} 34 L{8 + 13.3 * k:.1f} 22 H{8 + 13.3 * (k + 1):.1f} L{4 + 14.4 * (k + 1):.1f} 34 Q{4 + 14.4 * (k + 0.5):.1f} 41 {4 + 14.4 * k:.1f} 34Z", tone(c) if k % 2 == 0 else "#fbf6ec")
        for k in range(8)
    )  # fmt: skip
    wall = rgb("#f0dfc2")
    return document(
        124, 100,
        rect(8, 10, 108, 88, tone(wall)) + rect(92, 10, 24, 88, tone(wall, -0.1)) + rect(4, 4, 116, 8, tone(WOOD, -0.15), 1.5)
        + rect(34, 11, 56, 9, tone(WOOD, -0.3), 1.5) + line("M42 15.6 H82", "#ffe9b0", 2.4)
        + rect(14, 44, 58, 38, tone(WOOD, -0.2), 1.5) + rect(17, 47, 52, 32, "#ffeec2") + rect(17, 66, 52, 2, tone(WOOD)) + line("M43 47 V79", tone(WOOD, -0.1), 1.6)
        + "".join(oval(x, 63, 5, 3.2, fill) + oval(x, 76, 5, 3, other) for x, fill, other in ((25, "#d8964a", "#f2c9a8"), (35, "#c8563f", "#d8964a"), (52, "#e2b45a", "#a8703a"), (62, "#f0b8c0", "#e2b45a")))
        + path("M20 50 L34 50 L22 62Z", "#ffffff", 0.5)
        + rect(80, 44, 26, 54, tone(c, -0.25), 1.5) + rect(84, 48, 18, 26, "#cfe8f0", 1) + circle(85.6, 82, 1.6, "#f2d27a") + path("M86 50 L94 50 L87 60Z", "#ffffff", 0.6)
        + stripes + rect(8, 20, 108, 3, tone(c, -0.3), 1) + rect(0, 96, 124, 4, "#9a938a") + rect(12, 84, 62, 12, tone(wall, -0.16))
        + circle(18, 90, 5, "#5a9e48") + circle(25, 88, 5, "#6fae4c") + circle(62, 89, 5, "#5a9e48") + circle(69, 90, 4.4, "#6fae4c"),
    )  # fmt: skip


PROPS: Props = {
    "eiffel": (rgb("#8f6f4e"), _eiffel),
    "shop": (rgb("#c8433a"), _shop),
    "clock_tower": (rgb("#c9a970"), _clock_tower),
    "leaning_tower": (rgb("#e6e0d2"), _leaning_tower),
    "taj_mahal": (rgb("#eee9df"), _taj),
    "great_wall": (rgb("#a8987f"), _great_wall),
    "skyscraper": (rgb("#5f86a8"), _skyscraper),
    "obelisk": (rgb("#b9b2a4"), _obelisk),
    "gate": (rgb("#3b4250"), _gate),
    "fence": (rgb("#e6dfd0"), _fence),
    "stairs": (rgb("#b5aca0"), _stairs),
    "scarecrow": (rgb("#4f74a8"), _scarecrow),
}

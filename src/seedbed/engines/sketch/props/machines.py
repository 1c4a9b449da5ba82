"""Props that move: under water, in space, on building sites."""

from __future__ import annotations

from seedbed.engines.sketch.palette import Colour, rgb
from seedbed.engines.sketch.props.shapes import (
    Props,
    across,
    circle,
    document,
    down,
    line,
    oval,
    path,
    rect,
    tone,
)

GLASS = "#bfe6f4"


def _submarine(c: Colour) -> str:
    ports = "".join(
        circle(x, 42, 5.6, tone(c, -0.35)) + circle(x, 42, 4.2, GLASS)
        + path(f"M{x - 2.6} 40.6 Q{x - 1} 38.6 {x + 1.4} 38.8 Q{x - 0.6} 40 {x - 1.4} 42Z", "#ffffff", 0.9)
        for x in (34, 52, 70)
    )  # fmt: skip
    return document(
        120, 66,
        down("b", (0, tone(c, 0.35)), (0.45, tone(c)), (1, tone(c, -0.3)))
        + line("M58 16 V4 H68", "#7a838e", 3.4) + rect(66, 1.6, 5, 5, GLASS, 1)
        + path("M46 26 V18 Q46 14 50 14 H68 Q72 14 73 18 L75 26Z", tone(c, -0.1)) + rect(46, 19, 26, 2, tone(c, 0.3))
        + path("M98 34 L112 20 V64 L98 50Z", tone(c, -0.25))
        + '<path d="M8 42 Q8 24 34 24 H78 Q100 24 106 42 Q100 60 78 60 H34 Q8 60 8 42Z" fill="url(#b)"/>'
        + path("M12 50 Q24 60 40 60 H78 Q96 60 103 50 Q80 56 56 55 Q30 55 12 50Z", tone(c, -0.35), 0.6)
        + ports + oval(114, 34, 3, 8, tone(rgb("#c9a24a"))) + oval(114, 50, 3, 8, tone(rgb("#c9a24a"), -0.15)) + circle(112, 42, 3, "#7a6a3a")
        + path("M20 32 Q28 26 42 27 Q30 29 24 36Z", "#ffffff", 0.5),
    )  # fmt: skip


def _rover(c: Colour) -> str:
    wheels = "".join(
        circle(x, 58, 10, "#33363d") + circle(x, 58, 5.6, "#8f969f") + circle(x, 58, 2, "#33363d")
        for x in (20, 50, 80)
    )
    return document(
        104, 70,
        line("M20 58 L36 44 L50 58 M50 58 L64 44 L80 58", "#767d87", 3.4)
        + rect(20, 30, 62, 15, tone(c), 3) + rect(20, 30, 62, 5, tone(c, 0.4), 3) + rect(24, 37, 20, 5, tone(c, -0.25), 1)
        + path("M14 29 L24 22 H94 L88 29Z", "#2f4a86") + line("M33 22 L26 29 M52 22 L47 29 M70 22 L67 29 M18 26 H91", "#7fa0dc", 1)
        + rect(74, 8, 3, 16, "#9aa1aa") + rect(68, 2, 16, 9, tone(c, 0.2), 2) + circle(73, 6.5, 2.8, "#22252c") + circle(79.6, 6.5, 2.2, "#22252c")
        + line("M30 22 V12", "#9aa1aa", 1.6) + path("M22 12 Q30 3 38 12 Q30 15 22 12Z", "#e6eaee")
        + line("M82 40 L96 36 L100 46", "#9aa1aa", 2.6) + wheels,
    )  # fmt: skip


def _space_station(c: Colour) -> str:
    panels = "".join(
        rect(x, y, 30, 16, "#2f5aa8", 1) + line(f"M{x + 10} {y} V{y + 16} M{x + 20} {y} V{y + 16} M{x} {y + 8} H{x + 30}", "#86aee6", 0.9)
        for x in (0, 90) for y in (10, 50)
    )  # fmt: skip
    return document(
        120, 78,
        rect(14, 36, 92, 4, "#9aa3ad") + rect(13, 10, 3, 56, "#9aa3ad") + rect(104, 10, 3, 56, "#9aa3ad") + panels
        + down("m", (0, tone(c, 0.5)), (0.5, tone(c)), (1, tone(c, -0.4)))
        + rect(36, 28, 48, 20, "url(#m)", 6) + across("n", (0, tone(c, 0.4)), (1, tone(c, -0.35)))
        + rect(52, 4, 16, 70, "url(#n)", 6) + rect(44, 28, 2, 20, tone(c, -0.3)) + rect(74, 28, 2, 20, tone(c, -0.3))
        + circle(60, 38, 7, tone(c, -0.25)) + circle(60, 38, 5, GLASS)
        + rect(56, 12, 8, 5, "#ffe9a0", 1) + rect(56, 60, 8, 5, "#ffe9a0", 1) + line("M60 4 V0", "#9aa3ad", 1.5),
    )  # fmt: skip


def _drone(c: Colour) -> str:
    rotors = "".join(
        line(f"M50 22 L{x} {y}", "#4a505a", 3.4) + rect(x - 2, y - 7, 4, 8, "#33373f", 1)
        + oval(x, y - 8, 17, 2.4, "#cfd8e2", 0.75) + oval(x, y - 8, 3, 1.6, "#33373f")
        for x, y in ((18, 16), (82, 16))
    )  # fmt: skip
    return document(
        100, 46,
        rotors + path("M30 22 Q34 12 50 12 Q66 12 70 22 Q66 32 50 32 Q34 32 30 22Z", tone(c))
        + path("M34 19 Q38 14 50 14 Q62 14 66 19 Q50 16 34 19Z", tone(c, 0.55)) + circle(62, 24, 1.8, "#5af09a")
        + circle(50, 34, 6.4, "#2c3038") + circle(50, 34, 4, "#6fb4e0") + circle(48.6, 32.8, 1.4, "#ffffff")
        + line("M36 30 L32 45 H26 M64 30 L68 45 H74", "#4a505a", 2.6),
    )  # fmt: skip


def _excavator(c: Colour) -> str:
    return document(
        120, 84,
        rect(10, 64, 62, 20, "#33363d", 10) + rect(15, 68, 52, 12, "#555b64", 6)
        + "".join(circle(x, 74, 4.4, "#8d939c") for x in (23, 35, 47, 59))
        + rect(8, 40, 60, 22, tone(c), 4) + rect(8, 40, 60, 7, tone(c, 0.3), 4) + rect(8, 40, 16, 22, tone(c, -0.15), 4)
        + path("M34 40 V18 Q34 14 38 14 H56 L62 40Z", tone(c, 0.05)) + path("M38 37 V19 H53 L58 37Z", GLASS)
        + path("M60 50 L64 42 L92 10 L99 15 L72 54Z", tone(c, -0.05)) + path("M92 9 L100 15 L114 48 L107 51Z", tone(c, 0.12))
        + path("M100 48 L118 46 Q120 62 108 66 L98 62 Q106 58 100 48Z", "#4a4f58") + path("M98 62 L97 68 L101 63 L101.6 69 L105 65 L106.6 70 L109 65.6Z", "#3a3f48")
        + circle(94, 13, 3, "#4a4f58") + circle(110, 48, 2.6, "#4a4f58"),
    )  # fmt: skip


def _tank(c: Colour) -> str:
    return document(
        120, 60,
        path("M6 44 L14 36 H104 L114 44 L104 58 H16Z", "#33382f") + "".join(circle(x, 48, 7.4, "#6d7464") + circle(x, 48, 3, "#33382f") for x in (22, 40, 58, 76, 94))
        + path("M10 36 L18 28 H100 L108 36Z", tone(c)) + path("M18 28 H100 L98 26 H22Z", tone(c, 0.3))
        + path("M34 27 L40 12 H74 L82 27Z", tone(c, 0.06)) + path("M40 12 H74 L75.6 15 H38.8Z", tone(c, 0.35))
        + rect(78, 17, 40, 5, tone(c, -0.15), 1.5) + rect(113, 15.4, 6, 8, tone(c, -0.3), 1) + rect(50, 7, 14, 5, tone(c, -0.1), 2)
        + path("M57 16 l1.6 3.4 3.6 .4 -2.7 2.4 .8 3.6 -3.3 -1.8 -3.3 1.8 .8 -3.6 -2.7 -2.4 3.6 -.4Z", "#f2d24e"),
    )  # fmt: skip


PROPS: Props = {
    "submarine": (rgb("#f2b632"), _submarine),
    "rover": (rgb("#c9ccd2"), _rover),
    "space_station": (rgb("#c3cad4"), _space_station),
    "drone": (rgb("#4a5563"), _drone),
    "excavator": (rgb("#f0a92e"), _excavator),
    "tank": (rgb("#6f7d4c"), _tank),
}

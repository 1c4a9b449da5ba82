"""Props of the table: bowls, plates and what lies in them."""

from __future__ import annotations

from seedbed.engines.sketch.palette import Colour, rgb
from seedbed.engines.sketch.props.shapes import (
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


def _bowl(c: Colour) -> str:
    return document(
        80, 46,
        round_body("b", c)
        + oval(40, 10, 38, 9, tone(c, -0.34)) + oval(40, 12, 33, 6.6, tone(c, -0.5))
        + path("M2 10 Q4 36 26 42 H54 Q76 36 78 10 Q62 19 40 19 Q18 19 2 10Z", "url(#b)") + rect(27, 41, 26, 5, tone(c, -0.2), 1.5)
        + path("M6 18 Q40 30 74 18 L73 22 Q40 34 7 22Z", tone(c, 0.5), 0.8),
    )  # fmt: skip


def _plate(c: Colour) -> str:
    return document(
        100, 26,
        path("M0 10 Q4 24 30 25 H70 Q96 24 100 10Z", tone(c, -0.25)) + oval(50, 10, 50, 10, tone(c)) + oval(50, 10.6, 36, 6.4, tone(c, -0.1))
        + oval(50, 11.4, 34, 5.4, tone(c, 0.3)),
    )  # fmt: skip


def _fishbowl(c: Colour) -> str:
    return document(
        90, 84,
        path("M20 8 Q0 26 4 50 Q10 78 34 82 H56 Q80 78 86 50 Q90 26 70 8Z", "#d9f0f8", 0.62)
        + path("M6 34 Q26 40 45 35 T84 34 Q88 56 76 70 Q68 81 56 82 H34 Q22 81 14 70 Q2 56 6 34Z", "#7cc4e6", 0.72)
        + path("M14 70 Q28 62 45 66 T76 70 Q68 81 56 82 H34 Q22 81 14 70Z", "#e6cf9a")
        + "".join(circle(x, y, 2.4, t) for x, y, t in ((26, 74, "#c98a6a"), (38, 77, "#8fb0a0"), (52, 75, "#c9b06a"), (62, 76, "#a0b4c8")))
        + line("M66 70 Q62 58 67 50 M70 71 Q74 60 70 54", "#4fa36a", 2.6)
        + path("M30 50 Q36 42 48 45 Q54 47 57 51 L65 45 Q63 51 65 58 L57 53 Q52 60 42 59 Q33 58 30 50Z", tone(c)) + path("M42 45.6 Q46 40 51 46Z", tone(c, -0.15))
        + circle(36.6, 49.6, 2.2, "#ffffff") + circle(36.2, 49.8, 1.2, "#22252c") + path("M44 51 q5 1 6 5 q-6 0 -6 -5Z", tone(c, 0.3))
        + circle(24, 44, 1.6, "#ffffff", 0.9) + circle(26, 38, 2.2, "#ffffff", 0.8)
        + oval(45, 8, 25, 4.4, "#cfe8f2") + oval(45, 8, 22, 3.2, "#a9d4e8") + path("M12 28 Q16 18 24 14 Q17 24 15 40Z", "#ffffff", 0.8),
    )  # fmt: skip


def _water_glass(c: Colour) -> str:
    return document(
        46, 70,
        path("M4 4 H42 L37 66 Q36 69 33 69 H13 Q10 69 9 66Z", "#e6f4fa", 0.75) + path("M6 24 H40 L36.6 64 Q36 67 33 67 H13 Q10 67 9.4 64Z", tone(c), 0.85)
        + oval(23, 24, 17, 3.2, tone(c, 0.45)) + oval(23, 4.6, 19, 3.4, "#f6fbfd") + oval(23, 4.6, 16.6, 2.4, "#cfe6f0")
        + path("M10 10 L13 60 H16 L13.6 10Z", "#ffffff", 0.8),
    )  # fmt: skip


def _baozi(c: Colour) -> str:
    folds = "".join(
        line(f"M{40 + dx * 0.18:.1f} 9 Q{40 + dx * 0.75:.1f} 14 {40 + dx} {22 + abs(dx) * 0.12:.1f}", tone(c, -0.2), 1.5) for dx in (-27, -17, -8, 2, 11, 20, 28)
    )  # fmt: skip
    return document(
        80, 56,
        path("M40 6 Q54 6 66 18 Q80 32 76 44 Q72 55 40 55 Q8 55 4 44 Q0 32 14 18 Q26 6 40 6Z", tone(c)) + path("M76 44 Q72 55 40 55 Q8 55 4 44 Q30 52 48 50 Q66 48 76 44Z", tone(c, -0.12))
        + folds + path("M34 9 Q36 2 40 5 Q45 1 46 9 Q40 13 34 9Z", tone(c, -0.08)) + oval(22, 28, 6, 9, "#ffffff", 0.5),
    )  # fmt: skip


def _zongzi(c: Colour) -> str:
    return document(
        70, 62,
        path("M35 3 Q39 3 42 8 L67 52 Q69 60 60 60 H10 Q1 60 3 52 L28 8 Q31 3 35 3Z", tone(c)) + path("M35 3 Q39 3 42 8 L67 52 Q69 60 60 60 H40Z", tone(c, -0.14))
        + line("M30 12 L20 58 M40 12 L50 58", tone(c, -0.26), 1.2) + line("M15 36 Q35 44 56 36 M9 48 Q35 57 62 48", "#e6d6a8", 2.2) + path("M35 38 L28 32 L30 42Z M35 38 L43 33 L40 43Z", "#f0e2b8"),
    )  # fmt: skip


def _tanghulu(c: Colour) -> str:
    balls = "".join(
        circle(17, 12 + 17 * n, 9.4, tone(c, -0.06)) + circle(16, 11 + 17 * n, 8, tone(c, 0.04)) + oval(13.4, 8 + 17 * n, 2.6, 3.4, "#ffffff", 0.85)
        for n in range(5)
    )  # fmt: skip
    return document(34, 118, rect(16, 0, 2.2, 118, "#d9b98a", 1) + balls)


def _sausage(c: Colour) -> str:
    return document(
        80, 40,
        line("M12 14 Q38 42 68 14", tone(c, -0.12), 16) + line("M12 12 Q38 39 68 12", tone(c), 13) + line("M14 9 Q38 33 64 10", tone(c, 0.4), 2.4)
        + line("M26 18 l5 5 M37 22 l4 5 M49 18 l5 4", tone(c, -0.4), 1.8),
    )  # fmt: skip


def _tofu(c: Colour) -> str:
    return document(
        66, 48,
        path("M8 18 L28 6 L62 12 L42 26Z", tone(c, 0.4)) + path("M8 18 L42 26 V47 L8 38Z", tone(c)) + path("M42 26 L62 12 V33 L42 47Z", tone(c, -0.16))
        + path("M26 12 l5 -3 5 1.4 -5 3.6Z", "#6aa84f") + path("M38 14 l4 -2 4 1 -4 3Z", "#8fc46a"),
    )  # fmt: skip


def _roast_duck(c: Colour) -> str:
    return document(
        110, 56,
        oval(55, 46, 54, 9, "#e9edf2") + oval(55, 44.6, 46, 6.4, "#cdd5de")
        + path("M14 34 Q16 14 46 12 Q82 10 92 26 Q100 38 84 44 Q54 50 30 46 Q14 44 14 34Z", tone(c)) + path("M20 28 Q30 16 52 16 Q40 20 34 30Z", tone(c, 0.5), 0.8)
        + path("M84 24 Q98 12 104 20 Q108 16 109 21 Q106 25 104 24 Q100 36 88 38Z", tone(c, -0.12)) + path("M50 30 Q66 22 78 34 Q66 44 54 40Z", tone(c, -0.14))
        + path("M6 40 q6 -8 12 0 q-6 6 -12 0Z M14 46 q7 -6 12 2 q-7 4 -12 -2Z", "#6aa84f"),
    )  # fmt: skip


def _tangyuan(c: Colour) -> str:
    balls = "".join(circle(x, y, 9, tone(c, -0.05)) + circle(x - 1, y - 1.2, 7.6, tone(c, 0.5)) for x, y in ((24, 14), (42, 11), (60, 14), (33, 20), (51, 20)))  # fmt: skip
    return document(
        84, 54,
        across("y", (0, "#b8433a"), (0.3, "#e2766a"), (1, "#8f2f2a")) + oval(42, 16, 40, 10, "#7a2a26") + oval(42, 17, 36, 8, "#f4e6c8") + balls
        + path("M2 16 Q5 44 28 50 H56 Q79 44 82 16 Q66 27 42 27 Q18 27 2 16Z", "url(#y)") + rect(28, 49, 28, 5, "#8f2f2a", 1.5),
    )  # fmt: skip


def _marshmallow(c: Colour) -> str:
    return document(
        60, 44,
        "".join(
            f'<g transform="translate({x} {y})">' + path("M2 8 V20 Q14 28 26 20 V8Z", tone(c, -0.1)) + oval(14, 8, 12, 5.4, tone(c, 0.5)) + "</g>"
            for x, y in ((2, 16), (30, 18), (16, 2))
        ),
    )  # fmt: skip


PROPS: Props = {
    "bowl": (rgb("#5f92b8"), _bowl),
    "plate": (rgb("#e9edf2"), _plate),
    "fishbowl": (rgb("#f28a2e"), _fishbowl),
    "water_glass": (rgb("#8fd0ee"), _water_glass),
    "baozi": (rgb("#f4ead8"), _baozi),
    "zongzi": (rgb("#5f8a4a"), _zongzi),
    "tanghulu": (rgb("#d8302c"), _tanghulu),
    "sausage": (rgb("#b5502f"), _sausage),
    "tofu": (rgb("#f2ead6"), _tofu),
    "roast_duck": (rgb("#b5622a"), _roast_duck),
    "tangyuan": (rgb("#f4ece0"), _tangyuan),
    "marshmallow": (rgb("#f6ccd6"), _marshmallow),
}

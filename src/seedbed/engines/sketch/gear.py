"""Gear: the parts of outfits, each drawn over a figure: armour, coats, helmets, blades.

Coordinates are those of `people`, as `Ink` has them: the ground is 0, up is negative; the points
of shapes have y upwards. The head's top is 100 above the ground.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from seedbed.engines.sketch.ink import Ink, ellipse, polygon, smooth
from seedbed.engines.sketch.palette import WHITE, Colour, mix, rgb, shade

STEEL = rgb("#9fabb8")
GOLD = rgb("#e0b040")
LEATHER = rgb("#6b4630")
DARK = rgb("#2a2c33")


@dataclass(frozen=True, slots=True)
class Figure:
    """Where the parts of a figure are: heights above the ground, and widths."""

    neck: float
    shoulder: float
    """Half the width of the shoulders."""
    head_wide: float
    head_tall: float

    @property
    def hip(self) -> float:
        """Height of the hips."""
        return self.neck * 0.52


Part: TypeAlias = Callable[[Ink, Figure, Colour], None]


def _poly(ink: Ink, points: tuple[tuple[float, float], ...], colour: Colour) -> None:
    ink.fill(polygon([(x, -y) for x, y in points]), colour)


def _curve(ink: Ink, points: tuple[tuple[float, float], ...], paint: Colour | str) -> None:
    ink.fill(smooth([(x, -y) for x, y in points], True, 0.8), paint)


# On the body.


def plate(ink: Ink, f: Figure, accent: Colour) -> None:
    """Lay a shining breastplate, with a tabard and a cross on it."""
    s, n, h = f.shoulder, f.neck, f.hip
    lit = ink.linear(
        (-s, 0), (s, 0), (0, shade(STEEL, -0.1)), (0.4, WHITE), (1, shade(STEEL, -0.2))
    )
    _curve(
        ink,
        ((-s * 0.9, n - 3), (-s * 0.8, h + 4), (0, h), (s * 0.8, h + 4), (s * 0.9, n - 3), (0, n)),
        lit,
    )
    for side in (-1, 1):
        ink.oval(side * s * 0.98, -(n - 6), s * 0.42, s * 0.36, shade(STEEL, 0.04))
        ink.oval(side * s * 0.98, -(n - 7), s * 0.3, s * 0.2, mix(STEEL, WHITE, 0.6))
    _poly(ink, ((-s * 0.44, n - 5), (s * 0.44, n - 5), (s * 0.5, h - 9), (-s * 0.5, h - 9)), accent)
    ink.rect(-1.6, -(n - 8), 3.2, n - h - 4, WHITE)
    ink.rect(-s * 0.34, -(n - 14), s * 0.68, 3.2, WHITE)
    ink.rect(-s * 0.86, -(h + 4), s * 1.72, 3.4, LEATHER)
    ink.rect(-2.2, -(h + 4.6), 4.4, 4.6, GOLD, round_=1)


def lacing(ink: Ink, f: Figure, accent: Colour) -> None:
    """Lace an armour of lacquered rows, with square shoulder guards."""
    s, n, h = f.shoulder, f.neck, f.hip
    rows = 6
    for row in range(rows):
        y = n - 4 - row * (n - h - 2) / rows
        ink.rect(
            -s * 0.86,
            -y,
            s * 1.72,
            (n - h) / rows - 0.8,
            accent if row % 2 else shade(accent, -0.12),
            round_=1,
        )
        for x in (-0.6, -0.2, 0.2, 0.6):
            ink.rect(s * x - 0.6, -y + 0.6, 1.2, 2.6, GOLD)
    for side in (-1, 1):
        for row in range(3):
            left = min(side * s * 0.74, side * s * 1.46)
            ink.rect(
                left, -(n - 2 - row * 4.4), s * 0.72, 4, shade(accent, 0.02 - 0.05 * row), round_=1
            )
    for row in range(2):
        ink.rect(
            -s * 0.95, -(h - 1 - row * 5), s * 1.9, 4.6, shade(accent, -0.05 - 0.05 * row), round_=1
        )
    ink.rect(-s * 0.9, -(h + 3), s * 1.8, 3.4, DARK)


def coat(ink: Ink, f: Figure, accent: Colour) -> None:
    """Open a long coat over a white shirt, with a broad belt."""
    s, n, h = f.shoulder, f.neck, f.hip
    _poly(
        ink, ((-s * 0.34, n + 1), (s * 0.34, n + 1), (s * 0.26, h), (-s * 0.26, h)), rgb("#f3eee2")
    )
    for side in (-1, 1):
        _curve(
            ink,
            (
                (side * s * 0.9, h + 5),
                (side * s * 1.12, h * 0.42),
                (side * s * 0.42, h * 0.36),
                (side * s * 0.3, h + 4),
            ),
            accent,
        )
        ink.line((side * s * 0.36, -(n - 1)), (side * s * 0.3, -(h - 8)), GOLD, 1.3)
        for button in range(3):
            ink.circle(side * s * 0.54, -(n - 8 - 6 * button), 1.2, GOLD)
    ink.rect(-s * 0.86, -(h + 5), s * 1.72, 4.4, DARK)
    ink.rect(-3, -(h + 6), 6, 6.4, GOLD, round_=1)
    ink.rect(-1.6, -(h + 4.6), 3.2, 3.6, DARK)


def vest(ink: Ink, f: Figure, accent: Colour) -> None:
    """Put on a vest of fur with a belt."""
    s, n, h = f.shoulder, f.neck, f.hip
    for side in (-1, 1):
        _curve(
            ink,
            (
                (side * s * 0.24, n + 1),
                (side * s * 1.1, n - 2),
                (side * s * 0.92, h),
                (side * s * 0.3, h),
            ),
            accent,
        )
    for step in range(9):
        x = -s * 1.0 + step * s * 0.25
        ink.oval(x, -(n - 1.5 + (step % 2)), 2.9, 2.3, mix(accent, WHITE, 0.28))
    ink.rect(-s * 0.86, -(h + 5), s * 1.72, 4.6, LEATHER)
    ink.circle(0, -(h + 2.7), 3, GOLD)


def harness(ink: Ink, f: Figure, accent: Colour) -> None:
    """Cross two straps and hang a skirt of leather."""
    s, n, h = f.shoulder, f.neck, f.hip
    ink.line((-s * 0.8, -(n - 3)), (s * 0.7, -(h + 4)), LEATHER, 3.4)
    ink.line((s * 0.8, -(n - 3)), (-s * 0.7, -(h + 4)), LEATHER, 3.4)
    ink.circle(0, -((n + h) / 2 + 1), 3.4, GOLD)
    for step in range(7):
        ink.rect(
            -s * 0.9 + step * s * 0.26,
            -(h + 2),
            s * 0.23,
            10,
            accent if step % 2 else shade(accent, -0.06),
            round_=1,
        )
    ink.rect(-s * 0.92, -(h + 5), s * 1.84, 4, GOLD, round_=1)


def robe(ink: Ink, f: Figure, accent: Colour) -> None:
    """Cross the collar of a robe and tie a broad sash."""
    s, n, h = f.shoulder, f.neck, f.hip
    ink.line((-s * 0.44, -(n + 1)), (s * 0.22, -(h + 8)), mix(accent, WHITE, 0.75), 3.2)
    ink.line((s * 0.44, -(n + 1)), (-s * 0.26, -(h + 8)), WHITE, 3.2)
    ink.rect(-s * 0.92, -(h + 10), s * 1.84, 10, accent, round_=1.5)
    ink.rect(-s * 0.92, -(h + 6.4), s * 1.84, 2.2, GOLD)


def jersey(ink: Ink, f: Figure, accent: Colour) -> None:
    """Stripe a jersey and number it, over white shorts."""
    s, n, h = f.shoulder, f.neck, f.hip
    for x in (-0.62, 0.34):
        ink.rect(s * x, -(n - 2), s * 0.28, n - h, accent)
    for y in (n - 11.4, n - 16.8):  # an eight reads the same from either side
        ink.circle(0, -y, 3.1, WHITE)
        ink.circle(0, -y, 1.3, shade(accent, -0.3))
    _poly(
        ink,
        (
            (-s * 0.86, h + 3),
            (s * 0.86, h + 3),
            (s * 0.92, h - 12),
            (s * 0.08, h - 12),
            (0, h - 6),
            (-s * 0.08, h - 12),
            (-s * 0.92, h - 12),
        ),
        rgb("#f4f5f7"),
    )


def ball(ink: Ink, f: Figure, accent: Colour) -> None:
    """Lay a ball at the foot."""
    del accent
    x = f.shoulder + 12
    ink.circle(x, -8, 8, rgb("#f6f7f8"))
    ink.circle(x - 0.6, -8.4, 2.6, DARK)
    for dx, dy in ((-6, -3), (5.4, -3.6), (-3.6, 5.4), (4.2, 5)):
        ink.circle(x + dx * 0.9, -8 + dy * 0.9, 1.7, DARK)


def bones(ink: Ink, f: Figure, accent: Colour) -> None:
    """Show ribs, hips and the bones of the legs."""
    s, n, h = f.shoulder, f.neck, f.hip
    ink.line((0, -(n - 2)), (0, -h), accent, 2.4)
    for row in range(4):
        y, wide = n - 6 - row * 5.2, s * (0.74 - 0.08 * row)
        ink.stroke(
            f"M{-wide:.1f} {-y + 1.6:.1f}Q0 {-y - 2:.1f} {wide:.1f} {-y + 1.6:.1f}", accent, 2.1
        )
    ink.oval(0, -(h + 1), s * 0.56, 3.4, accent)
    for side in (-1, 1):
        ink.line((side * s * 0.4, -(h - 4)), (side * s * 0.42, -6), accent, 2.6)


def wrappings(ink: Ink, f: Figure, accent: Colour) -> None:
    """Wrap a body in bands of linen."""
    s, n, h = f.shoulder, f.neck, f.hip
    for row in range(11):
        y, lean = n - 4 - row * 5.6, 1.8 if row % 2 else -1.8
        wide = s * (0.9 if y > h - 2 else 0.74)
        ink.line((-wide, -(y + lean)), (wide, -(y - lean)), shade(accent, -0.13), 1.3)
    ink.line((s * 0.7, -(h + 4)), (s * 1.3, -(h - 12)), accent, 3)


# What is carried.


def sword(ink: Ink, f: Figure, accent: Colour) -> None:
    """Hold a straight sword upright."""
    del accent
    x, y = f.shoulder + 8.5, f.neck * 0.52
    blade = ink.linear(
        (x - 2.4, 0), (x + 2.4, 0), (0, rgb("#e8eef4")), (0.5, WHITE), (1, rgb("#98a4b2"))
    )
    _curve(
        ink,
        ((x - 2.2, y + 3), (x - 2, y + 36), (x, y + 41), (x + 2, y + 36), (x + 2.2, y + 3)),
        blade,
    )
    ink.rect(x - 7.5, -(y + 3.4), 15, 3, GOLD, round_=1.4)
    ink.rect(x - 1.5, -(y + 0.6), 3, 8, LEATHER, round_=1)
    ink.circle(x, -(y - 8), 2.2, GOLD)


def katana(ink: Ink, f: Figure, accent: Colour) -> None:
    """Bear a curved sword at the hip."""
    h = f.hip
    ink.stroke(
        f"M{-f.shoulder - 14:.1f} {-h + 12:.1f}Q0 {-h + 5:.1f} {f.shoulder + 9:.1f} {-h - 9:.1f}",
        DARK,
        3.4,
    )
    ink.stroke(f"M{f.shoulder + 9:.1f} {-h - 9:.1f} l9 -5", accent, 3)
    ink.circle(f.shoulder + 9.6, -h - 9.4, 2.6, GOLD)


def shield(ink: Ink, f: Figure, accent: Colour) -> None:
    """Bear a shield on the other arm."""
    x, y = -f.shoulder - 8, f.neck * 0.66
    rim = (
        (x - 10, y + 9),
        (x, y + 11),
        (x + 10, y + 9),
        (x + 9, y - 6),
        (x, y - 17),
        (x - 9, y - 6),
    )
    _curve(ink, rim, shade(STEEL, -0.12))
    inner = tuple((x + (px - x) * 0.8, y - 1 + (py - y + 1) * 0.8) for px, py in rim)
    _curve(ink, inner, accent)
    ink.rect(x - 1.4, -(y + 7), 2.8, 19, WHITE)
    ink.rect(x - 7, -(y + 3), 14, 2.8, WHITE)


def round_shield(ink: Ink, f: Figure, accent: Colour) -> None:
    """Bear a round shield on the other arm."""
    x, y = -f.shoulder - 8, f.neck * 0.62
    ink.circle(x, -y, 13, shade(STEEL, -0.2))
    ink.circle(x, -y, 11, accent)
    for dx, dy in ((0, 1), (1, 0)):
        ink.line(
            (x - 10 * dx, -y - 10 * dy), (x + 10 * dx, -y + 10 * dy), mix(accent, WHITE, 0.6), 2.2
        )
    ink.circle(x, -y, 3.6, shade(STEEL, 0.05))


def axe(ink: Ink, f: Figure, accent: Colour) -> None:
    """Hold an axe."""
    del accent
    x, y = f.shoulder + 8.5, f.neck * 0.5
    ink.rect(x - 1.4, -(y + 34), 2.8, 46, LEATHER, round_=1.2)
    _curve(
        ink,
        ((x + 1, y + 33), (x + 12, y + 37), (x + 14, y + 26), (x + 12, y + 16), (x + 1, y + 21)),
        STEEL,
    )
    _curve(
        ink,
        (
            (x + 9, y + 34),
            (x + 12, y + 36),
            (x + 14, y + 26),
            (x + 12, y + 17),
            (x + 9, y + 19),
            (x + 11, y + 26),
        ),
        WHITE,
    )


def staff(ink: Ink, f: Figure, accent: Colour) -> None:
    """Hold a staff with golden ends."""
    x = f.shoulder + 9
    ink.rect(x - 1.8, -96, 3.6, 96, accent, round_=1.8)
    for y in (96, 13):
        ink.rect(x - 2.3, -y, 4.6, 12, GOLD, round_=1.6)


def cape(ink: Ink, f: Figure, accent: Colour) -> None:
    """Hang a cape from the shoulders."""
    s, n = f.shoulder, f.neck
    _curve(
        ink,
        ((-s * 0.8, n), (-s * 1.5, 14), (-s * 0.5, 8), (s * 0.5, 8), (s * 1.5, 14), (s * 0.8, n)),
        shade(accent, -0.05),
    )


def ribbons(ink: Ink, f: Figure, accent: Colour) -> None:
    """Let long ribbons float from the arms."""
    s, n = f.shoulder, f.neck
    for side in (-1, 1):
        path = f"M{side * s * 0.9:.1f} {-(n - 12):.1f}C{side * 40:.1f} {-(n - 20):.1f} {side * 30:.1f} {-(n + 26):.1f} {side * 52:.1f} {-(n + 8):.1f}S{side * 48:.1f} {-18} {side * 60:.1f} {-26}"
        ink.stroke(path, mix(accent, WHITE, 0.35), 3.6, 0.9)


# On the head.


def great_helm(ink: Ink, f: Figure, accent: Colour) -> None:
    """Close a helmet over the whole head, with slits and a plume."""
    w, t = f.head_wide * 0.56, f.head_tall
    ink.stroke(f"M0 -101C{-w * 0.2:.1f} -118 {w * 1.5:.1f} -118 {w * 1.5:.1f} -92", accent, 8)
    ink.stroke(
        f"M0 -101C{-w * 0.1:.1f} -113 {w * 1.1:.1f} -114 {w * 1.3:.1f} -96",
        mix(accent, WHITE, 0.3),
        3,
    )
    lit = ink.linear(
        (-w, 0), (w, 0), (0, shade(STEEL, -0.08)), (0.38, WHITE), (1, shade(STEEL, -0.22))
    )
    low = 100 - t - 1
    _curve(
        ink,
        (
            (-w, low + 4),
            (-w * 1.02, low + t * 0.55),
            (-w * 0.7, 99),
            (0, 104),
            (w * 0.7, 99),
            (w * 1.02, low + t * 0.55),
            (w, low + 4),
            (0, low - 3),
        ),
        lit,
    )
    eye = low + t * 0.56
    ink.rect(-w * 0.78, -(eye + 2), w * 0.66, 4.4, DARK, round_=1.6)
    ink.rect(w * 0.12, -(eye + 2), w * 0.66, 4.4, DARK, round_=1.6)
    ink.rect(-1.5, -103, 3, t + 2, shade(STEEL, -0.16))
    for row in range(3):
        for x in (-0.46, -0.26, 0.26, 0.46):
            ink.circle(w * x, -(low + 6 + row * 4), 1.1, DARK)


def horned_helmet(ink: Ink, f: Figure, accent: Colour) -> None:
    """Wear an iron helmet with horns."""
    w = f.head_wide * 0.54
    bone = rgb("#f1e6cc")
    for side in (-1, 1):
        _curve(
            ink,
            (
                (side * w * 0.8, 88),
                (side * w * 1.5, 93),
                (side * w * 1.7, 112),
                (side * w * 1.25, 99),
                (side * w * 0.8, 96),
            ),
            bone,
        )
    lit = ink.linear(
        (-w, 0),
        (w, 0),
        (0, shade(STEEL, -0.1)),
        (0.4, mix(STEEL, WHITE, 0.6)),
        (1, shade(STEEL, -0.22)),
    )
    _curve(ink, ((-w, 85), (-w * 0.86, 98), (0, 106), (w * 0.86, 98), (w, 85), (0, 86)), lit)
    ink.rect(-w * 1.04, -88, w * 2.08, 4.6, shade(accent, -0.1), round_=1.6)
    ink.rect(-1.8, -105, 3.6, 19, shade(accent, -0.1), round_=1)
    for x in (-0.7, -0.35, 0.35, 0.7):
        ink.circle(w * x, -85.8, 1.1, GOLD)


def crested_helmet(ink: Ink, f: Figure, accent: Colour) -> None:
    """Wear a bronze helmet with cheek guards and a crest."""
    w = f.head_wide * 0.54
    bronze = rgb("#c08a3e")
    _curve(
        ink,
        (
            (-w * 1.1, 90),
            (-w * 0.8, 112),
            (0, 118),
            (w * 0.8, 112),
            (w * 1.1, 90),
            (w * 0.5, 104),
            (-w * 0.5, 104),
        ),
        accent,
    )
    lit = ink.linear(
        (-w, 0),
        (w, 0),
        (0, shade(bronze, -0.06)),
        (0.4, mix(bronze, WHITE, 0.5)),
        (1, shade(bronze, -0.18)),
    )
    _curve(ink, ((-w, 84), (-w * 0.86, 98), (0, 106), (w * 0.86, 98), (w, 84), (0, 87)), lit)
    for side in (-1, 1):
        _curve(
            ink,
            ((side * w, 88), (side * w * 1.02, 70), (side * w * 0.62, 66), (side * w * 0.66, 86)),
            bronze,
        )


def kabuto(ink: Ink, f: Figure, accent: Colour) -> None:
    """Wear a samurai's helmet: a bowl, a flaring neck guard, golden horns."""
    w = f.head_wide * 0.54
    for side in (-1, 1):
        _curve(
            ink,
            (
                (side * w * 0.8, 90),
                (side * w * 1.5, 78),
                (side * w * 1.6, 72),
                (side * w * 0.92, 74),
            ),
            shade(accent, -0.06),
        )
        ink.stroke(
            f"M{side * 2} -98C{side * w * 0.6:.1f} -104 {side * w * 0.9:.1f} -112 {side * w * 0.8:.1f} -122",
            GOLD,
            3.4,
        )
    lit = ink.linear((-w, 0), (w, 0), (0, shade(DARK, 0.1)), (0.4, shade(DARK, 0.32)), (1, DARK))
    _curve(ink, ((-w, 86), (-w * 0.84, 99), (0, 106), (w * 0.84, 99), (w, 86), (0, 89)), lit)
    ink.rect(-w * 1.02, -90, w * 2.04, 5, accent, round_=2)
    ink.circle(0, -96, 3.6, GOLD)


def tricorn(ink: Ink, f: Figure, accent: Colour) -> None:
    """Wear a three-cornered hat with a skull, and a patch over one eye."""
    del accent
    w = f.head_wide * 0.6
    eye = 100 - f.head_tall * 0.52
    ink.line((-w * 0.86, -(eye + 6)), (w * 0.8, -(eye + 2)), DARK, 1.4)
    ink.oval(w * 0.3, -eye, 4.6, 4.2, DARK)
    _curve(
        ink,
        ((-w * 0.7, 90), (-w * 0.62, 106), (0, 112), (w * 0.62, 106), (w * 0.7, 90)),
        shade(DARK, 0.03),
    )
    _curve(
        ink,
        (
            (-w * 1.5, 99),
            (-w * 0.8, 88),
            (0, 85),
            (w * 0.8, 88),
            (w * 1.5, 99),
            (w * 0.6, 98),
            (0, 104),
            (-w * 0.6, 98),
        ),
        DARK,
    )
    ink.stroke(
        f"M{-w * 1.44:.1f} -98.4Q{-w * 0.7:.1f} -97 0 -103Q{w * 0.7:.1f} -97 {w * 1.44:.1f} -98.4",
        GOLD,
        1.5,
    )
    ink.oval(0, -94.6, 4, 3.6, WHITE)
    ink.rect(-2, -92.4, 4, 2.8, WHITE, round_=1)
    for side in (-1, 1):
        ink.circle(side * 1.5, -94.6, 1.1, DARK)


def hair_buns(ink: Ink, f: Figure, accent: Colour) -> None:
    """Put the hair up in two loops, with flowers and a pin."""
    w, hair = f.head_wide * 0.5, rgb("#2a2226")
    for side in (-1, 1):
        ink.oval(side * w * 0.46, -104, 7, 8, hair)
        ink.oval(side * w * 0.46, -104, 2.8, 3.8, mix(hair, WHITE, 0.14))
    ink.line((-w * 0.9, -101), (w * 0.9, -101), GOLD, 1.6)
    for x in (-w * 0.9, 0.0, w * 0.9):
        ink.circle(x, -101, 2.8, accent)
        ink.circle(x, -101, 1.1, GOLD)


def hair_knot(ink: Ink, f: Figure, accent: Colour) -> None:
    """Put the hair up in a high knot, with a comb and blossoms."""
    w, hair = f.head_wide * 0.52, rgb("#221c20")
    ink.oval(0, -105, w * 0.62, 9, hair)
    _curve(
        ink,
        (
            (-w, 84),
            (-w * 1.02, 96),
            (0, 105),
            (w * 1.02, 96),
            (w, 84),
            (w * 0.6, 92),
            (-w * 0.6, 92),
        ),
        hair,
    )
    ink.line((-w * 0.9, -109), (w * 0.9, -102), GOLD, 1.5)
    for dx, dy in ((0, 0), (3.4, 1.6), (-3.2, 1.8), (1.2, -3)):
        ink.circle(w * 0.7 + dx, -98 + dy, 2.2, accent)
    ink.circle(w * 0.7, -97.6, 1.2, GOLD)


def golden_band(ink: Ink, f: Figure, accent: Colour) -> None:
    """Wear a golden band around the brow."""
    del accent
    w = f.head_wide * 0.44
    ink.stroke(f"M{-w:.1f} -88Q0 -95 {w:.1f} -88", GOLD, 3.2)
    ink.stroke("M-4 -91.4Q-4 -97 0 -94Q4 -97 4 -91.4", GOLD, 2.2)


def fire_hair(ink: Ink, f: Figure, accent: Colour) -> None:
    """Tie the hair of a child in two tufts with red ribbons."""
    w, hair = f.head_wide * 0.5, rgb("#2a2226")
    for side in (-1, 1):
        ink.circle(side * w * 0.66, -100, 6.4, hair)
        ink.rect(side * w * 0.66 - 3, -96.4, 6, 2.6, accent, round_=1)


def head_bands(ink: Ink, f: Figure, accent: Colour) -> None:
    """Wrap the head, leaving two eyes."""
    w, t = f.head_wide * 0.5, f.head_tall
    ink.fill(ellipse(0, -(100 - t / 2), w * 1.02, t * 0.53), accent)
    for row in range(6):
        y, lean = 97 - row * t / 6.4, 2 if row % 2 else -2
        ink.line((-w * 0.94, -(y + lean)), (w * 0.94, -(y - lean)), shade(accent, -0.13), 1.3)
    eye = 100 - t * 0.46
    ink.rect(-w * 0.86, -(eye + 3.4), w * 1.72, 7, DARK, round_=3)
    for side in (-1, 1):
        ink.circle(side * w * 0.38, -eye, 2.6, rgb("#f4f0d8"))
        ink.circle(side * w * 0.38, -eye, 1.2, DARK)


def official_hat(ink: Ink, f: Figure, accent: Colour) -> None:
    """Wear the winged hat of an old Chinese official."""
    w = f.head_wide * 0.54
    for side in (-1, 1):
        ink.oval(side * w * 1.5, -94, w * 0.62, 3, DARK)
    _curve(
        ink,
        (
            (-w, 88),
            (-w * 0.9, 99),
            (-w * 0.4, 101),
            (-w * 0.36, 111),
            (w * 0.36, 111),
            (w * 0.4, 101),
            (w * 0.9, 99),
            (w, 88),
            (0, 90),
        ),
        DARK,
    )
    ink.rect(-w, -91, w * 2, 3.4, GOLD, round_=1.4)
    ink.circle(0, -96, 3, accent)

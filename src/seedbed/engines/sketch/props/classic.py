"""Props of every kind: boats, trees, lighthouses, furniture, bottles."""

from __future__ import annotations

import math

from seedbed.engines.sketch.ink import Ink
from seedbed.engines.sketch.palette import WHITE, Colour, mix, rgb, shade
from seedbed.engines.sketch.props.shapes import WOOD, Props, document, tone


def _cube(c: Colour) -> str:
    return document(
        40, 44,
        f'<path d="M20 1 L38 11 L20 21 L2 11Z" fill="{tone(c, 0.28)}"/>'
        f'<path d="M2 11 L20 21 L20 43 L2 33Z" fill="{tone(c)}"/>'
        f'<path d="M38 11 L20 21 L20 43 L38 33Z" fill="{tone(c, -0.25)}"/>'
        f'<path d="M2 11 L20 21 L38 11" fill="none" stroke="{tone(c, 0.5)}" stroke-width="0.4"/>',
    )  # fmt: skip


def _open_box(c: Colour) -> str:
    return document(
        60, 46,
        f'<path d="M6 12 H54 V16 H6Z" fill="{tone(c, -0.45)}"/>'
        f'<path d="M6 12 L-0 3 L22 3 L28 12Z M54 12 L60 3 L38 3 L32 12Z" fill="{tone(c, -0.18)}"/>'
        f'<rect x="6" y="14" width="48" height="32" fill="{tone(c)}"/>'
        f'<rect x="40" y="14" width="14" height="32" fill="{tone(c, -0.12)}"/>'
        f'<path d="M6 14 L0 24 L18 24 L24 14Z M54 14 L60 24 L42 24 L36 14Z" fill="{tone(c, 0.16)}"/>'
        f'<rect x="26" y="14" width="8" height="12" fill="{tone(c, 0.3)}"/>',
    )  # fmt: skip


def _sphere(c: Colour) -> str:
    return document(
        40, 40,
        f'<defs><radialGradient id="s" cx="0.36" cy="0.3" r="0.75"><stop offset="0" stop-color="{tone(c, 0.7)}"/>'
        f'<stop offset="0.35" stop-color="{tone(c, 0.08)}"/><stop offset="1" stop-color="{tone(c, -0.45)}"/>'
        '</radialGradient></defs><circle cx="20" cy="20" r="19" fill="url(#s)"/>',
    )  # fmt: skip


def _perfume(c: Colour) -> str:
    return document(
        36, 64,
        f'<defs><linearGradient id="g" x1="0" x2="1"><stop offset="0" stop-color="{tone(c, 0.45)}"/><stop offset="0.2" stop-color="#ffffff"/>'
        f'<stop offset="0.5" stop-color="{tone(c, 0.55)}"/><stop offset="1" stop-color="{tone(c, 0.15)}"/></linearGradient>'
        f'<linearGradient id="l" x1="0" x2="1"><stop offset="0" stop-color="{tone(c, -0.05)}"/><stop offset="0.3" stop-color="{tone(c, 0.3)}"/><stop offset="1" stop-color="{tone(c, -0.2)}"/></linearGradient>'
        '<linearGradient id="k" x1="0" x2="1"><stop offset="0" stop-color="#16161c"/><stop offset="0.25" stop-color="#6a6a78"/><stop offset="0.5" stop-color="#24242c"/><stop offset="1" stop-color="#0c0c10"/></linearGradient></defs>'
        '<rect x="11" y="1" width="14" height="15" rx="1.6" fill="url(#k)"/><rect x="13" y="16" width="10" height="4" fill="#c9a24a"/>'
        '<rect x="13" y="16" width="3" height="4" fill="#f2dc9a"/>'
        '<rect x="3" y="20" width="30" height="42" rx="4" fill="url(#g)"/><path d="M6 32 H30 V56 Q30 59 27 59 H9 Q6 59 6 56Z" fill="url(#l)"/>'
        '<rect x="10" y="36" width="16" height="13" fill="#fbf7ee"/><path d="M12.5 41 H23.5 M14.5 44.5 H21.5" stroke="#8a7a5a" stroke-width="0.9"/>'
        '<rect x="5" y="23" width="2.4" height="36" rx="1.2" fill="#ffffff" opacity="0.7"/>',
    )  # fmt: skip


def _bottle(c: Colour) -> str:
    return document(
        24, 72,
        f'<defs><linearGradient id="g" x1="0" x2="1"><stop offset="0" stop-color="{tone(c, -0.3)}"/><stop offset="0.25" stop-color="{tone(c, 0.45)}"/>'
        f'<stop offset="0.5" stop-color="{tone(c)}"/><stop offset="1" stop-color="{tone(c, -0.45)}"/></linearGradient></defs>'
        f'<rect x="9" y="1" width="6" height="6" rx="1" fill="#c9a37a"/><path d="M9 6 H15 V22 Q22 27 22 34 V67 Q22 71 18 71 H6 Q2 71 2 67 V34 Q2 27 9 22Z" fill="url(#g)"/>'
        '<rect x="2" y="42" width="20" height="16" fill="#f6f0e2"/><path d="M6 48 H18 M8 52 H16" stroke="#8a7a5a" stroke-width="1"/>',
    )  # fmt: skip


def _balloon(c: Colour) -> str:
    gores = "".join(
        f'<path d="M24 2 Q{24 + a * 30} 22 {24 + a * 9} 46 L{24 + b * 9} 46 Q{24 + b * 30} 22 24 2Z" fill="{fill}"/>'
        for a, b, fill in (
            (-0.98, -0.6, tone(c, -0.18)), (-0.6, -0.2, tone(rgb("#ffd98a"))), (-0.2, 0.2, tone(c, 0.1)),
            (0.2, 0.6, tone(rgb("#ffd98a"), -0.1)), (0.6, 0.98, tone(c, -0.25)),
        )
    )  # fmt: skip
    return document(
        48, 66,
        f'<path d="M24 1 C5 1 1 17 4 27 C7 36 14 42 16 47 H32 C34 42 41 36 44 27 C47 17 43 1 24 1Z" fill="{tone(c)}"/>'
        f'<clipPath id="c"><path d="M24 1 C5 1 1 17 4 27 C7 36 14 42 16 47 H32 C34 42 41 36 44 27 C47 17 43 1 24 1Z"/></clipPath><g clip-path="url(#c)">{gores}</g>'
        f'<path d="M16 47 L20 57 M32 47 L28 57 M24 47 V57" stroke="{tone(WOOD, -0.2)}" stroke-width="0.7"/>'
        f'<rect x="19" y="56" width="10" height="9" rx="1.5" fill="{tone(WOOD)}"/><rect x="19" y="56" width="10" height="2" fill="{tone(WOOD, -0.25)}"/>',
    )  # fmt: skip


def _lighthouse(c: Colour) -> str:
    bands = "".join(
        f'<path d="M{13.2 - y * 0.075} {y} L{26.8 + y * 0.075} {y} L{27.5 + y * 0.075} {y + 10} L{12.5 - y * 0.075} {y + 10}Z" fill="{fill}"/>'
        for y, fill in ((26, "#f6f3ee"), (36, tone(c)), (46, "#f6f3ee"), (56, tone(c)), (66, "#f6f3ee"), (76, tone(c)))
    )  # fmt: skip
    return document(
        40, 92,
        f'{bands}<path d="M4 92 Q8 85 20 85 Q32 85 36 92Z" fill="#8a8f99"/><rect x="17.6" y="78" width="4.8" height="8" fill="#4a3a38"/>'
        f'<rect x="11" y="23" width="18" height="3.4" fill="#3b4250"/><rect x="14.5" y="13" width="11" height="10" fill="#ffe9a0"/>'
        f'<path d="M14.5 13 V23 M18.2 13 V23 M21.8 13 V23 M25.5 13 V23" stroke="#3b4250" stroke-width="0.8"/><path d="M12.5 13 Q20 1 27.5 13Z" fill="{tone(c, -0.2)}"/><circle cx="20" cy="4.6" r="1.4" fill="#3b4250"/>',
    )  # fmt: skip


def _windmill(c: Colour) -> str:
    sails = "".join(
        f'<g transform="rotate({angle} 32 28)"><rect x="31.2" y="2" width="1.6" height="27" fill="#6a4a32"/><rect x="32.8" y="3" width="6.4" height="19" fill="#f6f0e2"/>'
        '<path d="M32.8 8 H39.2 M32.8 13 H39.2 M32.8 18 H39.2 M36 3 V22" stroke="#b59a72" stroke-width="0.6"/></g>'
        for angle in (20, 110, 200, 290)
    )
    return document(
        64, 84,
        f'<path d="M24 30 L40 30 L46 82 L18 82Z" fill="{tone(c)}"/><path d="M34 30 L40 30 L46 82 L36 82Z" fill="{tone(c, -0.15)}"/>'
        f'<path d="M22 31 Q32 14 42 31Z" fill="#a8502f"/><rect x="28" y="66" width="8" height="16" rx="4" fill="#6a4a32"/><rect x="29" y="46" width="6" height="7" fill="#5a6f84"/>{sails}<circle cx="32" cy="28" r="2.4" fill="#4a3424"/>',
    )  # fmt: skip


def _cherry(c: Colour) -> str:
    puffs = (
        (20, 26, 13),
        (34, 18, 14),
        (50, 20, 14),
        (62, 29, 12),
        (28, 36, 11),
        (45, 32, 14),
        (56, 39, 10),
        (15, 36, 8),
    )
    crown = "".join(
        f'<circle cx="{x}" cy="{y + 2}" r="{r}" fill="{tone(c, -0.16)}"/>' for x, y, r in puffs
    )
    crown += "".join(
        f'<circle cx="{x - 1}" cy="{y - 1}" r="{r * 0.86}" fill="{tone(c)}"/>' for x, y, r in puffs
    )
    crown += "".join(
        f'<circle cx="{x - 2.5}" cy="{y - 4}" r="{r * 0.5}" fill="{tone(c, 0.4)}"/>'
        for x, y, r in puffs
    )
    return document(
        80,
        84,
        f'<path d="M36 83 Q40 66 37 54 Q30 46 24 40 L28 38 Q36 46 40 48 Q43 42 50 34 L54 36 Q46 48 46 58 Q46 70 50 83Z" fill="#5b4038"/>{crown}',
    )


def _rainbow(c: Colour) -> str:
    del c
    tones = ("#ff5a5a", "#ff9f45", "#ffe14a", "#62d26f", "#4aa8ff", "#6a6af0", "#b06af0")
    arcs = "".join(
        f'<path d="M{4 + i * 3} 62 A{56 - i * 3} {56 - i * 3} 0 0 1 {116 - i * 3} 62" fill="none" stroke="{fill}" stroke-width="3.1" opacity="0.62"/>'
        for i, fill in enumerate(tones)
    )
    return document(120, 62, arcs)


def _campfire(c: Colour) -> str:
    del c
    return document(
        40, 44,
        '<path d="M4 38 L34 33 L35.4 37.4 L5 42.6Z" fill="#6a4428"/><path d="M36 38 L6 33 L4.6 37.4 L35 42.6Z" fill="#82562f"/>'
        '<path d="M20 2 Q31 14 30 24 Q30 35 20 36 Q10 35 10 24 Q10 19 14 15 Q14 20 17 21 Q15 10 20 2Z" fill="#ff7a1f"/>'
        '<path d="M20.5 12 Q27 20 26 27 Q25 34.5 20 34.5 Q14.5 34 14.5 27 Q16 29 18 28 Q17 20 20.5 12Z" fill="#ffc23a"/><path d="M20.4 22 Q24 27 22.6 31 Q21 34 19 33.6 Q16.6 32 17.6 28.6 Q19.6 27 20.4 22Z" fill="#fff3b0"/>',
    )  # fmt: skip


def _firework(c: Colour) -> str:
    rays = ""
    for ring, (reach, count, fill) in enumerate(
        ((36, 22, tone(c)), (25, 16, tone(mix(c, rgb("#ffd95a"), 0.6))), (13, 11, "#fff6d8"))
    ):
        for i in range(count):
            turn = 2 * math.pi * (i + 0.5 * ring) / count
            dx, dy = math.cos(turn), math.sin(turn)
            rays += f'<path d="M{40 + dx * reach * 0.45:.1f} {40 + dy * reach * 0.45:.1f} L{40 + dx * reach:.1f} {40 + dy * reach:.1f}" stroke="{fill}" stroke-width="1.1" stroke-linecap="round"/>'
            rays += f'<circle cx="{40 + dx * reach:.1f}" cy="{40 + dy * reach:.1f}" r="1.3" fill="#fff6d8"/>'
    return document(80, 80, rays)


def _bridge(c: Colour) -> str:
    posts = "".join(
        f'<rect x="{x}" y="{30 - 20 * math.sin(math.pi * x / 118) - 11:.1f}" width="2.2" height="13" fill="{tone(c, -0.12)}"/>'
        for x in range(6, 118, 12)
    )
    return document(
        120, 46,
        f'<path d="M0 44 Q60 -4 120 44 L104 44 Q60 12 16 44Z" fill="{tone(c, -0.28)}"/><path d="M0 36 Q60 -12 120 36 L120 44 Q60 -4 0 44Z" fill="{tone(c)}"/>'
        f'{posts}<path d="M0 26 Q60 -22 120 26" fill="none" stroke="{tone(c, 0.12)}" stroke-width="2.6"/><path d="M0 31 Q60 -17 120 31" fill="none" stroke="{tone(c)}" stroke-width="1.3"/>',
    )  # fmt: skip


def _bench(c: Colour) -> str:
    slats = "".join(
        f'<rect x="4" y="{y}" width="72" height="4.4" rx="1" fill="{tone(c, 0.1 - 0.03 * i)}"/>'
        for i, y in enumerate((2, 8, 14))
    )
    return document(
        80, 40,
        f'<path d="M10 2 V39 M70 2 V39" stroke="#3b3f4a" stroke-width="3"/>{slats}<path d="M2 21 H78 L80 27 H0Z" fill="{tone(c)}"/><rect x="0" y="26.6" width="80" height="2.4" fill="{tone(c, -0.3)}"/>',
    )  # fmt: skip


def _table(c: Colour) -> str:
    return document(
        80, 46,
        f'<path d="M14 10 L9 45 H13.4 L18 10Z M66 10 L71 45 H66.6 L62 10Z" fill="{tone(c, -0.25)}"/><path d="M6 2 H74 L79 8 H1Z" fill="{tone(c, 0.15)}"/><rect x="1" y="8" width="78" height="4" fill="{tone(c, -0.12)}"/>',
    )  # fmt: skip


def _surfboard(c: Colour) -> str:
    return document(
        22, 80,
        f'<path d="M11 1 Q22 22 20 52 Q18 74 11 79 Q4 74 2 52 Q0 22 11 1Z" fill="{tone(c)}"/><path d="M11 1 Q14 30 13 60 Q12.4 74 11 79 Q9.6 74 9 60 Q8 30 11 1Z" fill="#fdf6e6"/><path d="M2.4 46 L19.8 40 L20 47 L2.2 53Z" fill="{tone(c, -0.25)}"/>',
    )  # fmt: skip


def _sailboat(c: Colour) -> str:
    return document(
        60, 64,
        '<path d="M29 3 L31 3 L31.4 50 L28.6 50Z" fill="#8a6a4a"/>'
        f'<path d="M32.6 5 C42 16 49 31 51 44 L32.8 44Z" fill="{tone(c, 0.86)}"/>'
        f'<path d="M32.6 5 C36 16 37 31 36.4 44 L32.8 44Z" fill="{tone(c, 0.68)}"/>'
        f'<path d="M27.4 9 C19 20 12 33 9 44 L27.4 44Z" fill="{tone(c)}"/>'
        f'<path d="M27.4 9 C24.6 20 23.6 33 24 44 L27.4 44Z" fill="{tone(c, -0.14)}"/>'
        '<path d="M31 3 L38 5.4 L31 8Z" fill="#f2c14e"/>'
        '<path d="M3 48 L57 48 C55 57 49 63 42 63 L17 63 C9 63 5 57 3 48Z" fill="#f4efe6"/>'
        '<path d="M5.4 55 L54.8 55 C52 60.4 47.6 63 42 63 L17 63 C11 63 7.4 60 5.4 55Z" fill="#a5583a"/>'
        '<path d="M3 48 L57 48 L56.4 50.6 L3.6 50.6Z" fill="#8a5a3c"/>'
        '<circle cx="20" cy="53" r="1.3" fill="#6f8fb0"/><circle cx="28" cy="53" r="1.3" fill="#6f8fb0"/>'
        '<circle cx="36" cy="53" r="1.3" fill="#6f8fb0"/>',
    )  # fmt: skip


def _sofa(fabric: Colour) -> str:
    """Draw a sofa with cushions."""
    ink = Ink("sofa-")
    dark, light = shade(fabric, -0.1), shade(fabric, 0.06)
    for x in (-78, 66):
        ink.rect(x, -12, 12, 12, rgb("#5a3f2c"), round_=2)
    ink.rect(-88, -82, 176, 62, dark, round_=14)
    for x in (-70, 2):
        ink.rect(x, -78, 68, 46, fabric, round_=10)
    ink.rect(-84, -42, 168, 32, fabric, round_=9)
    ink.rect(-72, -46, 70, 20, light, round_=8)
    ink.rect(2, -46, 70, 20, light, round_=8)
    for x in (-96, 72):
        ink.rect(x, -58, 24, 50, shade(fabric, -0.04), round_=11)
    ink.move("rotate(-12 -50 -58)")
    ink.rect(-66, -74, 34, 30, mix(fabric, rgb("#fff3dc"), 0.7), round_=6)
    ink.end()
    return ink.document(-100, -90, 200, 92)


def _tree(c: Colour) -> str:
    puffs = (
        (22, 40, 15), (58, 40, 15), (40, 28, 19), (27, 25, 13), (54, 25, 13), (40, 44, 17),
        (40, 14, 11),
    )  # fmt: skip
    layers = "".join(
        f'<g fill="{tone(c, light)}">'
        + "".join(
            f'<circle cx="{x - shift}" cy="{y - shift}" r="{r * share:.1f}"/>' for x, y, r in puffs
        )
        + "</g>"
        for light, shift, share in (
            (-0.24, 0.0, 1.0),
            (0.0, 1.6, 0.9),
            (0.09, 3.4, 0.68),
            (0.17, 4.6, 0.42),
        )
    )
    wood, dark = tone(rgb("#7a5638")), tone(rgb("#7a5638"), -0.25)
    return document(
        80, 100,
        f'<path d="M33 99 Q37 80 36 58 L26 46 L30 44 L38 52 L39 40 H43 L44 53 L53 44 L56 47 '
        f'L46 60 Q45 82 49 99 Q41 96 33 99Z" fill="{wood}"/>'
        f'<path d="M41 97 Q44 80 43 58 L46 60 Q45 82 49 99Z" fill="{dark}"/>{layers}',
    )  # fmt: skip


def _vase(c: Colour) -> str:
    return document(
        44, 64,
        f'<defs><linearGradient id="v" x1="0" x2="1"><stop offset="0" stop-color="{tone(c, -0.2)}"/>'
        f'<stop offset="0.3" stop-color="{tone(c, 0.55)}"/><stop offset="0.65" stop-color="{tone(c)}"/>'
        f'<stop offset="1" stop-color="{tone(c, -0.32)}"/></linearGradient></defs>'
        f'<path d="M14 3 Q18 10 15 17 C5 23 2 33 6 44 Q9 55 14 61 H30 Q35 55 38 44 C42 33 39 23 29 17 '
        f'Q26 10 30 3Z" fill="url(#v)"/><ellipse cx="22" cy="3.4" rx="8.2" ry="2.4" fill="{tone(c, -0.45)}"/>'
        f'<path d="M5.2 30 Q22 36 38.8 30 M5.6 40 Q22 46 38.4 40" fill="none" stroke="{tone(c, -0.3)}" '
        'stroke-width="1.2"/>',
    )  # fmt: skip


def _piano(c: Colour) -> str:
    keys = "".join(
        f'<rect x="{14 + 5.2 * i:.1f}" y="52" width="2.6" height="4" fill="#1c1c24"/>'
        for i in range(14) if i % 7 not in (2, 6)
    )  # fmt: skip
    return document(
        100, 92,
        f'<path d="M12 6 H88 V46 H12Z" fill="{tone(c)}"/><path d="M9 2 H91 V8 H9Z" fill="{tone(c, 0.16)}"/>'
        f'<path d="M18 14 H82 V38 H18Z" fill="{tone(c, 0.1)}"/><path d="M34 18 H66 L70 36 H30Z" fill="#f4f0e4"/>'
        '<path d="M38 23 H62 M37 27 H63 M36 31 H64" stroke="#9aa0aa" stroke-width="0.8"/>'
        f'<path d="M6 46 H94 V52 H6Z" fill="{tone(c, 0.2)}"/><rect x="10" y="52" width="80" height="7" fill="#fbf7ee"/>{keys}'
        f'<path d="M4 58 H96 V64 H4Z" fill="{tone(c, -0.2)}"/><path d="M12 64 H88 V88 H12Z" fill="{tone(c, -0.1)}"/>'
        f'<path d="M7 64 H14 V90 H7Z M86 64 H93 V90 H86Z" fill="{tone(c, 0.12)}"/>'
        '<path d="M42 84 H46 V90 H42Z M54 84 H58 V90 H54Z" fill="#d9b04a"/>',
    )  # fmt: skip


def _bamboo(c: Colour) -> str:
    stems = ""
    for x, wide, high, shift in ((14, 5.0, 4, -0.12), (30, 6.4, 0, 0.04), (46, 5.4, 10, -0.05)):
        stems += f'<rect x="{x}" y="{high}" width="{wide}" height="{110 - high}" rx="1.5" fill="{tone(c, shift)}"/>'
        stems += f'<rect x="{x + 1}" y="{high}" width="{wide * 0.26:.1f}" height="{110 - high}" fill="{tone(c, 0.4)}"/>'
        stems += "".join(
            f'<rect x="{x - 0.8}" y="{y}" width="{wide + 1.6}" height="1.8" rx="0.9" fill="{tone(c, -0.35)}"/>'
            for y in range(high + 14, 108, 19)
        )
    leaves = "".join(
        f'<path d="M{x} {y} q{dx * 0.5:.1f} {dy * 0.5 - 4:.1f} {dx} {dy} q{-dx * 0.6:.1f} {-dy * 0.2 + 2:.1f} {-dx} {-dy}Z" fill="{tone(c, light)}"/>'
        for x, y, dx, dy, light in (
            (18, 30, -17, 7, 0.1), (18, 30, -14, -8, -0.1), (34, 18, 18, 6, 0.15), (34, 18, 15, -9, -0.05),
            (49, 44, 15, 8, 0.08), (49, 44, 13, -7, -0.14), (16, 68, -15, 6, -0.02), (33, 57, 16, 9, 0.12), (49, 82, 14, -5, 0.0),
        )
    )  # fmt: skip
    return document(66, 110, stems + leaves)


def _perch(c: Colour) -> str:
    puffs = "".join(
        f'<circle cx="{x}" cy="{y}" r="{r}" fill="{tone(c, light)}"/>'
        for x, y, r, light in (
            (16, 20, 15, -0.2), (32, 12, 14, -0.1), (6, 34, 11, -0.16), (24, 27, 15, 0.02), (40, 22, 10, 0.06),
            (14, 13, 8, 0.2), (30, 7, 7, 0.24), (112, 52, 8, -0.1), (119, 47, 6, 0.12), (88, 50, 5, 0.05),
        )
    )  # fmt: skip
    wood, dark = tone(rgb("#7a5638")), tone(rgb("#7a5638"), -0.25)
    return document(
        128, 120,
        f'<path d="M14 119 Q20 92 17 62 L12 40 L18 38 L24 54 Q60 62 96 55 L118 49 L119 52 L98 61 Q62 71 29 66 Q28 94 36 119 Q25 114 14 119Z" fill="{wood}"/>'
        f'<path d="M26 116 Q24 90 24 66 L29 66 Q28 94 36 119 Q30 116 26 116Z" fill="{dark}"/><path d="M29 66 Q62 71 98 61 L118 52 L98 58 Q62 67 27 61Z" fill="{dark}"/>{puffs}',
    )  # fmt: skip


PROPS: Props = {
    "bamboo": (rgb("#6fae4c"), _bamboo),
    "perch": (rgb("#5a9e48"), _perch),
    "sofa": (rgb("#5f8f86"), _sofa),
    "sailboat": (rgb("#d8493f"), _sailboat),
    "bench": (WOOD, _bench),
    "bottle": (rgb("#3f8f5a"), _bottle),
    "bridge": (rgb("#b5793f"), _bridge),
    "campfire": (WOOD, _campfire),
    "cherry_tree": (rgb("#f4a6c4"), _cherry),
    "cube": (rgb("#3a78d8"), _cube),
    "open_box": (rgb("#c99a62"), _open_box),
    "firework": (rgb("#ff5a6a"), _firework),
    "hot_air_balloon": (rgb("#e2493f"), _balloon),
    "lighthouse": (rgb("#d83a34"), _lighthouse),
    "perfume_bottle": (rgb("#e8b87a"), _perfume),
    "rainbow": (WHITE, _rainbow),
    "sphere": (rgb("#d83a34"), _sphere),
    "surfboard": (rgb("#2fa6c8"), _surfboard),
    "table": (WOOD, _table),
    "piano": (rgb("#4a3430"), _piano),
    "tree": (rgb("#5a9e48"), _tree),
    "vase": (rgb("#d7e3ea"), _vase),
    "windmill": (rgb("#efe4cf"), _windmill),
}

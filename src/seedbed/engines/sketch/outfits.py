"""Outfits: what marks a calling. A new calling is a row of `OUTFITS`, and gear if none suits."""

from __future__ import annotations

from dataclasses import dataclass

from seedbed.engines.sketch import gear
from seedbed.engines.sketch.gear import Part

BLACK = "#221c20"


@dataclass(frozen=True, slots=True)
class Outfit:
    """What one calling wears and carries."""

    top: str
    legs: str
    shoes: str = "#4a3430"
    accent: str = "#c23a34"
    skirt: bool = False
    hair: str | None = None
    """The colour of the hair, where it is no matter of taste."""
    covered: bool = False
    """Whether the hands are covered too."""
    behind: tuple[Part, ...] = ()
    body: tuple[Part, ...] = ()
    head: tuple[Part, ...] = ()


OUTFITS: dict[str, Outfit] = {
    "knight": Outfit(
        "#9fabb8",
        "#8793a1",
        "#6d7885",
        "#2f5fa8",
        behind=(gear.cape,),
        body=(gear.plate, gear.sword, gear.shield),
        head=(gear.great_helm,),
    ),
    "pirate": Outfit(
        "#8a2f2c",
        "#3a3440",
        "#2a2226",
        "#8a2f2c",
        body=(gear.coat, gear.katana),
        head=(gear.tricorn,),
    ),
    "viking": Outfit(
        "#8a6a48",
        "#5a4636",
        "#4a3428",
        "#6d4f36",
        behind=(gear.cape,),
        body=(gear.vest, gear.axe, gear.round_shield),
        head=(gear.horned_helmet,),
    ),
    "gladiator": Outfit(
        "#d9a87e",
        "#d9a87e",
        "#6b4630",
        "#b5342e",
        behind=(gear.cape,),
        body=(gear.harness, gear.sword, gear.round_shield),
        head=(gear.crested_helmet,),
    ),
    "samurai": Outfit(
        "#2e3038",
        "#33353e",
        "#22242a",
        "#b5342e",
        hair=BLACK,
        body=(gear.lacing, gear.katana),
        head=(gear.kabuto,),
    ),
    "geisha": Outfit(
        "#c2425e",
        "#c2425e",
        "#f2ece4",
        "#f0b43c",
        skirt=True,
        hair=BLACK,
        body=(gear.robe,),
        head=(gear.hair_knot,),
    ),
    "moon_goddess": Outfit(
        "#9fd3e8",
        "#d7eef6",
        "#f2ece4",
        "#f08aa8",
        skirt=True,
        behind=(gear.ribbons,),
        hair=BLACK,
        body=(gear.robe,),
        head=(gear.hair_buns,),
    ),
    "nezha": Outfit(
        "#e2483c",
        "#f2b63c",
        "#b5342e",
        "#e2483c",
        behind=(gear.ribbons,),
        body=(gear.robe, gear.staff),
        head=(gear.fire_hair,),
    ),
    "god_of_wealth": Outfit(
        "#c8302c",
        "#c8302c",
        "#2a2226",
        "#e0b040",
        skirt=True,
        hair=BLACK,
        body=(gear.robe,),
        head=(gear.official_hat,),
    ),
    "monkey_king": Outfit(
        "#f0b43c",
        "#b5342e",
        "#2a2226",
        "#c23a34",
        behind=(gear.cape,),
        body=(gear.robe, gear.staff),
        head=(gear.golden_band,),
    ),
    "footballer": Outfit("#3f7fd0", "#3f7fd0", "#22242a", "#f4f5f7", body=(gear.jersey, gear.ball)),
    "skeleton": Outfit("#24262c", "#24262c", "#e9e6da", "#f1eee2", body=(gear.bones,)),
    "mummy": Outfit(
        "#e6dcc0",
        "#e6dcc0",
        "#d9cfb0",
        "#e6dcc0",
        covered=True,
        body=(gear.wrappings,),
        head=(gear.head_bands,),
    ),
}
"""By the id of the concept."""

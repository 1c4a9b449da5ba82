"""Reading tokens from left to right: what waits for its noun, and what belongs to whom.

Numbers, colours and sizes wait for the next noun; a relation waits for the noun after it;
places, times, weather and styles go to axes of their own. Chinese names a thing before where it
is ("tree under"), and what someone wears before who wears it, so that those wait too.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any, cast

from seedbed.engines.sketch.lexicon import load_lexicon
from seedbed.engines.sketch.scene import (
    SIGHTS,
    Carrier,
    Concept,
    Material,
    Relation,
    RelationKind,
    SceneDescription,
    Subject,
)
from seedbed.engines.sketch.words import SILENT, Token

MAX_SUBJECTS = 6
MAX_NOT_DRAWN = 16
LONGEST_NAMED = 30
"""Letters of a word that is named as not drawn."""
PLURAL_COUNT = 3
EXPANSE_COUNT = 7
AXES = ("place", "time", "weather", "season", "mood", "style", "shot", "view", "light")
SMALL_ENOUGH_TO_HOLD = 1.1
PET = 0.5
"""Height up to which an animal is held in arms."""
LIVING_ONLY = ("sleep", "sit", "stand", "walk", "look")
"""What a thing does only in a manner of speaking: a book that lies there does not sleep."""
TALL_FOR_A_TABLE = 0.75
"""Whoever is taller sits at a table, in a room, and not on it."""
ALIVE = ("person", "animal", "fantasy")
SHARED = ("on", "in", "under", "behind", "in_front_of", "above", "looking_at")
"""Relations that hold for all that "and" joins: a cat and a dog on a sofa."""
OWNED = ("wearing", "holding", "riding")
RIDDEN = ("skateboard", "surfboard", "bicycle", "motorcycle", "scooter", "kick_scooter", "sled")
THINGS_OF_PLACES = {"castle": "castle_building", "table": "table_object"}
"""Places that stand as a thing when the prompt names another place as well."""
WHERE = (
    "on ", "in ", "at ", "by ", "near ", "under ", "next ", "through ", "out ", "from ",
    "outside ", "inside ", "above ", "over ", "below ", "beneath ", "among ", "against ",
)  # fmt: skip
"""How phrases of place begin that say where something is, rather than what place it is."""
TOGETHER = (
    {"city", "street", "road", "park"}, {"sea", "beach"}, {"space", "moon", "mars"},
    {"village", "street", "garden"}, {"garden", "lake"},
    {"road", "mountains", "forest", "meadow", "desert", "village"},
    {"mountains", "lake", "river", "forest", "jungle", "meadow", "snowfield", "village", "farm"},
    {"room", "kitchen", "library", "table", "windowsill", "studio"},
)  # fmt: skip
"""Places that one picture shows together, so that only the first needs to be named."""
CARRIED: dict[str, dict[str, str]] = {
    "board": {"place": "meadow"},
    "card": {"place": "table"},
    "neon": {"place": "street", "time": "night"},
}
"""Where a sign or a card is that stands for itself."""
WATERS, LANDS = ("lake", "river"), ("meadow", "mountains", "forest")
SHOPS = (
    "bakery", "bakery shop", "shop", "cafe", "coffee shop", "restaurant", "store", "bookshop",
    "bookstore", "面包店", "商店", "咖啡馆", "咖啡店", "餐厅", "书店", "饭馆",
)  # fmt: skip
"""Places that are a front on the street when something stands before or beside them."""
POSTERS = ("poster", "posters", "movie poster", "film poster", "海报", "电影海报", "宣传画")
ALTERNATIVES = ("or", "and", "nor", "或", "和", "、")
POSTURES = {
    "坐": "sit", "蹲": "sit", "睡": "sleep", "躺": "sleep", "飞": "fly", "游": "swim",
    "跑": "run", "走": "walk", "飘": "fly", "站": "stand",
}  # fmt: skip
"""What the first character of a word like 坐在 says that someone does there."""

ACTIONS = {"float": "fly"}
"""What some deeds look like: what floats is in the air, unless it is a boat."""

LOOK_AHEAD = 4
"""How many words may stand between a bowl and what is in it."""
END = Token(",")
"""What follows the last token."""


def read(
    tokens: Iterable[Token], text: tuple[str, ...], cast: tuple[Subject, ...] = ()
) -> SceneDescription:
    """Read tokens, and give what they describe: of the cast, when a story has introduced one."""
    reader = _Reader(list(tokens), subjects=list(cast), cast=len(cast), clause=len(cast))
    while reader.at < len(reader.tokens):
        reader.step()
    return reader.description(text)


@dataclass
class _Reader:
    """What has been read so far, and what waits for its noun."""

    tokens: list[Token]
    at: int = 0
    subjects: list[Subject] = field(default_factory=list)
    axes: dict[str, str] = field(default_factory=dict)
    not_drawn: list[str] = field(default_factory=list)
    carrier: Carrier | None = None
    posted: bool = False
    """Whether the picture itself is to be a poster."""
    glows: bool = False
    """Whether there are neon signs, which make a neon picture unless another style is asked."""
    sights: list[str] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)
    loose_parts: list[str] = field(default_factory=list)
    count: int | None = None
    shade: str | None = None
    """`dark` or `light`, before a colour."""
    colour: str | None = None
    size: str | None = None
    stuff: str | None = None
    """The material of the next noun."""
    action: str | None = None
    relation: str | None = None
    deed: str | None = None
    """What the owner does with the noun after it, as in "reading a book"."""
    waiting: tuple[str, int] | None = None
    """A relation whose owner comes after its object, as in 骑着马的宇航员."""
    dressed: str | None = None
    """The colour of clothes whose wearer comes after them."""
    located: bool = False
    cast: int = 0
    """How many subjects were there before the first word."""
    clause: int = 0
    """Where the subjects of this clause begin."""
    negated: bool = False
    made: bool = False
    """Whether what follows is what the last subject is made of."""
    colours: list[str] = field(default_factory=list)
    """Colours with no noun of their own: "three balloons, red, yellow and blue"."""
    chains: dict[int, int] = field(default_factory=dict)
    """For a subject joined by "and" to the one before, the first of the chain."""
    joined: bool = False
    approach: bool = False
    """Whether the place so far only says where the place to come is: 雪山下的湖."""
    content_of: int | None = None
    """The vessel that the next nouns are in."""
    vessel: str | None = None
    """What the next noun is in, which is not drawn."""
    several: bool = False
    """Whether a bowl or a basket "of" something was named, so that one bowl holds many."""

    def step(self) -> None:
        """Take the next token."""
        token = self.tokens[self.at]
        self.at += 1
        if token.role == "stop":
            self._stop()
        elif token.role == "negation":
            self.negated = True
        elif self.negated:
            self._skip(token)
        elif self.made and token.text in load_lexicon().stuff:
            self._of_stuff(load_lexicon().stuff[token.text])
        elif not (self._before(2).role == "count" and token.text in load_lexicon().units):
            self._take(token)

    def description(self, text: tuple[str, ...]) -> SceneDescription:
        """Give what was read."""
        self._stop()
        self._give_colours()
        self._seat_at_table()
        lit = self.axes.get("light") == "neon" and self.axes.get("place") in ("city", "street")
        if self.glows or lit:
            self.axes.setdefault("style", "neon")
        if text and self.carrier in CARRIED and not self.subjects:
            for axis, value in CARRIED[self.carrier].items():
                self.axes.setdefault(axis, value)
        if self.posted and not text:
            self.axes.setdefault("style", "poster")
        if self.axes.get("light") == "studio":
            self.axes.setdefault("place", "studio")
        for sight in self.sights:
            for axis, value in SIGHTS[sight].items():
                self.axes.setdefault(axis, value)
        if not any(subject.concept.kind in ALIVE for subject in self.subjects):
            self.not_drawn += self.loose_parts
        return SceneDescription(
            subjects=tuple(self.subjects),
            text=text,
            sights=tuple(dict.fromkeys(self.sights)),
            carrier=self.carrier if text else None,
            absent=tuple(dict.fromkeys(self.absent))[:MAX_NOT_DRAWN],
            not_drawn=tuple(dict.fromkeys(self.not_drawn))[:MAX_NOT_DRAWN],
            **cast(dict[str, Any], self.axes),
        )

    # Tokens by role

    def _take(self, token: Token) -> None:
        if token.role in AXES:
            self._axis(token)
            return
        take = {
            "concept": self._concept, "count": self._count, "colour": self._colour,
            "size": self._size, "measure": self._measure, "relation": self._relation,
            "locative": self._locative, "action": self._act, "deed": self._do,
            "part": self._part, "garment": self._garment, "scenery": self._scenery,
            "carrier": self._carrier, "group": self._group,
            "undrawn": self._undrawn, "unknown": self._unknown, "clouds": self._clouds,
            "made": self._made_of, "shade": self._shade, "material": self._material,
            "doing": self._do_unknown, "statue": self._statue, "expanse": self._expanse,
            "sight": self._sight,
        }.get(token.role)  # fmt: skip
        if take is not None:
            take(token)
        elif token.text == "of":
            self._contain(self._before(2))
        elif token.text == "们" and self.subjects and self.subjects[-1].count == 1:
            self.subjects[-1] = replace(self.subjects[-1], count=PLURAL_COUNT)

    def _contain(self, token: Token) -> None:
        """Take a vessel whose content comes next: a basket of apples."""
        if token.role == "concept" and token.value in load_lexicon().vessels and self.subjects:
            self.content_of = len(self.subjects) - 1

    def _skip(self, token: Token) -> None:
        """Pass over what is said not to be there: "no people or cars"."""
        names = ("concept", "unknown", "undrawn", "clouds", "part", "garment", "sight", *AXES)
        if token.role in names:
            named = token.value if token.role in ("concept", *AXES) else token.text
            self.absent.append(named[:LONGEST_NAMED])
            if token.role == "clouds":
                self.axes.setdefault("weather", "clear")
            self.negated = self._peek().text in ALTERNATIVES

    def _count(self, token: Token) -> None:
        number = int(token.value)
        self.count = number if self.count in (None, 1) else self.count

    def _colour(self, token: Token) -> None:
        fruit = token.text in ("orange", "oranges") and self._before(2).role == "count"
        if fruit and self._peek().role in ("stop", "relation"):
            self._noun(load_lexicon().concept("orange_fruit"), token)
        elif self.colour is None or self._before(2).text not in ("and", "和", "&"):
            self.colour = load_lexicon().shades.get((self.shade or "", token.value), token.value)
        self.shade = None

    def _shade(self, token: Token) -> None:
        self.shade = token.value

    def _size(self, token: Token) -> None:
        self.size = token.value

    def _measure(self, token: Token) -> None:
        if token.value == "container":
            self.vessel = token.text.removesuffix(" of")
        elif token.value != "unit" and self._holds_what_comes():
            self._noun(load_lexicon().concept(token.value), Token(token.text, token.entry))
            self.content_of = len(self.subjects) - 1
        self.several = token.text.isascii()

    def _holds_what_comes(self) -> bool:
        """Tell whether the next noun is food without a dish of its own, or fruit and the like."""
        for token in self.tokens[self.at : self.at + LOOK_AHEAD]:
            if token.role == "group":
                return True
            if token.role in ("concept", "stop"):
                return token.role == "concept" and token.value not in load_lexicon().served
        return False

    def _relation(self, token: Token) -> None:
        if token.value == "and":
            several = bool(self.subjects) and self.subjects[-1].count > 1
            if several and self.colour and self._peek().role in ("colour", "count"):
                self._settle_colour()  # "two cats, one black and one white"
            if self.colour is None or self._peek().role != "colour":
                self.joined = self._before(2).role == "concept"
            return
        self._settle_colour()
        self.content_of = None
        self.relation = token.value
        self._settle_deed()
        self.count = self.size = None

    def _locative(self, token: Token) -> None:
        if token.text == "在" and self._peek().role in ("action", "deed"):
            return  # 在跑 is running, not a place
        self.located = True
        self.relation = None
        action = POSTURES.get(token.text[0])
        if action and len(self.subjects) > self.clause:
            self._let_do(len(self.subjects) - 1, action)

    def _act(self, token: Token) -> None:
        forward = self._peek().text == "的"
        if self.subjects and self.relation is None and self.count is None and not forward:
            self._let_do(self._alive(), token.value)
        else:
            self.action = token.value

    def _let_do(self, index: int, action: str) -> None:
        """Let someone do something, and those that "and" joins to them too."""
        afloat = action == "float" and self.subjects[index].concept.habitat == "water"
        for other in {index, *range(self.chains.get(index, index), index)}:
            doer = self.subjects[other]
            if doer.concept.kind not in ALIVE and action in LIVING_ONLY:
                continue
            if other == index or doer.action is None:
                doer = replace(doer, action=None if afloat else ACTIONS.get(action, action))
                self.subjects[other] = doer

    def _join(self) -> None:
        last = len(self.subjects) - 1
        if self.joined and last > 0:
            self.chains[last] = self.chains.get(last - 1, last - 1)

    def _do(self, token: Token) -> None:
        self.relation, self.deed = "holding", token.value

    def _do_unknown(self, token: Token) -> None:
        """Take a deed that nothing here can show: after someone, it has to do with what follows."""
        if self._before(2).role == "concept" and self._peek().role != "stop":
            self._miss(token)
            self.relation = "with"

    def _part(self, token: Token) -> None:
        if not self.subjects:
            self.loose_parts.append(token.text)
        kept = self.relation if self._peek().text in ("and", "和") else None
        self._forget()
        self.relation = kept

    def _scenery(self, token: Token) -> None:
        count = self.count if self._peek().text == "的" else None
        self._forget()
        self.count = count

    def _carrier(self, token: Token) -> None:
        self.carrier = self.carrier or cast(Carrier, token.value)
        self.glows = self.glows or token.value == "neon"
        self.posted = self.posted or (self.relation is None and token.text in POSTERS)
        self._scenery(token)

    def _group(self, token: Token) -> None:
        """Take a word for a whole kind as a few things of that kind: fruit, animals."""
        colour, relation, located = self.colour, self.relation, self.located
        for identity in token.value.split():
            self.colour, self.relation, self.located = colour, relation, located
            self.count = None
            self._noun(load_lexicon().concept(identity), Token(token.text, token.entry))

    def _undrawn(self, token: Token) -> None:
        self._miss(token)
        self._forget()

    def _unknown(self, token: Token) -> None:
        if len(token.text) > 1:
            self._miss(token)
        self._forget()

    def _clouds(self, token: Token) -> None:
        if self.relation == "above" and self.subjects:
            self._fly()
        among = self.relation in ("on", "in", "above", "beside") or self.located
        if self.axes.get("place") is None and (among or not self.subjects):
            self.axes["place"] = "sky"
        else:
            self.axes.setdefault("weather", "cloudy")
        self._forget()

    def _made_of(self, token: Token) -> None:
        self.made = True
        self.relation = None
        before = self._before(2)
        if before.role == "place" and before.value in THINGS_OF_PLACES:
            self._noun(load_lexicon().concept(THINGS_OF_PLACES[before.value]), before)
            self.axes.pop("place", None)

    def _of_stuff(self, material: str) -> None:
        self.made = False
        if self.subjects:
            last = self.subjects[-1]
            self.subjects[-1] = replace(last, material=cast(Material, material))
        self._forget()

    def _material(self, token: Token) -> None:
        self.stuff = token.value

    def _statue(self, token: Token) -> None:
        """Take the word after a thing that says that it is a likeness of it."""
        if self._before(2).role == "concept" and self.subjects:
            self._of_stuff(self.stuff or token.value)
        else:
            self._miss(token)

    def _expanse(self, token: Token) -> None:
        self.axes.setdefault("place", token.value)
        self.count = EXPANSE_COUNT
        self.relation = None

    def _sight(self, token: Token) -> None:
        """Take what is seen beyond a place, and what it brings where nothing else is said."""
        self.sights.append(token.value)
        if self.relation in ("above", "over") and self.subjects:
            self._fly()
        self._forget()

    def _miss(self, token: Token) -> None:
        self.not_drawn.append(token.text[:LONGEST_NAMED])

    # Places and the other axes

    def _axis(self, token: Token) -> None:
        coat = token.text in ("black and white", "黑白") and self._peek().role == "concept"
        if coat:
            self.colour = "black"
        elif token.role == "place":
            self._place(token)
        else:
            self.axes.setdefault(token.role, token.value)
            self.located = False  # 在雨中 says no more of where

    def _place(self, token: Token) -> None:
        place = token.value
        if self.stuff and place in THINGS_OF_PLACES:
            self._noun(load_lexicon().concept(THINGS_OF_PLACES[place]), token)
            return
        if place == "table" and (self.relation in ("under", "behind") or self._under_next()):
            self._noun(load_lexicon().concept("table_object"), token)
            return
        shown = self.relation in ("in_front_of", "beside", "behind") or "view" in self.axes
        if shown and token.text in SHOPS:
            self._noun(load_lexicon().concept("shop_front"), token)
            return
        if place == "studio" and (backdrop := _backdrop(token.text)):
            self.axes.setdefault("backdrop", backdrop)
        if self.relation in ("above", "over") and self.subjects:
            self._fly()
        named = self.axes.get("place")
        if named == "underwater" and self._before(2).role == "place":
            pass  # an underwater city is under water first of all
        elif named is None or named == "sky" or self.approach or self._before(2).role == "place":
            self.axes["place"] = place
            self.approach = self._is_approach()
        elif named != place:
            self._second_place(token, named)
        self._forget()
        self.located = False

    def _is_approach(self) -> bool:
        """Take a word like 下 or 旁边 after a place, which leads on to another place."""
        self.approach = False
        if self._peek().role != "post":
            return False
        self.at += 1
        return self._peek().text == "的" or self._peek().role == "place"

    def _fly(self) -> None:
        last = self.subjects[-1]
        if last.concept.kind != "building":
            self.subjects[-1] = replace(last, action=last.action or "fly")

    def _under_next(self) -> bool:
        following = self._peek()
        return following.role == "post" and following.value in ("under", "behind")

    def _second_place(self, token: Token, named: str) -> None:
        place = token.value
        if place == "table" and self.relation == "on":
            self._noun(load_lexicon().concept("table_object"), token)
        elif named in THINGS_OF_PLACES and place not in ("room", "kitchen", "sky", "studio"):
            self._forget()
            self._noun(load_lexicon().concept(THINGS_OF_PLACES[named]), token)
            self.axes["place"] = place
        elif place in WATERS and named in LANDS:
            self.axes["place"] = place  # a valley with a river is seen where the river is
        elif place != "sky" and not any({named, place} <= both for both in TOGETHER):
            self._miss(token)

    def _seat_at_table(self) -> None:
        tall = any(
            s.concept.kind in ALIVE and s.concept.height > TALL_FOR_A_TABLE for s in self.subjects
        )
        if self.axes.get("place") == "table" and tall:
            self.axes["place"] = "room"
            if len(self.subjects) < MAX_SUBJECTS:
                self.subjects.append(Subject(load_lexicon().concept("table_object")))
        elif self.axes.get("place") == "windowsill" and tall:
            self.axes["place"] = "room"

    # Nouns

    def _concept(self, token: Token) -> None:
        concept = load_lexicon().concept(token.value)
        if self.made:
            self._miss(token)
            self.made = False
        elif token.text == "watch" and self.subjects and self._peek().text in ("the", "a", "an"):
            self.relation = "looking_at"
        elif not self._is_modifier(token, concept):
            if concept.id in load_lexicon().garments and self._is_worn():
                self._garment(token)
            else:
                self._noun(concept, token)

    def _is_modifier(self, token: Token, concept: Concept) -> bool:
        """Tell whether a noun only says more of the one right after it, as in apple tree."""
        following = self._peek()
        if concept.kind == "animal" and following.text in load_lexicon().young:
            self.size = "small"
            self.tokens[self.at] = Token(following.text, SILENT, following.plural)
            return False
        if following.role == "part" and token.text.isascii() and not token.plural:
            return concept.kind not in ALIVE
        if following.role == "place" and concept.kind == "plant" and not token.plural:
            self.count, self.relation = EXPANSE_COUNT, None
            return False
        if following.role == "place" and token.text.isascii() and not token.plural:
            return following.text.isascii() and not following.text.startswith(WHERE)
        if concept.id in load_lexicon().vessels and not token.text.isascii():
            counted = self._before(2).role in ("count", "measure")
            if counted and following.role in ("concept", "group"):
                self._noun(concept, token)  # 一篮子苹果
                self._contain(token)
                return True
        if following.role != "concept" or following.text.isascii() != token.text.isascii():
            return False
        head = load_lexicon().concept(following.value)
        if concept.kind in ("animal", "fantasy") and head.kind == "person":
            if head.id != "baby":  # a chef who is a panda is drawn as a panda
                self._miss(following)
            else:
                self.size = "small"
            self.tokens[self.at] = Token(following.text, SILENT)
            return False
        if concept.id == "baby":
            self.size = "small"
            return True
        modifies = not token.plural and (token.text.isascii() or concept.kind not in ALIVE)
        if modifies and concept.kind in ALIVE:
            self._miss(token)
        return modifies

    def _noun(self, concept: Concept, token: Token) -> None:
        colour = token.entry.colour if token.entry else None
        named = self._named(concept)
        if named is not None and self.count in (None, 1):
            self._relate(named, token)
            self._forget()
            return
        if len(self.subjects) == MAX_SUBJECTS:
            self._miss(token)
            self._forget()
            return
        self._give_colours()
        self.subjects.append(
            Subject(
                concept=concept,
                count=self._number(token),
                colour=self.colour
                or colour
                or (self.dressed if concept.kind == "person" else None),
                size=cast(Any, self.size or "normal"),
                action=self.action,
                material=cast(Any, self.stuff),
            )
        )
        self._join()
        if self.vessel:
            self.not_drawn.append(self.vessel)
        self.dressed = None
        last = len(self.subjects) - 1
        if self.content_of is not None:
            if concept.kind == "food" and self.count is None and token.role == "concept":
                self.subjects[last] = replace(self.subjects[last], count=PLURAL_COUNT)
            flat = self.subjects[self.content_of].concept.anchors.surface is not None
            self._attach(last, "on" if flat else "in", self.content_of)
        self._relate(last, token)
        self._forget_but_between()

    def _forget_but_between(self) -> None:
        goes_on = self.relation == "between" and self._peek().text in ("and", "和")
        self._forget()
        self.relation = "between" if goes_on else None

    def _named(self, concept: Concept) -> int | None:
        """Find a subject that the noun speaks of again: the same, and of no other colour."""
        return next(
            (
                index
                for index, subject in enumerate(self.subjects)
                if subject.concept == concept and self.colour in (None, subject.colour)
            ),
            None,
        )

    def _number(self, token: Token) -> int:
        if self.count in (None, 1) and token.text in load_lexicon().plurals:
            return load_lexicon().plurals[token.text]
        if token.plural and (self.count is None or (self.several and self.count == 1)):
            return PLURAL_COUNT
        return self.count or 1

    def _garment(self, token: Token) -> None:
        """Dress someone: the colour of the clothes is drawn, their cut is not."""
        owner = self._alive() if self.subjects else None
        person = owner is not None and self.subjects[owner].concept.kind == "person"
        if self._owner_follows():
            self.dressed = self.colour
        elif person and owner is not None and self.subjects[owner].colour is None and self.colour:
            self.subjects[owner] = replace(self.subjects[owner], colour=self.colour)
        if self.colour is None or not (person or self.dressed):
            self._miss(token)
        kept = self.relation if self._peek().text in ("and", "和") else None
        self._forget()
        self.relation = kept

    def _is_worn(self) -> bool:
        return self.relation in ("wearing", "in", "with") and (
            bool(self.subjects) or self.relation == "wearing"
        )

    # Who stands how to whom

    def _relate(self, noun: int, token: Token) -> None:
        kind = self._postposition()
        if kind is not None or self.located:
            self._locate(noun, kind or "on")
            return
        if self.waiting is not None:
            waiting, target = self.waiting
            self.waiting = None
            if target != noun:
                self._attach(noun, waiting, target)
        if self.relation is None:
            return
        owner = self._owner(noun)
        if self.relation in OWNED and (owner is None or self._owner_follows()):
            self.waiting = (self.relation, noun)
        elif owner is not None:
            self._attach(owner, self.relation, noun)
            if self.relation in SHARED:
                for other in range(self.chains.get(owner, owner), owner):
                    self._attach(other, self.relation, noun)

    def _locate(self, noun: int, kind: str) -> None:
        """Take a Chinese phrase of place: 在树下 after its owner, 树下有 before it."""
        owner = noun - 1 if noun > self.clause else None
        if self.located and owner is not None:
            self._attach(owner, kind, noun)
        else:
            self.waiting = (kind, noun)
        self.located = False

    def _postposition(self) -> str | None:
        """Take the word after a Chinese noun that says where of it, if there is one."""
        ahead = self.at + (self._peek().text == "的")
        if ahead < len(self.tokens) and self.tokens[ahead].role == "post":
            self.at = ahead + 1
            return self.tokens[ahead].value
        return None

    def _owner_follows(self) -> bool:
        """Tell whether 的 and a noun follow: 戴着帽子的女孩."""
        if self._peek().text != "的":
            return False
        for token in self.tokens[self.at : self.at + 8]:
            if token.role in ("concept", "stop"):
                return token.role == "concept"
        return False

    def _owner(self, noun: int) -> int | None:
        if noun == 0:
            return None
        if self.relation in (*OWNED, "looking_at", "with"):
            return self._alive(noun)
        held = {s.relation.target for s in self.subjects if s.relation and s.relation.kind in OWNED}
        return None if noun - 1 in held else noun - 1

    def _alive(self, end: int | None = None) -> int:
        """Give the last living subject before `end`, or the last one of any kind.

        Of a cast, that is the first: who a story is about.
        """
        last = (len(self.subjects) if end is None else end) - 1
        order = [*range(last, self.cast - 1, -1), *range(min(self.cast, last + 1))]
        return next((i for i in order if self.subjects[i].concept.kind in ALIVE), last)

    def _attach(self, owner: int, kind: str, target: int) -> None:
        subject = self.subjects[owner]
        if owner == target or _reaches(self.subjects, target, owner):
            return
        relation = _kind(kind, subject.concept, self.subjects[target].concept)
        if kind == "over":
            subject = replace(subject, action="jump")
        if self.deed is not None:
            subject = replace(subject, action=self.deed)
        if relation == "above" and subject.concept.kind != "building":
            subject = replace(subject, action=subject.action or "fly")
        if relation is not None:
            subject = _related(subject, Relation(relation, target))
        self.subjects[owner] = subject

    # Where we are

    def _peek(self) -> Token:
        return self.tokens[self.at] if self.at < len(self.tokens) else END

    def _before(self, back: int) -> Token:
        index = self.at - back
        return self.tokens[index] if index >= 0 else END

    def _settle_colour(self) -> None:
        """Give a colour that no noun follows to the noun before it: "the car is red"."""
        if self.colour and self.subjects:
            last = self.subjects[-1]
            if self.count is None and len(self.subjects) > self.clause and last.count == 1:
                self.subjects[-1] = replace(last, colour=last.colour or self.colour)
            else:
                self.colours.append(self.colour)
        self.colour = None

    def _give_colours(self) -> None:
        """Give colours that stand alone: to each of several, or to the only one there is."""
        colours, self.colours = self.colours, []
        if not self.subjects:
            return
        last = self.subjects[-1]
        room = len(self.subjects) + len(colours) - 1 <= MAX_SUBJECTS
        if 1 < len(colours) == last.count and room and last.colour is None:
            # "two cats, one black and one white"
            self.subjects[-1:] = [replace(last, count=1, colour=colour) for colour in colours]
        elif colours and len(self.subjects) == 1:
            self.subjects[0] = replace(last, colour=last.colour or colours[0])

    def _settle_deed(self) -> None:
        """Let someone do a deed that has no object: "a chef cooking in a kitchen"."""
        if self.deed is not None and self.subjects:
            self._let_do(self._alive(), self.deed)
        self.deed = None

    def _stop(self) -> None:
        self._settle_colour()
        self._settle_deed()
        if self.stuff == "clay":  # of nothing in particular: "a fox, 3d clay"
            self.axes.setdefault("style", "clay")
        self.negated = self.located = self.made = self.approach = False
        self._forget()
        self.content_of = None
        self.clause = len(self.subjects)

    def _forget(self) -> None:
        self.count = self.colour = self.shade = self.size = self.action = None
        self.stuff = None
        self.joined = False
        self.relation = self.deed = self.vessel = None
        self.several = self.located = False


def _backdrop(text: str) -> str | None:
    """Find the colour in a phrase such as `dark background` or 粉色背景."""
    words = text.split() if text.isascii() else [text[:2], text[1:2], text[:1]]
    if set(words) & {"dark", "深色"}:
        return "black"
    found = (load_lexicon().find(word) for word in words)
    return next((entry.value for entry in found if entry and entry.role == "colour"), None)


def _related(subject: Subject, relation: Relation) -> Subject:
    """Add a relation: the first counts most, but for standing beside, which counts least."""
    first = subject.relation
    if first is None or first.kind == "beside":
        return replace(subject, relation=relation)
    if relation in (first, *subject.more) or relation.kind == "beside":
        return subject
    if first.kind == "between" == relation.kind:
        return replace(subject, relation=replace(first, other=relation.target))
    return replace(subject, more=(*subject.more, relation))


def _reaches(subjects: list[Subject], start: int, goal: int) -> bool:
    """Tell whether following relations from one subject leads to another."""
    seen: set[int] = set()
    while start not in seen:
        if start == goal:
            return True
        seen.add(start)
        relation = subjects[start].relation
        if relation is None:
            return False
        start = relation.target
    return False


def _kind(kind: str, owner: Concept, target: Concept) -> RelationKind | None:
    """Make a relation one that these two can have."""
    alive = owner.kind in ALIVE
    if target.worn and kind == "wearing":
        return "wearing"
    if target.worn and alive and kind in ("holding", "in", "wearing", "with", "on"):
        return "wearing"
    if kind == "on" and target.id in RIDDEN and alive:
        return "riding"
    if kind == "on" and owner.kind == "person" and target.kind == "animal":
        return "riding"
    if kind == "over":
        return "above"
    if kind == "with" and target.kind == "animal":
        return "beside"
    if kind in ("wearing", "with"):
        kind = "holding"
    if kind == "riding" and not alive:
        return "on"
    if kind == "holding" and not (
        alive and target.height <= (PET if target.kind == "animal" else SMALL_ENOUGH_TO_HOLD)
    ):
        return "beside"
    return cast(RelationKind, kind)

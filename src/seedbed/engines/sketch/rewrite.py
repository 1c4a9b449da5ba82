"""Prompt optimisation: a prompt is told more fully, in its own language.

What the prompt says stays as it is; what it leaves open (where, in what light, how near) is
decided and said, so that who asks sees from what the picture was drawn.
"""

from __future__ import annotations

import re
from typing import Literal

from seedbed.engines.sketch.canvas import random_of
from seedbed.engines.sketch.scene import SceneDescription
from seedbed.engines.sketch.stage import place_of
from seedbed.engines.sketch.understand import understand

Language = Literal["en", "zh"]

PLACES: dict[str, tuple[str, str]] = {
    "meadow": ("in a meadow", "在草地上"),
    "forest": ("in a forest", "在森林里"),
    "jungle": ("in the jungle", "在丛林里"),
    "snowfield": ("in a snowfield", "在雪地里"),
    "mountains": ("in the mountains", "在山中"),
    "lake": ("by a lake", "在湖边"),
    "river": ("by a river", "在河边"),
    "sea": ("at sea", "在大海上"),
    "beach": ("on a beach", "在海滩上"),
    "coast": ("on a rocky coast", "在海岸上"),
    "underwater": ("under water", "在水下"),
    "desert": ("in the desert", "在沙漠里"),
    "city": ("in a city", "在城市里"),
    "street": ("on a street", "在街道上"),
    "village": ("in a village", "在村庄里"),
    "garden": ("in a garden", "在花园里"),
    "park": ("in a park", "在公园里"),
    "farm": ("on a farm", "在农场里"),
    "sky": ("in the sky", "在天空中"),
    "space": ("in space", "在太空中"),
    "room": ("in a room", "在房间里"),
    "kitchen": ("in a kitchen", "在厨房里"),
    "table": ("on a table", "在桌子上"),
    "windowsill": ("on a windowsill", "在窗台上"),
    "road": ("on a road", "在公路上"),
}
TIMES = {
    "en": ("in the morning", "at sunset", "by day"),
    "zh": ("清晨", "日落时", "白天"),
}
LIGHTS = {"en": "soft light", "zh": "柔和的光线"}
MOODS = {
    "en": ("calm mood", "dreamy mood", "joyful mood"),
    "zh": ("宁静的氛围", "梦幻的氛围", "欢乐的氛围"),
}
_CHINESE = re.compile(r"[\u3400-\u9fff]")


def rewrite(prompt: str, mode: str | None, seed: int) -> str | None:
    """Tell a prompt more fully; None when that was not asked, or nothing was left open.

    `fast` says where it is; `standard` says time, light and mood as well.
    """
    if mode is None:
        return None
    scene = understand(prompt)
    language: Language = "zh" if _CHINESE.search(prompt) else "en"
    added = list(_added(scene, language, seed, mode == "standard"))
    if not added:
        return None
    comma = "，" if language == "zh" else ", "
    return comma.join([prompt.strip().rstrip("，,。."), *added])


def _added(scene: SceneDescription, language: Language, seed: int, fully: bool) -> list[str]:
    if scene.is_abstract or not scene.subjects:
        return []
    random = random_of(seed, "rewrite")
    added: list[str] = []
    if scene.place is None:
        place = place_of(scene, seed)
        if place in PLACES:
            added.append(PLACES[place][language == "zh"])
    if not fully:
        return added
    if scene.time is None:
        added.append(TIMES[language][int(random.integers(3))])
    if scene.light is None:
        added.append(LIGHTS[language])
    if scene.mood is None:
        added.append(MOODS[language][int(random.integers(3))])
    return added

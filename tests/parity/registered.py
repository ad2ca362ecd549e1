# SPDX-License-Identifier: Apache-2.0
"""What the generator knows of the model registry: models and prompts with their versions, and webhooks.

What it knows of versions, tags and aliases is a hint for what to ask next: a bent call may have done something else. The
dirty ones keep their version 1, so that every call finds it."""

from dataclasses import dataclass, field
from typing import Any, List, Optional, Set

from tests.parity.values import chance, one


@dataclass
class Version:
    number: str
    source: str = ""
    place: Any = None       # the run or logged model whose artifacts it has
    inner: str = ""         # the folder in there


@dataclass
class Registered:
    """A registered model, or a prompt."""
    name: str
    dirty: bool = False
    prompt: bool = False
    speaks: Optional[bool] = None       # whether its versions are prompts, once there are any
    made: int = 0           # versions, ever
    versions: List[Version] = field(default_factory=list)
    tags: Set[str] = field(default_factory=set)
    aliases: Set[str] = field(default_factory=set)

    def add(self, source: str, place: Any = None, inner: str = "") -> None:
        self.made += 1
        self.versions.append(Version(str(self.made), source, place, inner))


@dataclass
class Webhook:
    symbol: str
    name: str
    dirty: bool = False
    deleted: bool = False

    @property
    def id(self) -> str:
        return f"<{self.symbol}>"


def registered(world: Any, wanting: str = "", prompt: Optional[bool] = None) -> Registered:
    """A model or prompt, preferably one that has some "versions", "tags" or "aliases"."""
    fitting = [m for m in world.registered if m.dirty == world.wild and (prompt is None or m.prompt == prompt)]
    fitting = fitting or [m for m in world.registered if m.dirty == world.wild]
    rich = [m for m in fitting if wanting and getattr(m, wanting)]
    return one(world.rng, rich if rich and chance(world.rng, 0.9) else fitting)


def name_of(world: Any, model: Registered) -> str:
    """Mostly its name; seldom one that names nothing, or not any more."""
    if not chance(world.rng, 0.05):
        return model.name
    return one(world.rng, ["nobody", "", *world.gone])


def webhook(world: Any) -> Webhook:
    fitting = [hook for hook in world.webhooks if hook.dirty == world.wild]
    return one(world.rng, [hook for hook in fitting if not hook.deleted or chance(world.rng, 0.1)] or fitting)

# SPDX-License-Identifier: Apache-2.0
"""What the generator knows of both servers: the objects that exist, by symbol, and what is in them.

Objects come in two kinds. A clean one has had only calls that mean the same to both servers, so everything that is
read from it must agree. A dirty one takes the calls whose effects differ for a known reason; it is written to and
never read."""

from dataclasses import dataclass, field
from random import Random
from typing import Any, Dict, List, Optional, Set

from tests.parity import values
from tests.parity.registered import Registered, Webhook
from tests.parity.values import chance, one


@dataclass
class Folder:
    """The artifacts under one root."""
    files: Dict[str, int] = field(default_factory=dict)     # path -> size
    emptied: Set[str] = field(default_factory=set)          # folders whose last file was deleted

    def __bool__(self) -> bool:
        return bool(self.files)

    def put(self, path: str, size: int) -> None:
        self.files[path] = size
        self.emptied -= {parent for parent in self.emptied if path.startswith(parent + "/")}

    def remove(self, path: str) -> None:
        gone = [name for name in self.files if name == path or name.startswith(path + "/")]
        for name in gone:
            del self.files[name]
        for name in gone:
            for parent in parents(name):
                inside = any(other.startswith(parent + "/") for other in self.files)
                if not inside and not (parent == path or parent.startswith(path + "/")):
                    self.emptied.add(parent)

    def folders(self) -> List[str]:
        return sorted({parent for name in self.files for parent in parents(name)})


def parents(path: str) -> List[str]:
    parts = path.split("/")[:-1]
    return ["/".join(parts[:count]) for count in range(1, len(parts) + 1)]


@dataclass
class Run:
    symbol: str
    experiment: "Experiment"
    dirty: bool = False
    deleted: bool = False
    params: Dict[str, str] = field(default_factory=dict)
    tags: Set[str] = field(default_factory=set)
    metrics: Set[str] = field(default_factory=set)
    outputs: Set[str] = field(default_factory=set)
    files: Folder = field(default_factory=Folder)

    @property
    def id(self) -> str:
        return f"<{self.symbol}>"

    @property
    def root(self) -> str:
        return f"{self.experiment.folder}/{self.id}/artifacts"


@dataclass
class Model:
    symbol: str
    experiment: "Experiment"
    dirty: bool = False
    deleted: bool = False
    params: Set[str] = field(default_factory=set)
    tags: Set[str] = field(default_factory=set)
    files: Folder = field(default_factory=Folder)

    @property
    def id(self) -> str:
        return f"<{self.symbol}>"

    @property
    def root(self) -> str:
        return f"{self.experiment.folder}/models/{self.id}/artifacts"


@dataclass
class Experiment:
    symbol: str
    name: str
    dirty: bool = False
    deleted: bool = False
    random_names: bool = False          # holds runs whose names the servers made up
    location: str = ""                  # the artifact_location that was asked for
    tags: Set[str] = field(default_factory=set)
    runs: List[Run] = field(default_factory=list)
    models: List[Model] = field(default_factory=list)

    @property
    def id(self) -> str:
        return f"<{self.symbol}>"

    @property
    def proxied(self) -> bool:
        """Whether its artifacts lie with the server: those of other schemes would be sought in somebody's cloud."""
        return not self.location or self.location.startswith("mlflow-artifacts:")

    @property
    def folder(self) -> str:
        """Where its artifacts begin in the proxied store."""
        return self.location[len("mlflow-artifacts:/"):] or self.id


class World:
    """All of one seed. `wild` is set while a call is being made whose effect may differ: then only dirty objects are
    handed out."""

    def __init__(self, seed: int, session: str = ""):
        self.rng = Random(seed)
        self.prefix = f"s{seed}{session}-"
        self.serial = 0
        self.wild = False
        self.experiments: List[Experiment] = []
        self.metric_values: List[Any] = [0, 1, 0.5]
        self.datasets: List[Dict[str, str]] = []
        self.registered: List[Registered] = []
        self.gone: List[str] = []           # names that registered models had
        self.webhooks: List[Webhook] = []

    def symbol(self, kind: str) -> str:
        self.serial += 1
        return f"{kind}{self.serial}"

    def number(self) -> int:
        self.serial += 1
        return self.serial

    def experiment(self, deleted: Optional[bool] = False) -> Experiment:
        fitting = [e for e in self.experiments if e.dirty == self.wild and (deleted is None or e.deleted == deleted)]
        return one(self.rng, fitting or [e for e in self.experiments if e.dirty == self.wild])

    def run(self, deleted: Optional[bool] = False, wanting: str = "") -> Run:
        """A run; with `wanting` preferably one that has some "params", "metrics" and so on; with "files" one whose
        artifacts lie with the server."""
        return self._member("runs", deleted, wanting)

    def model(self, deleted: Optional[bool] = False, wanting: str = "") -> Model:
        return self._member("models", deleted, wanting)

    def live_model(self, wanting: str = "") -> Model:
        """A model to write to: never a deleted one, as the two servers disagree on whether that can still be written."""
        usable = [m for e in self.experiments for m in e.models if m.dirty == self.wild and not m.deleted]
        rich = [m for m in usable if wanting and getattr(m, wanting)]
        return one(self.rng, rich if rich and chance(self.rng, 0.8) else usable)

    def _member(self, kind: str, deleted: Optional[bool], wanting: str) -> Any:
        usable = [e for e in self.experiments if wanting != "files" or e.proxied]
        everything = [m for e in usable for m in getattr(e, kind) if m.dirty == self.wild]
        if deleted is None or chance(self.rng, 0.06):
            return one(self.rng, everything)
        fitting = [m for m in everything if (m.deleted or m.experiment.deleted) == deleted] or everything
        rich = [m for m in fitting if wanting and getattr(m, wanting)]
        return one(self.rng, rich if rich and chance(self.rng, 0.9) else fitting)

    def key(self, known: Any = ()) -> str:
        """A key for a metric, param or tag: often one that is known, seldom one that is refused. On dirty objects always a
        new one, as nobody knows what they hold."""
        if self.wild:
            return f"w{self.number()}"
        if known and chance(self.rng, 0.5):
            return one(self.rng, sorted(known))
        if chance(self.rng, 0.08):
            return one(self.rng, values.KEYS_BROKEN)
        return one(self.rng, values.KEYS)

    def nowhere(self, kind: str) -> str:
        """An id that names nothing."""
        made_up = {"run": "f" * 32, "model": "m-" + "f" * 32, "exp": "987654321"}[kind]
        return one(self.rng, [made_up, made_up, "nope" if kind != "exp" else "77777"])

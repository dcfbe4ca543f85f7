# SPDX-License-Identifier: MIT
"""What the scripts of `./run bench` find: figures of every client, and what ours must keep
to. A figure that is a time comes of rounds, in which the clients take turns; its value is
the median, and a ratio is the median of the rounds' ratios, so that what slows the machine
for a while slows all.
"""

import statistics
from dataclasses import dataclass, field

OURS = "ours"


def show(value: float | None) -> str:
    """A number with three digits or more, and none behind the point that says nothing."""
    if value is None:
        return "-"
    digits = 0 if abs(value) >= 1000 else 1 if abs(value) >= 100 else 2
    return f"{value:,.{digits if abs(value) >= 10 else 3}f}"


@dataclass
class Target:
    """What a figure of ours must keep to."""

    limit: float            # no more than this
    other: str = ""         # so many times the figure of this client; "": the figure itself
    is_floor: bool = False  # no less than this

    def is_met(self, value: float) -> bool:
        return value >= self.limit if self.is_floor else value <= self.limit

    def text(self) -> str:
        sign = "≥" if self.is_floor else "≤"
        return f"{sign} {self.limit:,.10g}" + (f" × {self.other}" if self.other else "")


@dataclass
class Figure:
    """One kind of number, of each client. None: it could not be measured."""

    name: str
    unit: str
    values: dict[str, float | None] = field(default_factory=dict)   # or from the rounds
    rounds: list[dict[str, float]] = field(default_factory=list)    # of take_turns
    targets: list[Target] = field(default_factory=list)
    is_more_better: bool = False

    def __post_init__(self):
        if self.rounds:
            self.values = {name: statistics.median(r[name] for r in self.rounds)
                           for name in self.rounds[0]}

    def against(self, other: str) -> float | None:
        """Ours divided by the other's; None where one was not measured."""
        if self.values.get(OURS) is None or not self.values.get(other):
            return None
        if self.rounds:
            return statistics.median(r[OURS] / r[other] for r in self.rounds)
        return self.values[OURS] / self.values[other]

    def held(self, target: Target) -> float | None:
        """What is held against a target of this figure."""
        return self.against(target.other) if target.other else self.values.get(OURS)

    def as_json(self) -> dict:
        targets = []
        for target in self.targets:
            value = self.held(target)
            targets.append({"text": target.text(), "limit": target.limit,
                            "other": target.other, "is_floor": target.is_floor,
                            "value": value,
                            "is_met": None if value is None else target.is_met(value)})
        return {"name": self.name, "unit": self.unit, "is_more_better": self.is_more_better,
                "values": self.values, "targets": targets, "rounds": self.rounds}

    def verdicts(self) -> list[str]:
        found = []
        for target in self.targets:
            value = self.held(target)
            word = ("not measured" if value is None else
                    f"{show(value)} {'ok' if target.is_met(value) else 'OVER'}")
            found.append(f"{target.text()}: {word}")
        return found


@dataclass
class Work:
    """Something that all clients of a table do."""

    name: str
    text: str
    figures: list[Figure] = field(default_factory=list)

    def add(self, figure: Figure) -> Figure:
        self.figures.append(figure)
        return figure

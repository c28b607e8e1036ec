"""Parameters by how a step changes them: by whose rule, at which rate, for the how manieth time."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ..optimizers import Optimizer

if TYPE_CHECKING:
    from ..network import NeuralNetwork

__all__ = ["Lot", "lots_of"]


class Lot(NamedTuple):
    """Parameters that take the same numbers in each step."""

    optimizer: Optimizer
    """That of the network, or of a layer: its schedule, its count and what it remembers."""
    rule: Optimizer
    """The same, or its variant for a group."""
    names: tuple[str, ...]

    def numbers(self) -> dict[str, float]:
        """The numbers of the next step, in which the schedule has set the rate already."""
        self.rule._follow(self.optimizer)
        return self.rule.numbers(self.steps() + 1)

    def steps(self) -> int:
        """How many steps its parameters have made."""
        optimizer = self.optimizer
        if "steps" not in (optimizer.remembers or ()):
            return optimizer.updates
        return int(optimizer.state.get(self.names[0], {}).get("steps", 0))


def lots_of(network: NeuralNetwork) -> list[Lot]:
    """Return the lots of what a network learns, in the order of its parameters."""
    found: dict[tuple[Optimizer, Optimizer, int], list[str]] = {}
    for optimizer, own in network.by_optimizer().items():
        for name, node in own.items():
            if node.requires_grad:
                rule = optimizer.variant_for(name, node)
                count = Lot(optimizer, rule, (name,)).steps()
                found.setdefault((optimizer, rule, count), []).append(name)
    lots = [Lot(optimizer, rule, tuple(names)) for (optimizer, rule, _), names in found.items()]
    place = {name: number for number, name in enumerate(network.parameters())}
    return sorted(lots, key=lambda lot: place[lot.names[0]])

"""What an ONNX file of ours says beside its nodes, so that it gives back the whole network."""

from __future__ import annotations

import hashlib
from typing import Any

__all__ = ["DESCRIPTION", "FORMAT", "structure"]

DESCRIPTION = "autograd-core network"
"""The key of the entry in the model's metadata_props; a text in JSON."""

FORMAT = 1
"""Of that text."""


def structure(graph: Any, parameters: frozenset[str]) -> str:
    """Return a checksum over the nodes of a graph and all its constants but the parameters.

    Whoever changes the nodes of a file of ours makes another network of it, of which our
    description says nothing; the parameters may have been trained further.
    """
    digest = hashlib.sha256()
    for node in graph.node:
        digest.update(repr((node.op_type, list(node.input), list(node.output))).encode())
        for attribute in sorted(node.attribute, key=lambda each: each.name):
            digest.update(attribute.SerializeToString(deterministic=True))
    for tensor in sorted(graph.initializer, key=lambda each: each.name):
        digest.update(repr((tensor.name, tensor.data_type, list(tensor.dims))).encode())
        if tensor.name not in parameters:
            digest.update(tensor.raw_data)
    digest.update(repr([each.name for each in (*graph.input, *graph.output)]).encode())
    return digest.hexdigest()

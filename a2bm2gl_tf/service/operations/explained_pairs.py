"""The outputs of the signatures `explain` and `explain_fold_in` as JSON."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from a2bm2gl_tf.service.operations.ids import plain_value


def explained_pairs(outputs: Mapping[str, np.ndarray]) -> list[dict[str, Any]]:
    """What becomes the JSON of each pair.

    Args:
      outputs: of a signature for n pairs; see `serving.module.ServingModule`.

    Returns:
      n dictionaries: "known", "score", "contributions" ([{"part", "value"}], which sum to it),
      "graphs" ([{"graph", "neighbours": [{"kind", "id", "title", "weight"}]}], ids as texts) and
      "own_items" ([{"item_id", "title", "similarity"}]), empty places left out. An unknown pair has
      score 0 and empty lists.
    """
    parts = [plain_value(name) for name in outputs["part_names"].tolist()]
    graphs = [plain_value(name) for name in outputs["graph_names"].tolist()]
    pairs = []
    for place, known in enumerate(outputs["known"].tolist()):
        pair = {"known": known, "score": 0.0, "contributions": [], "graphs": [], "own_items": []}
        if known:
            values = outputs["contributions"][place].tolist()
            pair |= {
                "score": outputs["scores"][place].item(),
                "contributions": [
                    {"part": part, "value": value}
                    for part, value in zip(parts, values, strict=True)
                ],
                "graphs": [
                    {"graph": graph, "neighbours": _neighbours(outputs, place, number)}
                    for number, graph in enumerate(graphs)
                ],
                "own_items": _own_items(outputs, place),
            }
        pairs.append(pair)
    return pairs


def _neighbours(outputs: Mapping[str, np.ndarray], place: int, graph: int) -> list[dict[str, Any]]:
    names = ("kinds", "ids", "titles", "weights")
    columns = [outputs[f"neighbour_{name}"][place, graph].tolist() for name in names]
    return [
        {
            "kind": plain_value(kind),
            "id": plain_value(original),
            "title": plain_value(title),
            "weight": weight,
        }
        for kind, original, title, weight in zip(*columns, strict=True)
        if kind
    ]


def _own_items(outputs: Mapping[str, np.ndarray], place: int) -> list[dict[str, Any]]:
    names = ("own_item_ids", "own_titles", "own_similarities")
    columns = [outputs[name][place].tolist() for name in names]
    return [
        {"item_id": plain_value(item), "title": plain_value(title), "similarity": similarity}
        for item, title, similarity in zip(*columns, strict=True)
        if similarity != -np.inf
    ]

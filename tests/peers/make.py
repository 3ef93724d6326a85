"""Makes the .npz files beside it: what other implementations give for weights that are stored too.

    pip install torch torch_geometric==2.8.1 deepctr-torch==0.3.0 recbole==1.2.1 tabulate
    python tests/peers/make.py

Tests compare this project's layers and models with them, and need none of these packages.
"""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import torch
from deepctr_torch.layers.interaction import FM
from recbole.model.general_recommender.neumf import NeuMF
from torch_geometric.nn import HANConv

HERE = Path(__file__).parent


def _normal(rng: np.random.Generator, *shape: int) -> np.ndarray:
    return (0.5 * rng.normal(size=shape)).astype(np.float32)


def factorisation_machine() -> dict[str, np.ndarray]:
    """Scores of all pairs of 4 users and 5 items with 3 content features, by DeepCTR-Torch's FM."""
    rng = np.random.default_rng(0)
    features = rng.normal(size=(5, 3))
    features = (features / np.linalg.norm(features, axis=1, keepdims=True)).astype(np.float32)
    factors, weights = _normal(rng, 4 + 5 + 3, 6), _normal(rng, 4 + 5 + 3)
    bias = _normal(rng, 1)[0]
    scores = np.zeros((4, 5), np.float32)
    second_order = FM()
    for user in range(4):
        for item in range(5):
            rows = np.array([user, 4 + item, 9, 10, 11])
            values = np.concatenate([[1, 1], features[item]]).astype(np.float32)
            fields = torch.tensor(values[:, None] * factors[rows])[None]
            linear = bias + values @ weights[rows]
            scores[user, item] = linear + second_order(fields).item()
    return {
        "features": features,
        "factors": factors,
        "weights": weights,
        "bias": bias,
        "scores": scores,
    }


def neural_mf() -> dict[str, np.ndarray]:
    """Logits of RecBole's NeuMF for 6 pairs, and the gradients of all its weights."""
    config = {
        "USER_ID_FIELD": "user",
        "ITEM_ID_FIELD": "item",
        "NEG_PREFIX": "neg_",
        "LABEL_FIELD": "label",
        "device": "cpu",
        "mf_embedding_size": 5,
        "mlp_embedding_size": 5,
        "mlp_hidden_size": [8, 6],
        "dropout_prob": 0.0,
        "mf_train": True,
        "mlp_train": True,
        "use_pretrain": False,
        "mf_pretrain_path": None,
        "mlp_pretrain_path": None,
    }
    counts = {"user": 7, "item": 9}
    torch.manual_seed(0)
    model = NeuMF(config, SimpleNamespace(num=counts.get, field2source={}))
    for parameter in model.parameters():
        parameter.data = 0.5 * torch.randn_like(parameter)
    users, items = torch.tensor([0, 6, 3, 3, 1, 0]), torch.tensor([8, 0, 4, 5, 4, 8])
    logits = model(users, items)
    upstream = torch.randn(len(users))
    (logits * upstream).sum().backward()
    named = dict(model.named_parameters())
    gradients = {f"gradient/{name}": p.grad.numpy() for name, p in named.items()}
    return {
        "users": users.numpy(),
        "items": items.numpy(),
        "logits": logits.detach().numpy(),
        "upstream": upstream.numpy(),
        **{name: parameter.detach().numpy() for name, parameter in named.items()},
        **gradients,
    }


def han() -> dict[str, np.ndarray]:
    """PyG's HANConv on one type of nodes with two meta-paths, and all its gradients."""
    torch.manual_seed(1)
    rng = np.random.default_rng(1)
    # Node 4 has no neighbour but itself on the first path; lists hold the node itself.
    lists = np.full((2, 6, 4), -1)
    for path in range(2):
        for node in range(6):
            others = [n for n in rng.permutation(6)[: rng.integers(1, 4)] if n != node]
            row = [node, *([] if (path, node) == (0, 4) else others)]
            lists[path, node, : len(row)] = row
    paths = [("node", f"path_{p}", "node") for p in range(2)]
    layer = HANConv(8, 8, (["node"], paths), heads=2, negative_slope=0.2, dropout=0.0)
    for parameter in layer.parameters():
        parameter.data = 0.5 * torch.randn_like(parameter)
    layer.proj["node"].weight.data = torch.eye(8)
    layer.proj["node"].bias.data = torch.zeros(8)
    edges = {}
    for path, rows in zip(paths, lists, strict=True):
        pairs = [(j, i) for i, row in enumerate(rows) for j in row if j >= 0]
        edges[path] = torch.tensor(pairs).T
    inputs = torch.randn(6, 8, requires_grad=True)
    outputs, beta = layer({"node": inputs}, edges, return_semantic_attention_weights=True)
    upstream = torch.randn(6, 8)
    (outputs["node"] * upstream).sum().backward()
    # An edge's source is the neighbour, its destination the node that attends.
    keys = ["__".join(path) for path in paths]
    weights = {
        "a_left": torch.stack([layer.lin_dst[key][0] for key in keys]),
        "a_right": torch.stack([layer.lin_src[key][0] for key in keys]),
        "kernel": layer.k_lin.weight.T,
        "bias": layer.k_lin.bias,
        "query": layer.q[0],
    }
    gradients = {
        "a_left": torch.stack([layer.lin_dst[key].grad[0] for key in keys]),
        "a_right": torch.stack([layer.lin_src[key].grad[0] for key in keys]),
        "kernel": layer.k_lin.weight.grad.T,
        "bias": layer.k_lin.bias.grad,
        "query": layer.q.grad[0],
        "inputs": inputs.grad,
    }
    return {
        "lists": lists,
        "inputs": inputs.detach().numpy(),
        "upstream": upstream.numpy(),
        "outputs": outputs["node"].detach().numpy(),
        "beta": beta["node"].detach().numpy(),
        **{name: value.detach().numpy() for name, value in weights.items()},
        **{f"gradient/{name}": value.numpy() for name, value in gradients.items()},
    }


def main() -> None:
    """Writes all files."""
    for make in (factorisation_machine, neural_mf, han):
        np.savez_compressed(HERE / f"{make.__name__}.npz", **make())


if __name__ == "__main__":
    main()

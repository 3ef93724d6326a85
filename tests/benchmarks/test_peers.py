"""The peers compute what they are named after."""

import dataclasses
import sys

import numpy as np
import pytest
import scipy.sparse as sp
import tensorflow as tf

from a2bm2gl_tf.benchmarks.peers.bpr_sampling import TripleSampler
from a2bm2gl_tf.benchmarks.peers.ease import Ease
from a2bm2gl_tf.benchmarks.peers.naive_tensorflow import NaiveTensorFlow
from a2bm2gl_tf.benchmarks.registry import METHODS, build_peer
from a2bm2gl_tf.benchmarks.task import NotMeasured, Task, recall_of_lists


def _matrix(dense):
    return sp.csr_matrix(np.asarray(dense, np.float32))


def _dense_lightgcn(train):
    """D^-1/2 B D^-1/2, dense float64, from its definition."""
    dense = train.toarray().astype(np.float64)
    nodes = sum(dense.shape)
    adjacency = np.zeros((nodes, nodes))
    adjacency[: dense.shape[0], dense.shape[0] :] = dense
    adjacency += adjacency.T
    degrees = adjacency.sum(axis=1)
    scale = np.where(degrees > 0, 1 / np.sqrt(np.maximum(degrees, 1)), 0)
    return scale[:, None] * adjacency * scale[None, :]


def test_ease_by_hand():
    # X^T X = [[2, 1], [1, 1]], lambda = 1: P = [[3, 1], [1, 2]]^-1 = [[2, -1], [-1, 3]] / 5.
    # B_ij = -P_ij / P_jj off the diagonal: B_01 = 1/3, B_10 = 1/2.
    task = Task(_matrix([[1, 1], [1, 0]]), _matrix([[0, 0], [0, 1]]))
    ease = Ease(task, regularisation=1.0)
    list(ease.epoch())
    np.testing.assert_allclose(ease.weights, [[0, 1 / 3], [1 / 2, 0]], atol=1e-6)
    assert ease.recall(1) == 1.0  # user 1's only unseen item is the wanted one


def test_ease_that_does_not_fit_says_so(small_task):
    with pytest.raises(NotMeasured, match=r"V x V takes .* over --memory_gib"):
        Ease(dataclasses.replace(small_task, memory_bytes=1000))


def test_recall_of_lists_by_hand():
    test = _matrix([[1, 1, 0, 0], [0, 0, 0, 0], [0, 0, 0, 1]])
    lists = np.array([[1, 2, -1], [3, 0, 1]])
    assert recall_of_lists(lists, np.array([0, 2]), test) == pytest.approx((1 / 2 + 1) / 2)
    assert recall_of_lists(np.array([[2, -1]]), np.array([0]), test) == 0


def test_triples_are_positives_and_true_negatives(small_task):
    sampler = TripleSampler(small_task.train, seed=3)
    known = small_task.train.toarray() > 0
    users, positives, negatives = sampler.epoch()
    assert users.size == small_task.train.nnz
    assert known[users, positives].all()
    assert not known[users, negatives].any()
    assert 0 in users  # one negative left is enough
    assert 1 not in users  # no positive, no triple
    again = TripleSampler(small_task.train, seed=3).epoch()
    np.testing.assert_array_equal(again[2], negatives)
    assert (sampler.epoch()[0] != users).any()


def test_triples_leave_out_who_has_met_everything():
    users, _, negatives = TripleSampler(_matrix([[1, 1, 1], [0, 1, 0]]), seed=0).epoch()
    assert set(users) == {1}
    assert set(negatives) <= {0, 2}


@pytest.fixture
def torch_peer(small_task):
    pytest.importorskip("torch")
    return build_peer("lightgcn_torch", small_task)


def test_torch_lightgcn_propagates_the_normalised_graph(torch_peer, small_task):
    initial = np.concatenate(
        [
            torch_peer.user_embeddings.detach().numpy(),
            torch_peer.item_embeddings.detach().numpy(),
        ]
    ).astype(np.float64)
    graph = _dense_lightgcn(small_task.train)
    expected = (initial + graph @ initial + graph @ graph @ initial) / 3
    got = np.concatenate([part.detach().numpy() for part in torch_peer.propagate()])
    np.testing.assert_allclose(got, expected, atol=1e-6)


def test_torch_lightgcn_loss_is_bpr_with_its_penalty(torch_peer, small_task):
    torch = pytest.importorskip("torch")
    users, positives, negatives = (np.array(part) for part in ([2, 3, 2], [1, 4, 5], [0, 2, 9]))
    loss = torch_peer.loss(*(torch.from_numpy(part) for part in (users, positives, negatives)))
    all_users, all_items = (part.detach().numpy() for part in torch_peer.propagate())
    difference = (all_users[users] * (all_items[positives] - all_items[negatives])).sum(axis=1)
    initial = [
        torch_peer.user_embeddings.detach().numpy()[users],
        torch_peer.item_embeddings.detach().numpy()[positives],
        torch_peer.item_embeddings.detach().numpy()[negatives],
    ]
    squares = sum(np.square(rows).sum() for rows in initial)
    expected = np.log1p(np.exp(-difference)).mean() + 1e-4 * squares / 2 / 3
    assert loss.item() == pytest.approx(expected, rel=1e-5)


def test_torch_lightgcn_ranks_as_the_project_does(torch_peer, small_task):
    users, items = (part.detach().numpy() for part in torch_peer.propagate())
    product = np.where(small_task.train.toarray() > 0, -np.inf, users @ items.T)
    test_users = np.flatnonzero(small_task.test.getnnz(axis=1))
    lists = np.argsort(-product[test_users], axis=1)[:, :5]
    expected = recall_of_lists(lists, test_users, small_task.test)
    assert torch_peer.recall(5) == pytest.approx(expected)
    once = build_peer("lightgcn_torch_once", small_task)
    assert once.recall(5) == pytest.approx(expected)


def test_naive_tensorflow_propagates_and_attends_through_dense_m(small_task):
    peer = NaiveTensorFlow(dataclasses.replace(small_task, memory_bytes=0))
    assert "without M" in peer.note
    initial = tf.convert_to_tensor(peer._embeddings).numpy().astype(np.float64)
    train = small_task.train.toarray().astype(np.float64)
    adjacency = np.block([[np.zeros((40, 40)), train], [train.T, np.zeros((30, 30))]])
    loops = adjacency + np.eye(70)
    scale = 1 / np.sqrt(loops.sum(axis=1))
    graph = scale[:, None] * loops * scale[None, :]
    last = graph @ graph @ initial
    mean = (initial + graph @ initial + last) / 3
    np.testing.assert_allclose(np.concatenate(peer.propagate()), mean, atol=1e-5)

    dense = NaiveTensorFlow(small_task)
    assert "with dense M" in dense.note
    degrees = np.maximum(adjacency.sum(axis=1, keepdims=True), 1)
    reach = adjacency / degrees + (adjacency / degrees) @ (adjacency / degrees)
    reach[1, 1] = 1  # user 1 has no edge
    weights = np.where(reach > 0, reach * np.exp(last @ last.T), 0)
    attended = weights / weights.sum(axis=1, keepdims=True) @ last
    np.testing.assert_allclose(np.concatenate(dense.propagate()), mean + attended, atol=1e-4)


@pytest.fixture(scope="module")
def clustered_task():
    """Two groups that keep to their own items; each user's two held-out items are of its group."""
    rng = np.random.default_rng(1)
    kind = np.zeros((40, 30))
    for user in range(40):
        own = rng.permutation(15) + 15 * (user % 2)
        kind[user, own[:8]], kind[user, own[8:10]] = 1, 2
    return Task(_matrix(kind == 1), _matrix(kind == 2), dimension=8, cores=1, batch_users=8)


@pytest.mark.parametrize("name", METHODS)
def test_every_method_learns_in_full_epochs(name, clustered_task):
    try:
        peer = build_peer(name, clustered_task)
    except NotMeasured as reason:
        pytest.skip(str(reason))
    # A sampled triple an interaction moves little: such methods need hundreds of passes here.
    for _ in range(300 if peer.steps_per_epoch < 2 and name != "ease" else 40):
        steps = sum(1 for _ in peer.epoch())
        assert steps == (peer.steps_per_epoch or 1)
    # Of 22 unseen items 7 are of the user's group: chance is 7 / 22, the group alone gives 1.
    assert peer.recall(7) > 0.7


@pytest.mark.parametrize(
    ("name", "package", "module"),
    [
        ("lightgcn_torch", "torch", "torch"),
        ("implicit_als", "implicit", "implicit.cpu.als"),
        ("implicit_bpr", "implicit", "implicit.cpu.als"),
    ],
)
def test_a_missing_package_is_an_answer(name, package, module, small_task, monkeypatch):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(NotMeasured, match=f"pip install {package}"):
        build_peer(name, small_task)

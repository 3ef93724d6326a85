import numpy as np

from a2bm2gl_tf.losses.config import LossConfig
from a2bm2gl_tf.losses.registry import build_loss
from a2bm2gl_tf.models.config import ModelConfig
from a2bm2gl_tf.models.registry import build_model
from a2bm2gl_tf.training import diagnostics
from a2bm2gl_tf.training.batches import UserBatches
from a2bm2gl_tf.training.diagnostics import diagnose


def _histograms(dataset):
    model = build_model("lightgcn", dataset, ModelConfig(dimension=4))
    degrees = np.asarray(dataset.train.sum(axis=0)).ravel()
    loss = build_loss(LossConfig(name="bpr"), 4, degrees, dataset.num_users)
    batches = UserBatches(dataset.train, 0, seed=0)
    sample = np.arange(0, dataset.num_users, 3)
    users, items = model.embeddings()
    scores = (users.numpy() @ items.numpy().T)[sample]
    positive = dataset.train[sample].toarray() > 0
    return diagnose(model, loss, batches, sample).histograms, scores, positive


def test_scores_of_interacted_and_other_items(small_dataset):
    found, scores, positive = _histograms(small_dataset)
    np.testing.assert_allclose(found["scores/positive"], scores[positive], atol=1e-6)
    np.testing.assert_allclose(found["scores/negative"], scores[~positive], atol=1e-6)


def test_many_scores_are_thinned_evenly(small_dataset, monkeypatch):
    monkeypatch.setattr(diagnostics, "_MOST_VALUES", 100)
    found, scores, positive = _histograms(small_dataset)
    every = -(-np.count_nonzero(~positive) // 100)
    assert 50 < len(found["scores/negative"]) <= 100
    np.testing.assert_allclose(found["scores/negative"], scores[~positive][::every], atol=1e-6)


def test_padding_of_compiled_batches_is_no_user(small_dataset):
    model = build_model("lightgcn", small_dataset, ModelConfig(dimension=4))
    degrees = np.asarray(small_dataset.train.sum(axis=0)).ravel()
    loss = build_loss(LossConfig(name="adaptive"), 4, degrees, small_dataset.num_users)
    sample = np.arange(1, small_dataset.num_users, 3)
    plain, padded = (
        diagnose(model, loss, UserBatches(small_dataset.train, 0, 0, bucket=bucket), sample)
        for bucket in (False, True)
    )
    assert len(plain.histograms["boundaries/upper"]) == len(sample)
    for name, values in plain.histograms.items():
        np.testing.assert_allclose(padded.histograms[name], values, atol=1e-6)

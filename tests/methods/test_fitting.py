"""What a fit says of a model that has nothing to train."""

import contextlib
import gc
import weakref

import numpy as np
import pytest
import scipy.sparse as sp
import tensorflow as tf

from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.evaluation.config import EvaluationConfig
from a2bm2gl_tf.evaluation.evaluate import evaluate
from a2bm2gl_tf.methods.fitting import fit, refit
from a2bm2gl_tf.methods.registry import METHODS
from a2bm2gl_tf.training.registered_gradients import registry


@pytest.mark.parametrize("monitor", ["recall@10", "auc"])
def test_a_closed_form_is_validated_too(small_dataset, tmp_path, monitor):
    settings = METHODS["ease"].fit_settings(monitor=monitor)
    config = EvaluationConfig(top_k=(10,))
    model, progress = fit(settings, small_dataset, config, tmp_path, None, small_dataset.validation)
    expected = evaluate(model.scorer(), small_dataset.validation, small_dataset.train, [10])
    assert progress.stopped == "nothing to train"
    assert progress.best_value == expected.means[monitor] > 0


def test_without_validation_data_it_is_fitted_all_the_same(small_dataset, tmp_path):
    settings, config = METHODS["ease"].fit_settings(), EvaluationConfig(top_k=(10,))
    nothing = sp.csr_matrix(small_dataset.train.shape, dtype=np.float32)
    for validation in (None, nothing):
        progress = fit(settings, small_dataset, config, tmp_path, None, validation).progress
        assert progress.best_value == 0


def test_a_refit_whose_test_recommends_what_it_learned_is_refused(small_dataset, tmp_path):
    settings, config = METHODS["ease"].fit_settings(), EvaluationConfig(mask_validation=False)
    with pytest.raises(UserError, match="--refit learns from the validation items"):
        refit(settings, small_dataset, config, tmp_path, 0)
    assert refit(settings, small_dataset, EvaluationConfig(), tmp_path, 0).progress.step == 0


@pytest.mark.parametrize("fails", [False, True])
def test_a_fit_leaves_nothing_registered(small_dataset, tmp_path, fails):
    rate = {"learning_rate": 1e30} if fails else {}
    settings = METHODS["a2bm2gl"].fit_settings(epochs=2, evaluate_every=1, dimension=4, **rate)
    before, graphs = set(registry()), []

    def keep(model, objective):
        """Only the registry would keep the graphs of the steps."""
        inner = model.call

        def call(*arguments, **named):
            if not tf.executing_eagerly():
                graphs.append(weakref.ref(tf.compat.v1.get_default_graph()))
            return inner(*arguments, **named)

        model.call = call

    with pytest.raises(UserError) if fails else contextlib.nullcontext():
        fit(
            settings,
            small_dataset,
            EvaluationConfig(),
            tmp_path,
            validation=small_dataset.validation,
            before_training=keep,
        )
    assert set(registry()) == before
    gc.collect()
    assert graphs
    if not fails:  # A traceback keeps what it passed through.
        assert [graph() for graph in graphs] == [None] * len(graphs)
    # The next is as good as the first.
    settings = METHODS["a2bm2gl"].fit_settings(epochs=1, evaluate_every=1, dimension=4)
    fit(settings, small_dataset, EvaluationConfig(), tmp_path / "next")

"""What a fit says of a model that has nothing to train."""

import numpy as np
import pytest
import scipy.sparse as sp

from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.evaluation.config import EvaluationConfig
from a2bm2gl_tf.evaluation.evaluate import evaluate
from a2bm2gl_tf.methods.fitting import fit, refit
from a2bm2gl_tf.methods.registry import METHODS


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

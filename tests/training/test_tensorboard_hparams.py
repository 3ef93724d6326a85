"""Several runs under one logdir, as TensorBoard's own HPARAMS backend reads them."""

import pytest
from tensorboard.backend.event_processing import data_provider, plugin_event_multiplexer
from tensorboard.context import RequestContext
from tensorboard.plugins import base_plugin
from tensorboard.plugins.hparams import api_pb2, backend_context, get_experiment
from tensorboard.plugins.hparams.list_session_groups import Handler

from a2bm2gl_tf.training.tensorboard_hparams import (
    NUMBER,
    TEXT,
    TRUTH,
    begin_trial,
    end_trial,
)

_TYPES = {"model": TEXT, "rate": NUMBER, "refit": TRUTH, "beam": NUMBER}
_METRICS = ["test/ndcg@10", "validation/ndcg@10"]


@pytest.fixture
def context(tmp_path):
    """A backend that has read two finished runs and one that goes on."""
    for name, settings, result in (
        ("a", {"model": "ease", "rate": 0.5, "refit": True, "beam": None}, 0.25),
        ("b", {"model": "bm3", "rate": 2, "refit": False, "beam": 200}, 0.5),
        ("c", {"model": "bm3", "rate": 2, "refit": False, "beam": 200}, None),
    ):
        board = tmp_path / name / "tensorboard"
        begin_trial(board, settings, _TYPES, _METRICS, f"trial-{name}", first=("rate",))
        if result is not None:
            end_trial(board, {"ndcg@10": result}, step=7)
    multiplexer = plugin_event_multiplexer.EventMultiplexer()
    multiplexer.AddRunsFromDirectory(str(tmp_path))
    multiplexer.Reload()
    provider = data_provider.MultiplexerDataProvider(multiplexer, str(tmp_path))
    return backend_context.Context(base_plugin.TBContext(data_provider=provider))


def _experiment(context):
    request = api_pb2.GetExperimentRequest(include_metrics=True)
    handler = get_experiment.Handler(RequestContext(), context, "e", request)
    return handler.run()


def test_one_experiment_has_the_columns_of_all_runs_with_their_types(context):
    experiment = _experiment(context)
    assert {info.name: info.type for info in experiment.hparam_infos} == _TYPES
    assert experiment.hparam_infos[0].name == "rate"
    assert [info.name.tag for info in experiment.metric_infos] == _METRICS


def test_each_run_is_a_trial_with_typed_settings_and_its_metrics(context):
    request = api_pb2.ListSessionGroupsRequest(start_index=0, slice_size=10)
    request.allowed_statuses.extend(
        [api_pb2.STATUS_UNKNOWN, api_pb2.STATUS_SUCCESS, api_pb2.STATUS_RUNNING]
    )
    for name in _TYPES:
        request.col_params.add(hparam=name, include_in_result=True)
    for tag in _METRICS:
        request.col_params.add(metric=api_pb2.MetricName(tag=tag), include_in_result=True)
    response = Handler(RequestContext(), context, "e", request).run()
    found = {group.name: group for group in response.session_groups}
    assert found.keys() == {"trial-a", "trial-b", "trial-c"}
    one = found["trial-a"]
    assert one.hparams["model"].string_value == "ease"
    assert one.hparams["rate"].number_value == 0.5
    assert one.hparams["refit"].bool_value is True
    assert "beam" not in one.hparams
    (value,) = one.metric_values
    assert (value.name.tag, value.value, value.training_step) == ("test/ndcg@10", 0.25, 7)
    assert found["trial-b"].hparams["beam"].number_value == 200.0
    assert found["trial-b"].metric_values[0].value == 0.5
    assert not found["trial-c"].metric_values
    assert found["trial-a"].sessions[0].status == api_pb2.STATUS_SUCCESS

import json

from a2bm2gl_tf.training.run_log import RunLog, median_epoch_seconds


def test_the_median_epoch_leaves_validations_out(tmp_path):
    log = RunLog(tmp_path, 0)
    for epoch, seconds in enumerate([9.0, 1.0, 2.0]):
        log.record("train", epoch, epoch, {"loss": 0.0, "epoch_seconds": seconds})
        log.record("validation", epoch, epoch, {"ndcg@10": 0.5})
    log.close()
    assert median_epoch_seconds(tmp_path) == 2.0
    assert len(list(map(json.loads, (tmp_path / "metrics.jsonl").open()))) == 6


def test_no_epochs_no_median(tmp_path):
    assert median_epoch_seconds(tmp_path) is None

import json

import pytest

from a2bm2gl_tf.training import run_log
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


def _log(path, *lines):
    path.write_bytes(b"".join(line if isinstance(line, bytes) else line.encode() for line in lines))


def test_half_a_last_line_and_what_will_be_written_again_are_dropped(tmp_path, monkeypatch):
    path, said = tmp_path / "metrics.jsonl", []
    monkeypatch.setattr(run_log._LOGGER, "warning", lambda text, *of: said.append(text % of))
    lines = [json.dumps({"kind": "train", "step": step}) + "\n" for step in (3, 6, 9)]
    _log(path, *lines, '{"kind": "tra')
    RunLog(tmp_path, 6).close()
    assert path.read_text() == "".join(lines[:2])
    assert said == []


@pytest.mark.parametrize("damage", [b"\x00\xff", b"12", b"[]", b'{"kind": "train"', b"{}", b""])
def test_a_damaged_line_is_named_and_the_others_are_kept(tmp_path, monkeypatch, damage):
    path, said = tmp_path / "metrics.jsonl", []
    monkeypatch.setattr(run_log._LOGGER, "warning", lambda text, *of: said.append(text % of))
    lines = [json.dumps({"kind": "train", "step": step}) + "\n" for step in (3, 9)]
    _log(path, lines[0], damage + b"\n", lines[1])
    RunLog(tmp_path, 9).close()
    assert path.read_text() == "".join(lines)
    assert said == [f"{path}, line 2: damaged, no record; it is left out"]


def test_a_full_disk_takes_no_half_of_a_line(tmp_path, monkeypatch):
    log = RunLog(tmp_path, 0)
    log.record("train", 3, 1, {"loss": 1.0})
    before = (tmp_path / "metrics.jsonl").read_bytes()

    def half(file, content):
        file.write(content[:9])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(run_log, "_write_all", half)
    with pytest.raises(OSError, match="No space"):
        log.record("train", 6, 2, {"loss": 0.5})
    assert (tmp_path / "metrics.jsonl").read_bytes() == before
    log.close()

"""train.py --warm_start on a user's tables that have grown."""

import json
import shutil

import numpy as np
import pytest
import tensorflow as tf

from a2bm2gl_tf.commands.run_config import read_config
from a2bm2gl_tf.commands.runs import load_run
from a2bm2gl_tf.training.trained_on import FILE_NAME
from a2bm2gl_tf.training.trainer import Trainer

FLAGS = (
    "--dataset=prepared",
    "--model=lightgcn",
    "--dimension=6",
    "--epochs=6",
    "--evaluate_every=2",
    "--patience=0",
    "--batch_users=16",
    "--dropout=0.2",
    "--top_k=5",
    "--monitor=ndcg@5",
)


def _records(users, items, seed):
    rng = np.random.default_rng(seed)
    return [(f"u{u}", f"v{v}", t) for u in users for t, v in enumerate(rng.permutation(items)[:9])]


@pytest.fixture
def train(in_process, tmp_path):
    def run(output, data, *flags, model_flags=FLAGS):
        return in_process(
            "train",
            *model_flags,
            f"--data_dir={tmp_path / data}",
            f"--output_dir={tmp_path / output}",
            *flags,
            cwd=tmp_path,
        )

    return run


@pytest.fixture(scope="module")
def once(tmp_path_factory):
    """A folder that the first test of the file fills."""
    return tmp_path_factory.mktemp("once")


@pytest.fixture
def data(in_process, once, tmp_path):
    """`old` has users 0 to 29; `grown` users 5 to 39, more items and other rows."""
    old = _records(range(30), range(20), 0)
    grown = _records(range(30, 40), range(14, 26), 1) + [r for r in old if int(r[0][1:]) > 4]
    for name, records in (("old", old), ("grown", grown)):
        if not (once / name).exists():
            lines = "".join(f"{user},{item},{time}\n" for user, item, time in records)
            (once / f"{name}.csv").write_text("user,item,time\n" + lines)
            flags = (f"--input={name}.csv", "--split=time_ratio", f"--output_dir={name}")
            status, _, error = in_process("prepare", *flags, cwd=once)
            assert status == 0, error
        shutil.copytree(once / name, tmp_path / name)


@pytest.fixture
def source(train, data, once, tmp_path):
    """A finished run on `old`."""
    if not (once / "first").exists():
        status, _, error = train("first", "old")
        assert status == 0, error
        shutil.copytree(tmp_path / "first", once / "first")
        (once / "lay_in").write_text(str(tmp_path))
    else:
        shutil.copytree(once / "first", tmp_path / "first")
        config = tmp_path / "first" / "config.json"
        moved = config.read_text().replace((once / "lay_in").read_text(), str(tmp_path))
        config.write_text(moved)
    return tmp_path / "first"


def _result(directory):
    result = json.loads((directory / "result.json").read_text())
    for measured in ("seconds", "seconds_per_epoch", "peak_memory_bytes"):
        del result[measured]
    return result


def _table(directory):
    model = load_run(directory).model
    return model.node_embeddings.table.numpy()


def _best(directory):
    path = tf.train.latest_checkpoint(directory / "checkpoints" / "best")
    return tf.train.load_checkpoint(path).get_tensor("model/0/.ATTRIBUTES/VARIABLE_VALUE")


def test_a_run_starts_from_the_best_weights_of_another(train, source, tmp_path, monkeypatch):
    started = {}

    def fit(trainer):
        started["table"] = trainer._model.node_embeddings.table.numpy()
        raise KeyboardInterrupt

    monkeypatch.setattr(Trainer, "fit", fit)
    train("second", "grown", f"--warm_start={source}")
    of_source, old = _best(source), load_run(source).dataset
    users = {user: row for row, user in enumerate(old.user_ids)}
    items = {item: len(users) + row for row, item in enumerate(old.item_ids)}
    new = np.load(tmp_path / "grown" / "user_ids.npy"), np.load(tmp_path / "grown" / "item_ids.npy")
    before = [users.get(u, -1) for u in new[0]] + [items.get(v, -1) for v in new[1]]
    assert sum(row < 0 for row in before) == 10 + 6
    for now, row in zip(started["table"], before, strict=True):
        assert row < 0 or np.array_equal(now, of_source[row])
    monkeypatch.undo()
    status, output, error = train("second", "grown", f"--warm_start={source}")
    assert status == 0, error
    assert "started from" in output
    record = _result(tmp_path / "second")["warm_start"]
    assert record["users"] == {"known": 25, "new": 10, "gone": 5}
    assert record["items"] == {"known": 20, "new": 6, "gone": 0}
    # The latest of each user are held out in both, and no user has met more since.
    assert record["held_out"] == {"validation": 0, "test": 0}
    config = read_config(tmp_path / "second")
    assert str(config.warm_start.path) == str(source.resolve())
    assert config.warm_start.digest == record["digest"]


@pytest.mark.slow
@pytest.mark.parametrize("calls", [0, 1, 3, 5])
def test_stopped_and_resumed_without_the_other_run_it_equals_the_uninterrupted_one(
    train, source, tmp_path, monkeypatch, calls
):
    flags = ("--refit", f"--warm_start={source}")
    status, _, error = train("whole", "grown", *flags)
    assert status == 0, error
    inner, done = Trainer._end_epoch, []

    def killed(trainer, *arguments):
        if len(done) == calls:
            raise RuntimeError("power cut")
        done.append(inner(trainer, *arguments))
        return done[-1]

    monkeypatch.setattr(Trainer, "_end_epoch", killed)
    with pytest.raises(RuntimeError, match="power cut"):
        train("stopped", "grown", *flags)
    monkeypatch.undo()
    shutil.rmtree(source)
    status, _, error = train("stopped", "grown", *flags)
    assert status == 0, error
    assert _result(tmp_path / "stopped") == _result(tmp_path / "whole")
    np.testing.assert_array_equal(_table(tmp_path / "stopped"), _table(tmp_path / "whole"))
    status, output, _ = train("stopped", "grown", *flags)
    assert status == 0
    assert "finished already" in output


@pytest.mark.slow
def test_the_refit_starts_from_the_same_weights(train, source, tmp_path, monkeypatch):
    tables, inner = [], Trainer.fit

    def fit(trainer):
        tables.append(trainer._model.node_embeddings.table.numpy())
        return inner(trainer)

    monkeypatch.setattr(Trainer, "fit", fit)
    assert train("second", "grown", "--refit", f"--warm_start={source}")[0] == 0
    np.testing.assert_array_equal(tables[0], tables[1])


@pytest.mark.slow
def test_after_a_refit_its_weights_are_taken_and_what_it_has_seen_is_counted(
    train, data, tmp_path, monkeypatch
):
    assert train("first", "old", "--refit")[0] == 0
    # The same data again: all validation data has been learned from by now, and no test data.
    assert train("again", "old", f"--warm_start={tmp_path / 'first'}")[0] == 0
    held_out = _result(tmp_path / "again")["warm_start"]["held_out"]
    assert held_out == {
        "validation": load_run(tmp_path / "first").dataset.validation.nnz,
        "test": 0,
    }
    started = []

    def fit(trainer):
        started.append(trainer._model.node_embeddings.table.numpy())
        raise KeyboardInterrupt

    monkeypatch.setattr(Trainer, "fit", fit)
    train("third", "old", f"--warm_start={tmp_path / 'first'}")
    np.testing.assert_array_equal(started[0], _best(tmp_path / "first" / "refit"))


@pytest.mark.slow
def test_warm_starts_follow_one_another(train, source, tmp_path):
    assert train("second", "grown", f"--warm_start={source}")[0] == 0
    status, _, error = train("third", "grown", f"--warm_start={tmp_path / 'second'}", "--seed=4")
    assert status == 0, error
    record = _result(tmp_path / "third")["warm_start"]
    assert record["users"] == {"known": 35, "new": 0, "gone": 0}
    assert record["path"] == str(tmp_path / "second")


@pytest.mark.slow
def test_a_run_of_an_earlier_version_is_started_from_while_its_data_is_there(
    train, source, tmp_path
):
    flags = (f"--warm_start={source}",)
    assert train("second", "grown", *flags)[0] == 0
    (source / FILE_NAME).unlink()
    assert train("third", "grown", *flags)[0] == 0
    assert _result(tmp_path / "second") == _result(tmp_path / "third")
    shutil.rmtree(tmp_path / "old")
    status, _, error = train("fourth", "grown", *flags)
    assert status == 2
    assert "an earlier version trained it, which kept no ids, and its data cannot be used" in error
    assert error.count("\n") == 1
    assert not (tmp_path / "fourth").exists()


@pytest.mark.slow
def test_a_source_that_moved_on_is_only_looked_at_once(train, source, tmp_path):
    flags = (f"--warm_start={source}",)
    assert train("second", "grown", *flags)[0] == 0
    result = _result(tmp_path / "second")
    (tmp_path / "second" / "result.json").unlink()
    shutil.rmtree(source)
    assert train("first", "old", "--seed=9")[0] == 0
    assert train("second", "grown", *flags)[0] == 0
    assert _result(tmp_path / "second") == result
    # Under another name its weights are looked at, and are others.
    source.rename(tmp_path / "moved")
    status, _, error = train("second", "grown", f"--warm_start={tmp_path / 'moved'}")
    assert status == 2
    assert "warm_start.digest was" in error


def test_what_does_not_fit_is_refused_in_one_line(train, source, tmp_path):
    (tmp_path / "empty").mkdir()
    fresh = tmp_path / "fresh"
    shutil.copytree(source, fresh)
    shutil.rmtree(fresh / "checkpoints" / "best")
    broken = tmp_path / "broken"
    shutil.copytree(source, broken)
    (broken / FILE_NAME).write_bytes(b"PK no archive")
    damaged = tmp_path / "damaged"
    shutil.copytree(source, damaged)
    next((damaged / "checkpoints" / "best").glob("*.data*")).write_bytes(b"")
    next((damaged / "checkpoints" / "best").glob("*.index")).write_bytes(b"")
    cases = [
        (("--warm_start=nowhere",), "nowhere: no run there (config.json is missing)"),
        (("--warm_start=empty",), "empty: no run there (config.json is missing)"),
        (("--warm_start=first", "--model=bpr_mf"), "trained with --model=lightgcn, this run has"),
        (("--warm_start=first", "--dimension=7"), "--dimension=6, this run has --dimension=7"),
        (("--warm_start=first", "--model=ease"), "model ease cannot start from another run"),
        (("--warm_start=fresh",), "has no best checkpoint yet; train it to its first validation"),
        (("--warm_start=broken",), "trained_on.npz: truncated or not a .npz file"),
        (("--warm_start=damaged",), "the checkpoint is damaged or is not of this run"),
        (("--warm_start=new",), "is the output directory itself"),
    ]
    for flags, message in cases:
        status, _, error = train("new", "grown", *flags)
        assert status == 2, (flags, error)
        assert message in error
        assert error.count("\n") == 1, error
        assert not (tmp_path / "new").exists()


@pytest.mark.slow
def test_a_run_does_not_become_warm_or_cold_when_resumed(train, source, tmp_path):
    status, _, error = train("first", "old", f"--warm_start={source}")
    assert status == 2
    assert "is the output directory itself; leave the flag out to resume" in error
    assert train("second", "grown", f"--warm_start={source}")[0] == 0
    status, _, error = train("second", "grown")
    assert status == 2
    assert "warm_start.digest was" in error
    assert train("cold", "grown")[0] == 0
    status, _, error = train("cold", "grown", f"--warm_start={source}")
    assert status == 2
    assert "warm_start.digest was None and is" in error


@pytest.mark.slow
def test_replicas_start_from_the_same_weights(train, source, tmp_path, monkeypatch):
    tables = []

    def fit(trainer):
        tables.append(trainer._model.node_embeddings.table.numpy())
        raise KeyboardInterrupt

    monkeypatch.setattr(Trainer, "fit", fit)
    train("one", "grown", f"--warm_start={source}")
    train("replicas", "grown", f"--warm_start={source}", "--strategy=mirrored")
    np.testing.assert_array_equal(tables[0], tables[1])
    monkeypatch.undo()
    flags = (f"--warm_start={source}", "--strategy=mirrored")
    status, _, error = train("replicas", "grown", *flags)
    assert status == 0, error

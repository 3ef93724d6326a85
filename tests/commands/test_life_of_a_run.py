"""Training, killing, resuming, evaluating, exporting and recommending, as separate processes."""

import json
import signal
import time

import numpy as np
import pytest
import tensorflow as tf

from a2bm2gl_tf.commands.runs import load_run
from a2bm2gl_tf.data.synthetic import generate_synthetic


def _records(directory):
    lines = (directory / "metrics.jsonl").read_text().splitlines()
    timed = ("seconds", "epoch_seconds", "steps_per_second")
    return [{k: v for k, v in json.loads(x).items() if k not in timed} for x in lines]


def _result(directory):
    record = json.loads((directory / "result.json").read_text())
    measured = [record.pop(x) for x in ("seconds", "seconds_per_epoch", "peak_memory_bytes")]
    assert min(measured) > 0
    return record


@pytest.mark.parametrize(
    ("number", "status", "records"),
    [
        pytest.param(signal.SIGKILL, -signal.SIGKILL, 1, marks=pytest.mark.slow),
        pytest.param(signal.SIGKILL, -signal.SIGKILL, 14, marks=pytest.mark.slow),
        pytest.param(signal.SIGTERM, 0, 3, marks=pytest.mark.slow),
        pytest.param(signal.SIGINT, 130, 8, marks=pytest.mark.slow),
    ],
)
def test_stopped_and_resumed_a_run_equals_the_uninterrupted_one(
    command, small_flags, finished_run, tmp_path, number, status, records
):
    directory = tmp_path / "stopped"
    process = command.start("train", *small_flags, f"--output_dir={directory}")
    metrics = directory / "metrics.jsonl"
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and process.poll() is None:
        if metrics.exists() and len(metrics.read_text().splitlines()) >= records:
            break
        time.sleep(0.005)
    assert process.poll() is None, "the run ended before it could be stopped"
    process.send_signal(number)
    assert process.wait(60) == status
    assert not (directory / "result.json").exists()
    resumed = command("train", *small_flags, f"--output_dir={directory}")
    assert resumed.returncode == 0, resumed.stderr
    assert _records(directory) == _records(finished_run)
    assert _result(directory) == _result(finished_run)
    one, other = load_run(directory).model, load_run(finished_run).model
    for first, second in zip(one.embeddings(), other.embeddings(), strict=True):
        np.testing.assert_array_equal(first, second)


def test_a_finished_run_is_reported_and_not_repeated(command, small_flags, finished_run):
    before = (finished_run / "metrics.jsonl").read_bytes()
    again = command("train", *small_flags, f"--output_dir={finished_run}")
    assert again.returncode == 0
    assert "finished already" in again.stdout
    assert "ndcg@10" in again.stdout
    assert (finished_run / "metrics.jsonl").read_bytes() == before


def test_other_settings_in_the_same_directory_are_refused(command, small_flags, finished_run):
    other = command("train", *small_flags, "--margin=7", f"--output_dir={finished_run}")
    assert other.returncode == 2
    assert "loss.margin was 1.0 and is 7.0" in other.stderr


def test_evaluate_gives_the_same_numbers(command, finished_run):
    evaluated = command("evaluate", f"--output_dir={finished_run}")
    assert evaluated.returncode == 0, evaluated.stderr
    assert json.loads(evaluated.stdout)["test"] == _result(finished_run)["test"]
    sampled = command("evaluate", f"--output_dir={finished_run}", "--protocol=sampled_1000")
    assert "sampled_1000" in json.loads(sampled.stdout)["protocol"]


def test_a_loaded_run_holds_the_weights_that_were_evaluated(finished_run):
    # The learned semantic weights must come from the checkpoint too, not from the initialiser.
    run = load_run(finished_run)
    variables = dict(
        tf.train.list_variables(tf.train.latest_checkpoint(finished_run / "checkpoints" / "best"))
    )
    saved = [name for name in variables if name.startswith("model/")]
    assert len(saved) == len(run.model.state())
    fresh = type(run.model)(run.dataset, run.config.model_config)
    changed = [
        not np.array_equal(one, other)
        for one, other in zip(run.model.trainable_variables, fresh.trainable_variables, strict=True)
    ]
    assert all(changed)


def test_recommendations_are_unseen_titled_and_follow_the_model(command, finished_run):
    shown = command("recommend", f"--export_dir={finished_run}/export", "--users=user0007", "--k=5")
    assert shown.returncode == 0, shown.stderr
    run = load_run(finished_run)
    dataset = run.dataset
    row = list(dataset.user_ids).index("user0007")
    users, items = (x.numpy() for x in run.model.embeddings())
    scores = items @ users[row]
    seen = (dataset.train + dataset.validation + dataset.test)[row].indices
    scores[seen] = -np.inf
    expected = [dataset.titles()[item] for item in np.argsort(-scores)[:5]]
    places = [shown.stdout.index(title) for title in expected]
    assert places == sorted(places)
    similar = command("recommend", f"--export_dir={finished_run}/export", "--similar_to=3", "--k=2")
    assert similar.returncode == 0
    assert dataset.titles()[2] not in similar.stdout.split("\n", 1)[1]
    liked = command("recommend", f"--export_dir={finished_run}/export", "--like_items=3,7", "--k=4")
    assert liked.returncode == 0, liked.stderr
    heading, _, *lines = liked.stdout.splitlines()
    assert heading == "recommended to somebody who likes 3, 7"
    assert len(lines) == 4
    assert not {"3", "7"} & {line.split()[2] for line in lines}


def test_an_export_embeds_new_items_as_the_known_ones_nearly(finished_run):
    run = load_run(finished_run)
    loaded = tf.saved_model.load(str(finished_run / "export"))
    raw = generate_synthetic(run.config.data)
    rows = {f"features_{m.name}": tf.constant(m.features) for m in raw.modalities}
    found = loaded.signatures["embed_items"](**rows)
    assert found["known"].numpy().all()
    # As if they were new, and yet most like what training made of them.
    _, items = (x.numpy() for x in run.model.embeddings())
    unit = [x / np.linalg.norm(x, axis=1, keepdims=True) for x in (found["embeddings"], items)]
    places = np.argsort(-(unit[0] @ unit[1].T), axis=1)
    ranks = np.argmax(places == np.arange(len(items))[:, None], axis=1)
    assert np.median(ranks) < len(items) / 10


def test_tensorboard_has_what_is_promised(finished_run):
    names = set()
    for path in (finished_run / "tensorboard").glob("events*"):
        for record in tf.data.TFRecordDataset(str(path)):
            event = tf.compat.v1.Event.FromString(record.numpy())
            names |= {value.tag for value in event.summary.value}
    expected = {
        *(f"train/{x}" for x in ("rec", "margin", "structural", "semantic", "l2", "loss")),
        "train/gradient_norm",
        "train/steps_per_second",
        "validation/ndcg@10",
        "boundaries/upper",
        "boundaries/lower",
        "scores/positive",
        "scores/negative",
        *(f"attention_entropy/{x}" for x in ("interaction", "visual", "acoustic", "textual")),
        "test/ndcg@10",
        "_hparams_/session_start_info",
    }
    assert expected <= names
    titles = (finished_run / "tensorboard" / "items.tsv").read_text().splitlines()
    assert len(titles) == 61


@pytest.mark.slow
def test_refit_trains_on_validation_data_too(command, small_flags, tmp_path):
    directory = tmp_path / "refit"
    trained = command("train", *small_flags, "--epochs=6", "--refit", f"--output_dir={directory}")
    assert trained.returncode == 0, trained.stderr
    record = _result(directory)
    steps = [r["step"] for r in _records(directory / "refit") if r["kind"] == "train"]
    assert steps[-1] == record["best_step"]
    assert command("evaluate", f"--output_dir={directory}").returncode == 0
    refused = command("evaluate", f"--output_dir={directory}", "--split=validation")
    assert refused.returncode == 2
    assert "refitted" in refused.stderr


@pytest.mark.slow
@pytest.mark.parametrize("loss", ["wr", "wr_linear", "bpr", "infobpr", "adaptive"])
@pytest.mark.parametrize("model", ["a2bm2gl", "lightgcn"])
def test_planted_structure_is_found(command, tmp_path, model, loss):
    directory = tmp_path / "run"
    # Under uniform weights the sigmoid of WR saturates at 0 for everything; sampled losses, summed
    # over a few dozen pairs and not over the catalogue, take less shrinkage.
    extra = {
        "wr": ["--negative_weight=0.05", "--l2=0.3"],
        "bpr": ["--l2=0.3"],
        "infobpr": ["--l2=0.3"],
    }.get(loss, [])
    command(
        "train", f"--model={model}", f"--loss={loss}", *extra, "--epochs=120", "--batch_users=0",
        f"--output_dir={directory}",
    )  # fmt: skip
    record = _result(directory)
    assert record["test"]["ndcg@10"] > 1.5 * record["popularity"]["ndcg@10"]

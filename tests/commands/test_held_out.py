"""fold_in.py and cold_items.py: what they hold out, what they measure, and that they go on."""

import json

import numpy as np
import pytest

from a2bm2gl_tf.commands import cold_items, fold_in
from a2bm2gl_tf.commands.cold_items import of_items
from a2bm2gl_tf.commands.fold_in import without_users

GENERATED = ("--num_users=300", "--num_items=200", "--num_interactions=9000", "--dimension=16")
IALS = (*GENERATED, "--model=ials")


def test_without_users_keeps_items_and_all_that_others_did(small_dataset):
    held = np.array([3, 40])
    reduced = without_users(small_dataset, held)
    assert (reduced.num_users, reduced.num_items) == (58, 50)
    assert not set(small_dataset.user_ids[held]) & set(reduced.user_ids)
    row = list(reduced.user_ids).index(small_dataset.user_ids[41])
    for part in ("train", "validation", "test"):
        old, new = getattr(small_dataset, part), getattr(reduced, part)
        np.testing.assert_array_equal(new[row].indices, old[41].indices)
        assert new.nnz == old.nnz - old[held].nnz


def test_of_items_keeps_rows_and_order_of_the_items(small_dataset):
    items = np.array([7, 2, 30])
    chosen = of_items(small_dataset, items)
    assert chosen.item_ids.tolist() == small_dataset.item_ids[items].tolist()
    np.testing.assert_array_equal(chosen.train.toarray(), small_dataset.train.toarray()[:, items])
    for old, new in zip(small_dataset.modalities, chosen.modalities, strict=True):
        np.testing.assert_array_equal(new.features, old.features[items])
        np.testing.assert_array_equal(new.present, old.present[items])


def test_folded_in_users_are_nearly_as_well_served(in_process, tmp_path, monkeypatch):
    arguments = (*IALS, "--seeds=0,1", f"--output_dir={tmp_path}/out")
    status, shown, errors = in_process("fold_in", *arguments, cwd=tmp_path)
    assert status == 0, errors
    for seed in (0, 1):
        record = json.loads((tmp_path / f"out/held_0.2_seed_{seed}/fold_in.json").read_text())
        assert (record["held_out"], record["seed"]) == (60, seed)
        folded, trained = (record[name]["ndcg@10"] for name in ("fold_in", "trained_in"))
        assert folded >= 0.9 * trained
        assert folded > 1.5 * record["popularity"]["ndcg@10"]
    assert (tmp_path / "out/fold_in.md").read_text() == shown
    # A second call only reads.
    monkeypatch.setattr(fold_in, "train_stages", None)
    assert in_process("fold_in", *arguments, cwd=tmp_path)[:2] == (0, shown)


def test_cold_items_are_found_by_their_features(in_process, tmp_path, monkeypatch):
    arguments = (*IALS, "--seeds=0,1", f"--output_dir={tmp_path}/out")
    status, shown, errors = in_process("cold_items", *arguments, cwd=tmp_path)
    assert status == 0, errors
    other = json.loads((tmp_path / "out/held_0.2_seed_1/cold_items.json").read_text())
    record = json.loads((tmp_path / "out/held_0.2_seed_0/cold_items.json").read_text())
    methods = {means["name"]: means for means in record["methods"]}
    of_features = methods["features to embeddings (served)"]["cold"]
    popularity = methods["popularity"]["cold"]
    # Constant scores are chance: in expectation the share of places among the candidates.
    assert popularity["auc"] == 0.5
    assert popularity["recall@20"] == pytest.approx(20 / record["cold"])
    assert methods["popularity"]["all"]["recall@20"] < 0.01
    assert of_features["auc"] > 0.6
    assert of_features["recall@20"] > 1.3 * popularity["recall@20"]
    # Both seeds in one row, and the lead over what is chance.
    recalls = [of_features["recall@20"], other["methods"][0]["cold"]["recall@20"]]
    assert recalls[0] != recalls[1]
    spread = f"{np.mean(recalls):.4f} ± {np.std(recalls, ddof=1):.4f}"
    assert f"| features to embeddings (served) | {spread} |" in shown
    chance = [popularity["recall@20"], other["methods"][-1]["cold"]["recall@20"]]
    lead = np.mean(recalls) - np.mean(chance)
    last = shown.split("seeds 0, 1\n")[1]
    (row,) = [line for line in last.splitlines() if line.startswith("| popularity |")]
    assert row.split("|")[-2].split()[0] == f"{lead:+.4f}"
    monkeypatch.setattr(cold_items, "train_stages", None)
    assert in_process("cold_items", *arguments, cwd=tmp_path)[:2] == (0, shown)


@pytest.mark.slow
def test_a2bm2gl_folds_in_and_embeds_new_items(in_process, tmp_path):
    arguments = (*GENERATED, "--neighbourhood=full", "--semantic_activation=linear", "--epochs=60")
    arguments += ("--negative_scale=positives", "--negative_weight=20", "--learning_rate=0.01")
    status, _, errors = in_process("fold_in", *arguments, "--output_dir=f", cwd=tmp_path)
    assert status == 0, errors
    record = json.loads((tmp_path / "f/held_0.2_seed_0/fold_in.json").read_text())
    assert record["fold_in"]["ndcg@10"] >= 0.9 * record["trained_in"]["ndcg@10"]
    status, _, errors = in_process("cold_items", *arguments, "--output_dir=c", cwd=tmp_path)
    assert status == 0, errors
    record = json.loads((tmp_path / "c/held_0.2_seed_0/cold_items.json").read_text())
    assert record["methods"][0]["name"] == "semantic part + regression (served)"
    assert record["methods"][0]["cold"]["auc"] > 0.6


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("fold_in", [], "--output_dir is missing"),
        ("fold_in", ["--output_dir=o", "--held_out=1"], "--held_out=1: give a share"),
        ("fold_in", ["--output_dir=o", "--held_out=nan"], "--held_out=nan: give a share"),
        ("fold_in", ["--output_dir=o", "--model=ease"], "--model=ease: scores without embeddings"),
        ("cold_items", ["--output_dir=o", "--seeds=0,0"], "--seeds=0,0: give integers"),
        ("cold_items", ["--output_dir=o", *IALS, "--held_out=0.05"], "holds 9 items out"),
        ("cold_items", ["--output_dir=o", *IALS, "--held_out=0.001"], "of 199 holds 0 out"),
    ],
)
def test_mistakes_are_one_line(in_process, tmp_path, name, arguments, message):
    status, shown, errors = in_process(name, *arguments, cwd=tmp_path)
    assert (status, shown) == (2, "")
    assert message in errors.splitlines()[-1]
    assert not list(tmp_path.glob("o/*/*"))

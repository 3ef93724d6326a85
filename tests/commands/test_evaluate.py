"""Whether evaluate.py tells other numbers from other rounding."""

import json

import keras
import pytest

TINY = ("--num_users=80", "--num_items=60", "--num_interactions=1600", "--epochs=2")


@pytest.fixture
def evaluated(in_process, tmp_path):
    """A function of train.py's arguments and a change of result.json to what evaluate.py says."""

    def run(*arguments, change=lambda record: None, out="run"):
        if not (tmp_path / out).exists():
            status, _, errors = in_process(
                "train", *TINY, *arguments, f"--output_dir={out}", cwd=tmp_path
            )
            assert status == 0, errors
        # As in a process of its own, which knows nothing of the training's precision.
        keras.config.set_dtype_policy("float32")
        path = tmp_path / out / "result.json"
        record = json.loads(path.read_text())
        change(record)
        path.write_text(json.dumps(record))
        status, printed, errors = in_process("evaluate", f"--output_dir={out}", cwd=tmp_path)
        assert keras.config.dtype_policy().name == "float32"
        same = json.loads(printed.splitlines()[-1])["test"] == record["test"]
        return status, same, errors

    return run


def _rounded(record):
    record["test"]["auc"] += 3e-6
    record["test"]["recall@10"] += 0.9 / 80


def _other_weights(record):
    record["test"]["ndcg@10"] += 0.02


def _other_data(record):
    record["data"] = "0" * 16


def _undefined(record):
    record["test"]["ndcg@10"] -= 0.02
    record["test"]["auc"] = float("nan")


def _earlier(record):
    del record["data"]


@pytest.mark.parametrize("model", ["ease", "itemknn", "ials", "popularity"])
def test_a_closed_form_comes_to_the_same_numbers(evaluated, model):
    if model == "ials":
        pytest.importorskip("implicit")
    for extra in ((), ("--refit",)):
        out = f"run{len(extra)}"
        status, same, errors = evaluated(
            f"--model={model}", "--loss=none", "--knn=20", *extra, out=out
        )
        assert (status, same) == (0, True), errors


@pytest.mark.slow
def test_mixed_precision_is_evaluated_in_its_own(evaluated):
    status, same, errors = evaluated(
        "--precision=mixed_bfloat16", "--dimension=8", "--top_m=8", "--batch_users=0"
    )
    assert (status, same) == (0, True), errors


def test_rounding_is_told_from_other_numbers(evaluated):
    settings = ("--model=popularity", "--loss=none")
    assert evaluated(*settings)[:2] == (0, True)
    for change, status, said in (
        (_rounded, 0, ""),
        (_earlier, 0, ""),
        (_other_weights, 2, "ndcg@10 by 0.02"),
        (_undefined, 2, "auc by nan"),
    ):
        again = evaluated(*settings, change=change)
        assert again[0] == status, again
        assert said in again[2]


def test_other_data_is_named_whatever_the_numbers(evaluated):
    status, same, errors = evaluated("--model=popularity", "--loss=none", change=_other_data)
    assert (status, same) == (2, True)
    assert "was measured on other data" in errors

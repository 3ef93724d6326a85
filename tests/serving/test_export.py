import json
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf

from a2bm2gl_tf import directories
from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.serving.export import export_saved_model

# Runs where nothing but TensorFlow can be imported: isolated mode ignores PYTHONPATH and the cwd.
CLIENT = """
import json, sys
import tensorflow as tf

path, users, items = sys.argv[1], json.loads(sys.argv[2]), json.loads(sys.argv[3])
try:
    import a2bm2gl_tf
except ImportError:
    pass
else:
    sys.exit("the project is importable, so this proves nothing")

def plain(value):
    value = value.numpy().tolist()
    def walk(v):
        return [walk(x) for x in v] if isinstance(v, list) else (
            v.decode() if isinstance(v, bytes) else v)
    return walk(value)

model = tf.saved_model.load(path)
sign = model.signatures
kind = tf.string if isinstance(users[0], str) else tf.int64
users, items = tf.constant(users, kind), tf.constant(items, kind)
k, yes, no = tf.constant(4), tf.constant(True), tf.constant(False)
answers = {
    "recommend": sign["recommend"](user_ids=users, k=k, exclude_seen=yes),
    "with_seen": sign["recommend"](user_ids=users, k=k, exclude_seen=no),
    "serving_default": sign["serving_default"](user_ids=users, k=k, exclude_seen=yes),
    "direct": model.recommend(users, k),
    "direct_default": model.recommend(users),
    "similar_items": sign["similar_items"](item_ids=items, k=k),
    "direct_similar_items": model.similar_items(items, 4),
    "score": sign["score"](user_ids=users, item_ids=items),
    "embeddings": sign["embeddings"](user_ids=users, item_ids=items[:0]),
    "user_embeddings": sign["user_embeddings"](users),
    "item_embeddings": sign["item_embeddings"](items),
}
out = {name: {key: plain(v) for key, v in answer.items()} for name, answer in answers.items()}
out["names"] = sorted(sign)
out["metadata"] = json.loads(tf.io.read_file(model.metadata.asset_path).numpy())
out["error"] = ""
try:
    sign["recommend"](user_ids=users, k=tf.constant(0), exclude_seen=yes)
except tf.errors.InvalidArgumentError as error:
    out["error"] = str(error)
print("\\n" + json.dumps(out))
"""


def _requests(index):
    integer = index.user_ids.dtype == np.int64
    users = [*index.user_ids.tolist(), 77 if integer else "nobody", index.user_ids.tolist()[2]]
    items = [*index.item_ids.tolist()[:4], index.item_ids.tolist()[0], 77 if integer else "nil"]
    return users, items


def _run_client(path, cwd, users, items):
    finished = subprocess.run(
        [sys.executable, "-I", "-c", CLIENT, str(path), json.dumps(users), json.dumps(items)],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr[-3000:]
    return json.loads(finished.stdout.splitlines()[-1])


@pytest.mark.parametrize("kind", ["integer", "text"])
def test_a_process_with_only_tensorflow_gets_the_numpy_answers(make_index, tmp_path, kind):
    index = make_index(kind)
    metadata = {"model": "a2bm2gl", "titre": "été"}
    path = export_saved_model(index, tmp_path / "deep" / "export", metadata)
    users, items = _requests(index)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    out = _run_client(path, elsewhere, users, items)
    assert out["metadata"] == metadata
    assert "k must be at least 1" in out["error"]
    assert out["names"] == [
        "embeddings",
        "fold_in",
        "item_embeddings",
        "recommend",
        "score",
        "serving_default",
        "similar_items",
        "user_embeddings",
    ]
    empty = -1 if kind == "integer" else ""

    def check(answer, reference):
        ids, scores, known = reference
        assert answer["item_ids"] == [[empty if i is None else i for i in row] for row in ids]
        np.testing.assert_allclose(answer["scores"], scores, atol=1e-6)
        assert answer["known"] == known.tolist()

    for name in ("recommend", "serving_default", "direct"):
        check(out[name], index.recommend(users, 4))
    check(out["with_seen"], index.recommend(users, 4, exclude_seen=False))
    check(out["direct_default"], index.recommend(users, 10))
    check(out["similar_items"], index.similar_items(items, 4))
    check(out["direct_similar_items"], index.similar_items(items, 4))
    assert out["with_seen"]["titles"][0] == ["Ж", "Première", "🎬 clip", "plain"]
    scores, known = index.score(users, items)
    assert out["score"] == {"scores": scores.tolist(), "known": known.tolist()}
    zero = [0, 0, 0]
    user_rows = [*index.user_embeddings.tolist(), zero, index.user_embeddings[2].tolist()]
    user_known = [True] * 4 + [False, True]
    assert out["user_embeddings"] == {"embeddings": user_rows, "known": user_known}
    item_rows = [*index.item_embeddings[:4].tolist(), index.item_embeddings[0].tolist(), zero]
    item_known = [True] * 5 + [False]
    assert out["item_embeddings"] == {"embeddings": item_rows, "known": item_known}
    assert out["embeddings"] == {
        "user_embeddings": user_rows,
        "user_known": user_known,
        "item_embeddings": [],
        "item_known": [],
    }


def test_two_exports_of_one_index_answer_alike(random_index, tmp_path):
    models = [
        tf.saved_model.load(str(export_saved_model(random_index, tmp_path / name, {})))
        for name in ("one", "two")
    ]
    users = tf.constant(random_index.user_ids)
    first, second = (model.recommend(users, 20) for model in models)
    for name in first:
        np.testing.assert_array_equal(first[name], second[name])
    ids, _, _ = random_index.recommend(random_index.user_ids, 20)
    assert first["item_ids"].numpy().tolist() == ids


def test_signature_records_its_defaults(make_index, tmp_path):
    path = export_saved_model(make_index(), tmp_path / "export", {})
    with tf.Graph().as_default() as graph, tf.compat.v1.Session(graph=graph) as session:
        loaded = tf.compat.v1.saved_model.load(session, ["serve"], str(path))
        signature = loaded.signature_def["recommend"]
        assert signature.defaults["k"].int_val[0] == 10
        assert signature.defaults["exclude_seen"].bool_val[0]
        ids = session.run(
            signature.outputs["item_ids"].name, {signature.inputs["user_ids"].name: [2**40]}
        )
    assert ids.tolist() == [[100, -1, -1, -1, -1, -1]]


def test_existing_path_is_refused_unless_overwritten(make_index, tmp_path):
    path = export_saved_model(make_index(), tmp_path / "export", {"run": 1})
    with pytest.raises(UserError, match="--export_dir"):
        export_saved_model(make_index(), path, {"run": 2})
    assert json.loads((path / "assets/metadata.json").read_text())["run"] == 1
    changed = make_index(user_ids=np.array([1, 2, 3, 4]))
    export_saved_model(changed, path, {"run": 2}, overwrite=True)
    assert json.loads((path / "assets/metadata.json").read_text())["run"] == 2
    model = tf.saved_model.load(str(path))
    known = model.recommend(tf.constant([1, 70], tf.int64))["known"]
    assert known.numpy().tolist() == [True, False]
    assert [entry.name for entry in tmp_path.iterdir()] == ["export"]


def test_a_directory_that_is_no_export_is_never_overwritten(make_index, tmp_path):
    precious = tmp_path / "thesis"
    precious.mkdir()
    (precious / "chapter.txt").write_text("words")
    with pytest.raises(UserError, match="left alone"):
        export_saved_model(make_index(), precious, {}, overwrite=True)
    assert (precious / "chapter.txt").read_text() == "words"


def test_overwriting_through_a_link_keeps_the_link(make_index, tmp_path):
    real = export_saved_model(make_index(), tmp_path / "real", {"run": 1})
    link = tmp_path / "link"
    link.symlink_to(real)
    export_saved_model(make_index(), link, {"run": 2}, overwrite=True)
    assert link.is_symlink()
    assert json.loads((real / "assets/metadata.json").read_text())["run"] == 2


@pytest.mark.parametrize("step", ["_flush", "move_into_place"])
def test_failure_in_the_middle_leaves_no_trace(make_index, tmp_path, monkeypatch, step):
    kept = export_saved_model(make_index(), tmp_path / "kept", {"run": 1})

    def fail(*arguments):
        raise OSError("disk full")

    monkeypatch.setattr(directories, step, fail)
    with pytest.raises(OSError, match="disk full"):
        export_saved_model(make_index(), tmp_path / "new", {})
    with pytest.raises(OSError, match="disk full"):
        export_saved_model(make_index(), kept, {"run": 2}, overwrite=True)
    assert [entry.name for entry in tmp_path.iterdir()] == ["kept"]
    assert json.loads((kept / "assets/metadata.json").read_text())["run"] == 1


def test_metadata_that_is_not_json_leaves_no_trace(make_index, tmp_path):
    with pytest.raises(TypeError):
        export_saved_model(make_index(), tmp_path / "export", {"bad": object()})
    assert list(tmp_path.iterdir()) == []

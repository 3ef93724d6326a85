"""Readers of exports.

`saved_model.pb` stays as it is: it is a program, which TensorFlow parses and runs, and damage to it
is TensorFlow's to notice. Everything beside it is damaged.
"""

import functools
from pathlib import Path
from typing import Any

from a2bm2gl_tf.serving.recommend import load_export
from tests.fuzzing.campaign import Reader
from tests.fuzzing.case import Files
from tests.fuzzing.made import made_by_child

MODEL = "saved_model.pb"


def _save_model(folder: Path) -> None:
    """The least SavedModel that `load_export` takes; a real one takes half a second to load."""
    import tensorflow as tf

    class Export(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec(None, tf.int32, name="row")])
        def recommend(self, row):
            return {"ids": tf.gather(self.user_ids, row)}

        @tf.function(input_signature=[tf.TensorSpec(None, tf.int32, name="row")])
        def similar_items(self, row):
            return {"ids": tf.gather(self.item_ids, row)}

    module = Export()
    module.user_ids, module.item_ids = tf.Variable([5, 7]), tf.Variable([30, 10, 20])
    (folder / "metadata.json").write_text('{"config": {"model": "bpr_mf"}}')
    module.metadata = tf.saved_model.Asset(str(folder / "metadata.json"))
    signatures = {"recommend": module.recommend, "similar_items": module.similar_items}
    tf.saved_model.save(module, str(folder / "export"), signatures=signatures)
    (folder / "metadata.json").unlink()


@functools.cache
def _whole() -> list[Files]:
    return made_by_child(_save_model)


def export_files() -> list[Files]:
    """All but its graph."""
    return [{name: held for name, held in files.items() if name != MODEL} for files in _whole()]


def _load_export(folder: Path) -> Any:
    (whole,) = _whole()
    (folder / MODEL).write_bytes(whole[MODEL])
    model = load_export(folder)
    assert sorted(model.item_ids.numpy().tolist()) == [10, 20, 30]
    return model.recommend(0)["ids"].numpy()


def readers_of_exports() -> list[Reader]:
    """All of them; they run TensorFlow."""
    return [Reader("export", export_files, _load_export)]

import json
import re
from pathlib import Path

import tensorflow as tf

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "serving.md"


def _rows(table_start):
    lines = DOCUMENT.read_text("utf-8").split(table_start, 1)[1].splitlines()[2:]
    for line in lines:
        if not line.startswith("|"):
            return
        names, outputs = line.strip("|").split("|")
        yield re.findall(r"`(\w+)`", names), set(re.findall(r"`(\w+)`", outputs))


def test_every_body_for_tensorflow_serving_is_what_its_signature_takes(text_export):
    model = tf.saved_model.load(str(text_export))
    bodies = [
        json.loads(text) for text in re.findall(r"```json\n(.*?)```", DOCUMENT.read_text(), re.S)
    ]
    answered = {}
    for body in bodies:
        signature = model.signatures[body["signature_name"]]
        wanted = signature.structured_input_signature[1]
        assert set(wanted) == set(body["inputs"])
        answered[body["signature_name"]] = signature(
            **{name: tf.constant(body["inputs"][name], spec.dtype) for name, spec in wanted.items()}
        )
    assert set(answered) | {"serving_default"} == set(model.signatures)
    documented = {}
    for names, outputs in _rows("| Signature | Outputs |"):
        for name in names:
            documented[name] = outputs
    documented["fold_in"] |= documented["recommend"]
    assert documented == {name: set(outputs) for name, outputs in answered.items()}

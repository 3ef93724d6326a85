"""A journal that was damaged is refused when it is opened, not when a trial is drawn from it."""

import json

import pytest

from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.tuning.space import Choices, Range
from a2bm2gl_tf.tuning.study import TuningStudy

SPACE = (Choices("knn", (3, 5, 7)), Range("l2", 1e-4, 1e-1, log=True), Range("dimension", 4, 8))
FIT = {"fold": 0, "seed": 0, "value": 0.5, "best_step": 3, "seconds": 1.5}
# What Optuna calls the setting of one parameter of a trial.
_SETS = 5


@pytest.fixture
def journal(tmp_path):
    """Of a finished trial and one that was begun."""
    study = TuningStudy(tmp_path / "study.journal", SPACE, "random", 0)
    study.finish(study.begin(5), [FIT])
    study.begin(5)
    return tmp_path / "study.journal"


def _open(journal):
    return TuningStudy(journal, SPACE, "random", 0)


def _records(journal, trial, name):
    """The lines of a journal, and the one that sets a parameter of a trial."""
    records = [json.loads(line) for line in journal.read_text().splitlines()]
    (one,) = (
        record
        for record in records
        if (record["op_code"], record.get("trial_id"), record.get("param_name"))
        == (_SETS, trial, name)
    )
    return records, one


def test_a_whole_one_goes_on(journal):
    study = _open(journal)
    assert [record.state for record in study.records()] == ["done", "unfinished"]
    assert study.begin(5) is not None
    # The trial that was begun is abandoned now, and drawn again.
    assert [record.state for record in _open(journal).records()] == ["done", "unfinished"]


@pytest.mark.parametrize("end", [b"{}", b"{\n", b"[1]\n", b"7\n", b"\xff\n", b"[" * 99_999 + b"\n"])
@pytest.mark.parametrize("last", [True, False])
def test_a_line_that_is_not_whole(journal, end, last):
    lines = journal.read_bytes().splitlines(keepends=True)
    lines.insert(len(lines) if last else 2, end)
    journal.write_bytes(b"".join(lines))
    before = journal.read_bytes()
    with pytest.raises(UserError, match=r"study\.journal: damaged, or not of this search"):
        _open(journal)
    assert journal.read_bytes() == before


@pytest.mark.parametrize("trial", [0, 1])
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("l2", "l2"),
        ("l2", None),
        ("l2", True),
        ("l2", 0.5),
        ("dimension", 9),
        ("dimension", [4]),
    ],
)
def test_a_setting_that_is_not_of_the_space(journal, trial, name, value):
    records, changed = _records(journal, trial, name)
    changed["param_value_internal"] = value
    journal.write_text("".join(json.dumps(record) + "\n" for record in records))
    with pytest.raises(UserError, match=r"study\.journal: damaged, or not of this search"):
        _open(journal)


# Of other choices than the first trial's Optuna knows nothing, once it has played them back.
@pytest.mark.parametrize(("trial", "name"), [(0, "knn"), (0, "l2"), (1, "l2")])
def test_a_trial_of_another_space(journal, trial, name):
    # The second is abandoned here, and drawn again.
    _open(journal).begin(5)
    records, changed = _records(journal, trial, name)
    text = changed["distribution"]
    changed["distribution"] = text.replace('"7"', '"8"').replace('"high": 0.1', '"high": 0.2')
    assert changed["distribution"] != text
    journal.write_text("".join(json.dumps(record) + "\n" for record in records))
    with pytest.raises(UserError, match=r"study\.journal: damaged, or not of this search"):
        _open(journal)


def test_a_waiting_trial_that_is_not_of_the_space(journal):
    _open(journal)
    records = [json.loads(line) for line in journal.read_text().splitlines()]
    (waiting,) = (record for record in records if "system_attrs" in record)
    assert waiting["system_attrs"]["fixed_params"].keys() == {"knn", "l2", "dimension"}
    waiting["system_attrs"]["fixed_params"]["knn"] = "4"
    journal.write_text("".join(json.dumps(record) + "\n" for record in records))
    with pytest.raises(UserError, match="knn = '4' is not of the space"):
        _open(journal)

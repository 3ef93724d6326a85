import pytest

from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.tuning.space import Range
from a2bm2gl_tf.tuning.study import TuningStudy
from a2bm2gl_tf.tuning.study_directory import JOURNAL, StudyDirectory

IDENTITY = {"data": "abc", "rules": {"folds": 2, "seeds": (0, 1)}, "space": {"l2": {"low": 0.1}}}


def _open(path, **changes):
    return StudyDirectory(path, IDENTITY | changes)


def test_it_is_of_one_search(tmp_path):
    _open(tmp_path / "out").release()
    _open(tmp_path / "out").release()
    with pytest.raises(UserError) as caught:
        _open(tmp_path / "out", data="xyz", rules={"folds": 3, "seeds": (0, 1)})
    said = str(caught.value)
    assert said.startswith(f"--output_dir={tmp_path / 'out'} holds another search (")
    assert "data was 'abc' and is 'xyz'; rules.folds was 2 and is 3)" in said
    assert "seeds" not in said
    assert "\n" not in said


def test_only_one_process_may_have_it(tmp_path):
    first = _open(tmp_path)
    with pytest.raises(UserError, match="another command is writing there"):
        _open(tmp_path)
    first.release()
    _open(tmp_path).release()


def test_unusable_and_foreign_directories(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match=r"--output_dir=.*Not a directory"):
        _open(tmp_path / "file" / "out")
    for content in ("{", "[1]"):
        (tmp_path / "study.json").write_text(content)
        with pytest.raises(UserError, match="not a search"):
            _open(tmp_path)


def test_what_a_killed_process_left_is_mended(tmp_path):
    directory = _open(tmp_path)
    journal, space = tmp_path / JOURNAL, (Range("l2", 0.1, 1.0),)
    study = TuningStudy(journal, space, "random", seed=0)
    drawn = [study.picked(study.begin(2)) for _ in range(2)]
    directory.release()
    with open(journal, "a") as file:
        file.write('{"op_code": 4, "trial')
    lock = journal.with_name(f"{JOURNAL}.lock")
    lock.symlink_to(journal)
    _open(tmp_path)
    # Optuna would wait for it for half a minute.
    assert not lock.is_symlink()
    again = TuningStudy(journal, space, "random", seed=0)
    assert [again.picked(again.begin(2)) for _ in range(2)] == drawn


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text.replace('"op_code":0', '"op_code":99', 1),
        lambda text: text.replace('"seconds":1', '"seconds":"long"', 1),
        lambda text: "[" * 100_000 + "\n" + text,
        lambda text: "\0" + text,
        lambda text: text.replace('"value":0.5', '"value":NaN', 1),
    ],
    ids=["operation", "text", "deep", "nul", "nan"],
)
def test_a_damaged_journal_is_said(tmp_path, damage):
    space = (Range("l2", 0.1, 1.0),)
    study = TuningStudy(tmp_path / JOURNAL, space, "random", 0)
    fit = {"fold": 0, "seed": 0, "value": 0.5, "best_step": 1, "seconds": 1}
    study.finish(study.begin(3), [fit])
    text = (tmp_path / JOURNAL).read_text()
    assert len(TuningStudy(tmp_path / JOURNAL, space, "random", 0).records()) == 1
    changed = damage(text)
    assert changed != text
    (tmp_path / JOURNAL).write_text(changed)
    with pytest.raises(UserError, match=r"study\.journal: damaged, or not of this search"):
        TuningStudy(tmp_path / JOURNAL, space, "random", 0)

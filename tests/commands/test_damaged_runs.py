"""Runs whose files were damaged or cut off, or that another command is writing."""

import json
import shutil

import pytest

from a2bm2gl_tf.directory_lock import DirectoryLock


@pytest.fixture
def copied_run(finished_run, tmp_path):
    """A finished run that a test may damage."""
    return shutil.copytree(finished_run, tmp_path / "run")


def _one_line(outcome):
    status, _, errors = outcome
    assert status == 2, errors
    said = [line for line in errors.splitlines() if line.startswith("error: ")]
    assert errors.splitlines()[-1:] == said
    assert "Traceback" not in errors
    return said[0]


@pytest.mark.parametrize("name", ["config.json", "result.json"])
@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[]", b"12", b"null", b"{}", None])
def test_damaged_settings_and_results_are_one_line(
    in_process, small_flags, copied_run, tmp_path, name, content
):
    path = copied_run / name
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2] if content is None else content)
    said = _one_line(in_process("train", *small_flags, f"--output_dir={copied_run}", cwd=tmp_path))
    assert said.startswith(f"error: {path}: ")
    assert "delete it and give the run's train.py command again" in said
    if name == "config.json":
        again = _one_line(in_process("evaluate", f"--output_dir={copied_run}", cwd=tmp_path))
        assert again == said


def test_killed_after_its_result_a_run_is_tidied_up_when_it_is_asked_for_again(
    in_process, small_flags, copied_run, tmp_path
):
    path = copied_run / "status.json"
    status = json.loads(path.read_text())
    left = copied_run / ".status.json.abcd1234.tmp"

    def again():
        path.write_text(json.dumps(status | {"state": "running"}))
        left.write_text("{")
        ended, output, errors = in_process(
            "train", *small_flags, f"--output_dir={copied_run}", cwd=tmp_path
        )
        assert ended == 0, errors
        assert "finished already" in output
        return json.loads(path.read_text())["state"], left.exists()

    assert again() == ("finished", False)
    with DirectoryLock(copied_run):
        assert again() == ("running", True)


@pytest.mark.parametrize(
    ("section", "name", "value"),
    [
        ("model_config", "dimension", -4),
        ("model_config", "combination", "no_such"),
        ("loss", "name", "no_such"),
        ("training", "precision", "no_such"),
    ],
)
def test_settings_that_make_no_model_are_one_line(
    in_process, copied_run, tmp_path, section, name, value
):
    path = copied_run / "config.json"
    config = json.loads(path.read_text())
    config[section][name] = value
    path.write_text(json.dumps(config))
    said = _one_line(in_process("evaluate", f"--output_dir={copied_run}", cwd=tmp_path))
    assert said.startswith(f"error: {path}: its settings make no model in this version")


@pytest.mark.slow
def test_what_the_line_says_helps(command, small_flags, copied_run):
    before = json.loads((copied_run / "result.json").read_text())
    for name in ("config.json", "result.json"):
        (copied_run / name).unlink()
    ended = command("train", *small_flags, f"--output_dir={copied_run}")
    assert ended.returncode == 0, ended.stderr
    assert json.loads((copied_run / "result.json").read_text())["test"] == before["test"]


@pytest.mark.slow
def test_a_damaged_best_checkpoint_is_said_and_the_one_before_taken(command, copied_run):
    best = copied_run / "checkpoints" / "best"
    newest = max(int(path.stem[5:]) for path in best.glob("*.index"))
    (best / f"step-{newest}.index").write_bytes(b"half")
    ended = command("export", f"--output_dir={copied_run}", "--overwrite")
    assert ended.returncode == 0, ended.stderr
    assert f"{best}/step-{newest} cannot be read" in ended.stderr
    assert "going on from step-" in ended.stderr
    refused = command("evaluate", f"--output_dir={copied_run}")
    assert refused.returncode == 2
    assert "the stored metrics differ" in refused.stderr


def test_a_second_run_in_a_directory_is_refused(in_process, small_flags, tmp_path):
    out = tmp_path / "run"
    with DirectoryLock(out):
        for command in ("train", "benchmark", "tune"):
            flags = small_flags if command != "benchmark" else small_flags[:3]
            extra = ["--methods=bpr_mf"] if command == "benchmark" else []
            said = _one_line(
                in_process(command, *flags, *extra, f"--output_dir={out}", cwd=tmp_path)
            )
            assert said.startswith(f"error: --output_dir={out}: another command is writing there")
    assert [path.name for path in out.iterdir()] == [".lock"]

import json

import pytest

from a2bm2gl_tf.comparison import cells, source
from a2bm2gl_tf.comparison.source import UNRECORDED, digest_of_source, note_source, source_digest


@pytest.fixture
def package(tmp_path):
    for name in (
        "__init__.py", "models/a.py", "models/deep/b.py", "data/dataset.py", "data/reading/c.py",
        "comparison/execution.py", "comparison/tables.py", "commands/train.py", "reports/page.py",
        "studies/ablation.py", "models/table.csv",
    ):  # fmt: skip
        path = tmp_path / "package" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"# {name}\n")
    return tmp_path / "package"


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("models/a.py", True),
        ("models/deep/b.py", True),
        ("data/dataset.py", True),
        ("comparison/execution.py", True),
        ("new_layer/new.py", True),
        ("__init__.py", False),
        ("data/reading/c.py", False),
        ("comparison/tables.py", False),
        ("commands/train.py", False),
        ("reports/page.py", False),
        ("studies/ablation.py", False),
        ("models/table.csv", False),
    ],
)
def test_what_a_fit_runs_counts_and_nothing_else(package, name, counts):
    before = digest_of_source(package)
    (package / name).parent.mkdir(exist_ok=True)
    (package / name).write_text("changed")
    assert (digest_of_source(package) != before) == counts


def test_a_module_that_moves_or_takes_lines_of_another_is_a_change(package):
    digests = {digest_of_source(package)}
    (package / "models" / "a.py").rename(package / "models" / "z.py")
    digests.add(digest_of_source(package))
    (package / "models" / "z.py").write_text("")
    digests.add(digest_of_source(package))
    assert len(digests) == 3


def test_it_is_read_once_a_process(monkeypatch):
    first = source_digest()
    monkeypatch.setattr(source, "digest_of_source", None)
    assert source_digest() == first


def test_keys_survive_edits_and_versions_and_records_tell_them(make_comparison, monkeypatch):
    def made(version, digest):
        monkeypatch.setattr(cells, "__version__", version)
        monkeypatch.setattr(cells, "source_digest", lambda: digest)
        comparison = make_comparison()
        (cell, *_) = comparison.trial_cells(comparison.entrants[0])
        return cell.key, comparison.identity, cell.describe()

    *first, earlier = made("0.1.0", "aa")
    *second, later = made("0.2.0", "bb")
    assert first == second
    assert (earlier["version"], earlier["source"]) == ("0.1.0", "aa")
    assert (later["version"], later["source"]) == ("0.2.0", "bb")


def test_a_fit_remembers_all_sources_that_worked_on_it(tmp_path, monkeypatch):
    said = []
    for digest in ("aa", "aa", "bb", "aa"):
        monkeypatch.setattr(source, "source_digest", lambda digest=digest: digest)
        said.append(note_source(tmp_path / "fit"))
    assert said == ["aa", "aa", "aa+bb", "aa+bb"]
    assert json.loads((tmp_path / "fit" / "sources.json").read_text()) == ["aa", "bb"]


def test_a_fit_begun_before_sources_were_noted_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(source, "source_digest", lambda: "aa")
    (tmp_path / "checkpoint").write_text("")
    assert note_source(tmp_path) == f"{UNRECORDED}+aa"

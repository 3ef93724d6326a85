"""Every mistake of a user of prepare.py is one line, exit status 2, and nothing on disk."""

import gzip
import sys

import numpy as np
import pytest
from PIL import Image

from a2bm2gl_tf.commands import prepare
from a2bm2gl_tf.commands.command_line import run

ROWS = [(f"u{u}", v, u % 5 + 1, 1000 + 7 * v + u) for u in range(12) for v in range(12)]
TABLE = "user,item,rating,time\n" + "".join(f"{u},{v},{r},{t}\n" for u, v, r, t in ROWS)
PAIRS = "user,item\n" + "".join(f"{u},{v}\n" for u, v, _, _ in ROWS)
TITLES = "item,title\n" + "".join(f"{v},clip number {v % 3}\n" for v in range(12))


@pytest.fixture
def folder(tmp_path):
    """A working directory with good files and some bad ones."""
    files = {
        "good.csv": TABLE,
        "pairs.csv": PAIRS,
        "titles.csv": TITLES,
        "few_titles.csv": TITLES.replace("7,clip number 1\n", ""),
        "more_titles.csv": TITLES + "77,clip number 0\n",
        "double_titles.csv": TITLES + "7,clip again\n",
        "empty.csv": "",
        "header.csv": "user,item\n",
        "no_item.csv": "user,thing\n1,2\n",
        "short.csv": "user,item\n1,2\n3\n",
        "no_user.csv": "user,item\n1,2\n,2\n",
        "words.csv": "user,item,rating\n1,2,good\n",
        "infinite.csv": "user,item,rating\n1,2,inf\n",
        "quote.csv": 'user,item\n1,"2\n3,4\n',
        "tiny.csv": "user,item\n1,2\n2,2\n",
        "thesis/chapter.txt": "words",
        "inside/good.csv": PAIRS,
        "folder.csv/note": "words",
        "no_header.csv": PAIRS.partition("\n")[2],
        "other_names.txt": "who;what\n1;2\n",
        "broken.parquet": PAIRS,
        **{f"pictures/{v}.png": "" for v in (*range(12), 88)},
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / "binary.csv").write_bytes(bytes(range(256)) * 20)
    (tmp_path / "packed.csv.gz").write_bytes(gzip.compress(PAIRS.encode()))
    (tmp_path / "packed.csv").write_bytes(gzip.compress(PAIRS.encode()))
    (tmp_path / "utf16.csv").write_bytes(PAIRS.encode("utf-16"))
    (tmp_path / "latin.csv").write_bytes("user,item\nJos\xe9,2\n".encode("latin-1"))
    (tmp_path / "vectors").mkdir()
    for item in (*range(12), 88):
        np.save(tmp_path / "vectors" / f"{item}.npy", np.full(2, item + 1.0))
    np.save(tmp_path / "objects.npy", np.array([{}], object), allow_pickle=True)
    np.save(tmp_path / "nan.npy", np.full((12, 2), np.nan, np.float32))
    np.save(tmp_path / "short.npy", np.ones((7, 2), np.float32))
    return tmp_path


def _tree(folder):
    return sorted(str(path) for path in folder.rglob("*"))


IN_PROCESS_AND_ALONE = pytest.mark.parametrize(
    "alone", [False, pytest.param(True, marks=pytest.mark.slow)]
)


@IN_PROCESS_AND_ALONE
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("--input=good.csv", "--output_dir is missing"),
        ("--output_dir=out", "--input is missing"),
        ("--input=none.csv --output_dir=out", "--input=none.csv: no such file or folder"),
        ("--input=thesis --output_dir=out", "looks like none of the known formats"),
        ("--input=packed.csv.gz --output_dir=out", "packed.csv.gz: is compressed with gzip"),
        ("--input=packed.csv --output_dir=out", "packed.csv: is compressed with gzip"),
        ("--input=utf16.csv --output_dir=out", "utf16.csv: is UTF-16 text"),
        ("--input=empty.csv --output_dir=out", "empty.csv: the file is empty"),
        ("--input=broken.parquet --output_dir=out", "truncated or not a Parquet file"),
        ("--input=folder.csv --output_dir=out", "folder.csv: is a folder where a file is needed"),
        ("--input=no_header.csv --output_dir=out", "no_header.csv: row 1: cannot tell which"),
        ("--input=no_header.csv --output_dir=out", "add a header if row 1 is a record"),
        (
            "--input=other_names.txt --user_column=who --output_dir=out",
            "cannot tell which column holds the items (columns: who, what); give --item_column",
        ),
        ("--input=good.csv --format=netflix --output_dir=out", "--format=netflix: unknown"),
        ("--input=good.csv --format=table --item_offset=none --output_dir=out", "--item_offset"),
        ("--input=good.csv --fold=u1 --output_dir=out", "--fold=u1: has no meaning"),
        ("--input=empty.csv --format=table --output_dir=out", "empty.csv: the file is empty"),
        ("--input=header.csv --output_dir=out", "header.csv"),
        ("--input=no_item.csv --format=table --output_dir=out", "--item_column"),
        ("--input=good.csv --item_column=thing --output_dir=out", "thing"),
        ("--input=good.csv --value_column=stars --output_dir=out", "stars"),
        ("--input=short.csv --output_dir=out", "short.csv: row 3"),
        ("--input=no_user.csv --output_dir=out", "no_user.csv: row 3"),
        ("--input=words.csv --value_column=rating --output_dir=out", "words.csv: row 2"),
        ("--input=infinite.csv --value_column=rating --output_dir=out", "infinite.csv: row 2"),
        ("--input=quote.csv --output_dir=out", "quote.csv"),
        ("--input=binary.csv --format=table --output_dir=out", "binary.csv"),
        ("--input=latin.csv --output_dir=out", "latin.csv: row 2"),
        ("--input=pairs.csv --content=title --output_dir=out", "--content=title: give NAME=VALUE"),
        ("--input=pairs.csv --content=t=none.csv --output_dir=out", "none.csv"),
        ("--input=pairs.csv --content=../t=titles.csv --output_dir=out", "--content=../t=titles"),
        (
            "--input=pairs.csv --content=t=titles.csv --content=t=titles.csv --output_dir=out",
            "twice",
        ),
        ("--input=pairs.csv --content_kind=t=texts --output_dir=out", "--content=t=PATH"),
        ("--input=pairs.csv --content=t=few_titles.csv --output_dir=out", "item 7 (1 item) of pai"),
        ("--input=pairs.csv --content=t=more_titles.csv --output_dir=out", "item 77 (1 item) not"),
        (
            "--input=pairs.csv --content=p=pictures --output_dir=out",
            "pictures: item 88 (1 item) not",
        ),
        ("--input=pairs.csv --content=p=vectors --output_dir=out", "vectors: item 88 (1 item) not"),
        ("--input=pairs.csv --content=t=double_titles.csv --output_dir=out", "double_titles.csv"),
        ("--input=pairs.csv --content=t=objects.npy --output_dir=out", "Python objects"),
        ("--input=pairs.csv --content=t=nan.npy --output_dir=out", "nan.npy"),
        ("--input=pairs.csv --content=t=short.npy --output_dir=out", "short.npy"),
        (
            "--input=pairs.csv --require_content=t --output_dir=out",
            "the data has no content; give --content=t",
        ),
        (
            "--input=pairs.csv --content=t=titles.csv --require_content=u --output_dir=out",
            "--require_content=u: there is no such content; choose from t",
        ),
        ("--input=pairs.csv --threshold=3 --output_dir=out", "--value_column"),
        ("--input=good.csv --value_column=rating --threshold=nan --output_dir=out", "finite"),
        ("--input=good.csv --value_column=rating --threshold=9 --output_dir=out", "threshold"),
        ("--input=good.csv --user_core=99 --output_dir=out", "after the filter k_core"),
        ("--input=good.csv --user_core=0 --output_dir=out", "user_core"),
        ("--input=good.csv --num_users=99 --output_dir=out", "only 12 users"),
        ("--input=good.csv --num_interactions=999 --output_dir=out", "only 144 interactions"),
        ("--input=good.csv --split=given --output_dir=out", "does not come split"),
        ("--input=pairs.csv --split=time_ratio --output_dir=out", "--time_column"),
        ("--input=pairs.csv --split=leave_one_out --output_dir=out", "--time_column"),
        ("--input=good.csv --split=random --output_dir=out", "split"),
        ("--input=good.csv --folds=1000 --output_dir=out", "--folds=1000"),
        ("--input=good.csv --folds=5 --test_fraction=.3 --output_dir=out", "--test_fraction"),
        ("--input=good.csv --split=leave_one_out --folds=2 --output_dir=out", "--folds"),
        ("--input=good.csv --test_fraction=1.5 --output_dir=out", "--test_fraction=1.5"),
        ("--input=good.csv --validation_fraction=0 --output_dir=out", "--validation_fraction=0"),
        ("--input=good.csv --seed=-1 --output_dir=out", "seed"),
        ("--input=tiny.csv --output_dir=out", "data is empty"),
        ("--input=good.csv --text_encoder=bert --output_dir=out", "--text_encoder=bert"),
        ("--input=good.csv --max_share=0 --output_dir=out", "--max_share"),
        ("--input=good.csv --feature_scaling=minmax --output_dir=out", "feature_scaling"),
        ("--input=good.csv --output_dir=out --colour=red", "colour"),
        ("good.csv --output_dir=out", "unexpected argument 'good.csv'"),
        ("--input=good.csv --output_dir=titles.csv", "is a file"),
        ("--input=good.csv --output_dir=good.csv --overwrite", "good.csv: is a file; give a dir"),
        ("--input=good.csv --output_dir=titles.csv/a/b", "titles.csv is a file; give another"),
        ("--input=pairs.csv --folds=100 --output_dir=out", "fewer than --folds=100 or a larger"),
        ("--input=good.csv --output_dir=thesis", "left alone"),
        ("--input=good.csv --output_dir=thesis --overwrite", "left alone"),
        ("--input=inside/good.csv --output_dir=inside --overwrite", "would be lost"),
        ("--output_dir=out --verify", "no prepared data there"),
        ("--output_dir=out --verify --input=pairs.csv", "--input=pairs.csv: --verify reads"),
        ("--input=pairs.csv --text_encoder=doc2vec --output_dir=out", "kind text (none at all)"),
        (
            "--input=pairs.csv --content=t=titles.csv --vector_encoder=pca --output_dir=out",
            "--vector_encoder=pca: the data has no content of kind vector (text)",
        ),
        ("--input=pairs.csv --category_encoder=svd --output_dir=out", "--category_encoder=svd"),
        ("--input=pairs.csv --word_encoder=tfidf --output_dir=out", "--word_encoder=tfidf"),
        ("--input=pairs.csv --image_encoder=keras:X --output_dir=out", "--image_encoder=keras:X"),
        ("--input=pairs.csv --weights_path=good.csv --output_dir=out", "--weights_path=good.csv"),
        ("--input=pairs.csv --skip_unreadable --output_dir=out", "--skip_unreadable"),
    ],
)
def test_one_line_and_nothing_written(folder, command, monkeypatch, capsys, arguments, said, alone):
    before = _tree(folder)
    if alone:
        result = command("prepare", *arguments.split(), cwd=folder)
        status, errors = result.returncode, result.stderr
    else:
        monkeypatch.chdir(folder)
        monkeypatch.setattr(sys, "argv", ["prepare.py", *arguments.split()])
        with pytest.raises(SystemExit) as ended:
            run(prepare.main, prepare.define_flags)
        status, errors = ended.value.code, capsys.readouterr().err
    assert status == 2
    assert len(errors.splitlines()) == 1, errors
    assert errors.startswith("error: ")
    assert said in errors
    assert _tree(folder) == before


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("--image_encoder=keras:none.keras", "keras:none.keras: no such file"),
        ("--image_encoder=keras:MobileNetV2", "as --weights_path"),
        ("--image_encoder=keras:bad.keras", "bad.keras: cannot be loaded"),
        ("--image_encoder=keras:AlexNet --weights_path=good.csv", "neither a .keras file nor"),
    ],
)
def test_a_network_that_cannot_be_had_is_one_line(folder, command, arguments, said):
    (folder / "covers").mkdir()
    for item in range(12):
        Image.new("RGB", (8, 8), (item, 0, 0)).save(folder / "covers" / f"{item}.png")
    (folder / "bad.keras").write_bytes(b"no archive")
    result = command(
        *("prepare", "--input=pairs.csv", "--content=cover=covers", "--output_dir=out"),
        *arguments.split(),
        cwd=folder,
    )
    assert result.returncode == 2
    assert len(result.stderr.splitlines()) == 1, result.stderr
    assert said in result.stderr
    assert not (folder / "out").exists()


def test_taken_directory_and_overwriting(folder, command):
    arguments = ("prepare", "--input=pairs.csv", "--output_dir=out")
    assert command(*arguments, cwd=folder).returncode == 0
    before = (folder / "out" / "parts.npy").read_bytes()
    again = command(*arguments, "--seed=1", cwd=folder)
    assert again.returncode == 2
    assert "--overwrite" in again.stderr
    assert (folder / "out" / "parts.npy").read_bytes() == before
    assert command(*arguments, "--seed=1", "--overwrite", cwd=folder).returncode == 0
    assert (folder / "out" / "parts.npy").read_bytes() != before
    verified = command("prepare", "--output_dir=out", "--verify", cwd=folder)
    assert verified.stdout.splitlines()[-1].startswith("out is whole")
    (folder / "out" / "parts.npy").write_bytes(before)
    changed = command("prepare", "--output_dir=out", "--verify", cwd=folder)
    assert changed.returncode == 2
    assert "parts.npy: its hash is not" in changed.stderr


@pytest.mark.parametrize(("policy", "items"), [("drop", 12), ("keep", 13)])
def test_a_folder_of_vectors_obeys_the_policy(folder, in_process, policy, items):
    status, out, err = in_process(
        "prepare",
        *("--input=pairs.csv", "--content=p=vectors", "--output_dir=out"),
        f"--extra_items={policy}",
        cwd=folder,
    )
    assert status == 0, err
    assert f"12 users, {items} items, 144 interactions" in out
    assert f"{items} of {items} items have it" in out
    assert ("1 items without interactions added" in out) == (policy == "keep")


def test_an_odd_id_is_noted(folder, in_process):
    (folder / "odd.csv").write_text(PAIRS.replace("u7,3\n", "u7,three\n"))
    status, out, err = in_process("prepare", "--input=odd.csv", "--output_dir=out", cwd=folder)
    assert status == 0, err
    assert "note: item ids (column item) are text because of 'three' (row 89)" in out

"""From a user's own CSV files to recommendations with titles, by the commands alone."""

import hashlib
import importlib.metadata
import json
import platform
import signal
import time

import numpy as np
import pytest
from PIL import Image


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Interactions of forty users with thirty clips of three kinds, and the clips' titles."""
    folder = tmp_path_factory.mktemp("mine")
    rng = np.random.default_rng(0)
    lines = []
    for user in range(40):
        liked = rng.permutation([v for v in range(30) if v % 3 == user % 3])[:8]
        other = rng.permutation([v for v in range(30) if v % 3 != user % 3])[:4]
        lines += [f"u{user},clip{item}\n" for item in (*liked, *other)]
    (folder / "interactions.csv").write_text("user,item\n" + "".join(lines))
    kinds = ("Cat nap by the fire", "Goalkeeper saves, slowly", "Jazz piano solo")
    titles = [f'clip{item},"{kinds[item % 3]} {item}"\n' for item in range(30)]
    (folder / "titles.csv").write_text("item,title\n" + "".join(titles))
    return folder


def _prepare(command, folder, *arguments):
    return command(
        "prepare",
        "--input=interactions.csv",
        "--content=title=titles.csv",
        "--output_dir=prepared/mine",
        *arguments,
        cwd=folder,
    )


def test_what_prepare_prints_is_what_the_files_hold(command, files):
    result = _prepare(command, files, "--overwrite")
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
    shown = result.stdout
    assert "format table, because its columns are user, item" in shown
    assert "read interactions (table): 480 records" in shown
    assert "40 users, 30 items, 480 interactions, sparsity 60.00%" in shown
    assert "30 of 30 items have it (100.0%)" in shown
    # 12 interactions a user: floor(2.4 + .5) = 2 are test data, floor(1 + .5) = 1 validation data.
    assert "sizes: train 360, validation 40, test 80" in shown
    manifest = json.loads((files / "prepared/mine/manifest.json").read_text())
    assert [entry["name"] for entry in manifest["inputs"]] == ["interactions.csv", "titles.csv"]
    assert manifest["inputs"][0]["bytes"] == (files / "interactions.csv").stat().st_size


@pytest.mark.slow
def test_train_export_and_recommend_on_it(command, files):
    _prepare(command, files, "--overwrite")
    trained = command(
        "train",
        "--dataset=prepared",
        "--data_dir=prepared/mine",
        "--output_dir=runs/mine",
        "--epochs=40",
        "--evaluate_every=10",
        cwd=files,
    )
    assert trained.returncode == 0, trained.stderr
    assert "interactions, random per user" in trained.stdout
    exported = command("export", "--output_dir=runs/mine", cwd=files)
    assert exported.returncode == 0, exported.stderr
    shown = command("recommend", "--export_dir=runs/mine/export", "--users=u3", "--k=3", cwd=files)
    assert shown.returncode == 0, shown.stderr
    rows = shown.stdout.splitlines()[2:]
    titles = (files / "titles.csv").read_text()
    seen = [
        line.split(",")[1]
        for line in (files / "interactions.csv").read_text().splitlines()
        if line.startswith("u3,")
    ]
    assert len(rows) == 3
    for row in rows:
        item, title = row.split(maxsplit=3)[2:]
        assert f'{item},"{title}"' in titles
        assert item not in seen
    other = command(
        "train",
        "--dataset=prepared",
        "--data_dir=prepared/mine",
        "--feature_scaling=none",
        "--output_dir=runs/other",
        cwd=files,
    )
    assert other.returncode == 2
    assert "were scaled by zscore_l2" in other.stderr
    assert not (files / "runs/other").exists()


def test_the_chosen_encoder_and_what_decides_the_bytes_are_named(command, tmp_path):
    pairs = "".join(f"{u},{v}\n" for u in range(12) for v in range(12))
    (tmp_path / "pairs.csv").write_text("user,item\n" + pairs)
    kinds = "".join(f"{v},{'Comedy' if v % 2 else 'War'}\n" for v in range(12))
    (tmp_path / "genres.csv").write_text("item,genre\n" + kinds)
    titles = "".join(f"{v},clip number {v % 3}\n" for v in range(12))
    (tmp_path / "titles.csv").write_text("item,title\n" + titles)
    versions = []
    for output, *arguments in (
        ("one", "--content_kind=genre=categories"),
        ("two", "--content_kind=genre=categories", "--max_columns=1", "--content=title=titles.csv"),
    ):
        result = command(
            "prepare",
            "--input=pairs.csv",
            "--content=genre=genres.csv",
            f"--output_dir={output}",
            *arguments,
            cwd=tmp_path,
        )
        assert result.returncode == 0, result.stderr
        chosen = {"one": "2 columns by multi_hot (", "two": "64 columns by hashed ("}[output]
        assert f"modality genre: {chosen}" in result.stdout
        manifest = json.loads((tmp_path / output / "manifest.json").read_text())
        versions.append(manifest["library_versions"])
    everywhere = {"a2bm2gl_tf", "python", "numpy", "scipy", "pyarrow"}
    assert versions[0].keys() == everywhere
    assert versions[1].keys() == everywhere | {"scikit-learn", "threadpoolctl"}
    assert versions[0]["pyarrow"] == importlib.metadata.version("pyarrow")
    assert versions[0]["python"] == ".".join(platform.python_version_tuple()[:2])


def test_folds_of_movielens_and_every_filter_together(command, movielens_folder, tmp_path):
    result = command(
        "prepare",
        f"--input={movielens_folder}",
        f"--output_dir={tmp_path}/out",
        "--threshold=2",
        "--user_core=5",
        "--item_core=5",
        "--num_users=20",
        "--num_interactions=150",
        "--folds=3",
        "--validation_fraction=0.3",
        "--missing_features=mask",
    )
    assert result.returncode == 0, result.stderr
    manifest = json.loads((tmp_path / "out/manifest.json").read_text())
    names = [entry["name"] for entry in manifest["filters"]]
    assert names == ["threshold", "repeats", "k_core", "subsample"]
    removed = sum(entry["removed"]["interactions"] for entry in manifest["filters"])
    assert manifest["reading"]["records"] - removed == 150
    assert (manifest["counts"]["users"], manifest["counts"]["interactions"]) == (20, 150)
    assert sum(fold["test"] for fold in manifest["counts"]["folds"]) == 150
    assert "fold 2: train" in result.stdout


def test_the_manifest_names_every_file_behind_a_content(command, tmp_path):
    (tmp_path / "pairs.csv").write_text(
        "user,item\n" + "".join(f"{u},{v}\n" for u in range(12) for v in range(12))
    )
    rng = np.random.default_rng(0)
    np.save(tmp_path / "poster_feat.npy", rng.normal(size=(12, 3)))
    np.save(tmp_path / "poster_mask.npy", np.arange(12) != 5)
    for folder in ("audio", "covers"):
        (tmp_path / folder).mkdir()
    for item in range(12):
        np.save(tmp_path / "audio" / f"{item}.npy", rng.normal(size=4))
        pixels = rng.integers(0, 255, (16, 16, 3), np.uint8)
        Image.fromarray(pixels).save(tmp_path / "covers" / f"{item}.png")
    arguments = [
        "--input=pairs.csv",
        "--missing_features=mask",
        "--content=poster=poster_feat.npy",
        "--content=sound=audio",
        "--content=cover=covers",
    ]
    for output in ("one", "two"):
        result = command("prepare", *arguments, f"--output_dir={output}", cwd=tmp_path)
        assert result.returncode == 0, result.stderr
    assert "modality poster: 3 columns by as_is" in result.stdout
    assert "11 of 12 items have it (91.7%)" in result.stdout
    manifest = json.loads((tmp_path / "one" / "manifest.json").read_text())
    entries = {entry["name"]: entry for entry in manifest["inputs"]}
    assert list(entries) == ["audio", "covers", "pairs.csv", "poster_feat.npy", "poster_mask.npy"]
    assert entries["covers"]["files"] == entries["audio"]["files"] == 12
    digest = hashlib.sha256((tmp_path / "poster_mask.npy").read_bytes()).hexdigest()
    assert entries["poster_mask.npy"]["sha256"] == digest
    for path in (tmp_path / "one").rglob("*"):
        if path.is_file():
            twin = tmp_path / "two" / path.relative_to(tmp_path / "one")
            assert path.read_bytes() == twin.read_bytes()


@pytest.fixture
def movielens_folder(tmp_path):
    folder = tmp_path / "ml"
    folder.mkdir()
    rng = np.random.default_rng(2)
    pairs = np.argwhere(rng.random((40, 25)) < 0.5) + 1
    rows = [f"{u}\t{v}\t{rng.integers(1, 6)}\t{880000000 + u}\n" for u, v in pairs]
    (folder / "u.data").write_text("".join(rows))
    genres = "|".join(str(int(column == 5)) for column in range(19))
    rows = [f"{v}|Film {v}|01-Jan-1995||http://x|{genres}\n" for v in range(1, 26)]
    (folder / "u.item").write_text("".join(rows))
    return folder


@pytest.mark.slow
@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_preparation_leaves_nothing(command, tmp_path, number, status):
    rows = np.random.default_rng(0).integers(0, 30000, (2_000_000, 2))
    np.savetxt(tmp_path / "big.csv", rows, "%d", ",", header="user,item", comments="")
    before = {path.name for path in tmp_path.iterdir()}
    process = command.start(
        "prepare", f"--input={tmp_path}/big.csv", f"--output_dir={tmp_path}/new/out"
    )
    deadline = time.monotonic() + 60
    # While the hidden directory is there, files are being written.
    while time.monotonic() < deadline and not list(tmp_path.glob("new/.out.*/written/*")):
        assert process.poll() is None, "it ended before it could be interrupted"
        time.sleep(0.001)
    process.send_signal(number)
    assert process.wait(60) == status
    assert {path.name for path in tmp_path.iterdir()} == before

"""Nothing in the package can run what a file says: no call that could is written anywhere in it."""

import ast
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[1]
_SOURCES = sorted((_ROOT / "a2bm2gl_tf").rglob("*.py")) + sorted(
    (_ROOT / "run_scripts").glob("*.py")
)

# Whatever is imported as, the last two parts of a dotted name tell these.
_NEVER = {
    *("pickle.load", "pickle.loads", "pickle.Unpickler", "torch.load", "joblib.load", "dill.load"),
    *("cloudpickle.load", "cloudpickle.loads", "marshal.load", "marshal.loads", "shelve.open"),
    *("yaml.load", "yaml.unsafe_load", "yaml.full_load", "pd.read_pickle", "pandas.read_pickle"),
    *("os.system", "os.popen", "subprocess.getoutput", "subprocess.getstatusoutput"),
    *("os.execv", "os.execve", "os.execvp", "os.spawnv", "runpy.run_path", "runpy.run_module"),
    *("shutil.unpack_archive", "tempfile.mktemp", "config.enable_unsafe_deserialization"),
    *("eval", "exec", "compile", "__import__", "code.interact", "types.FunctionType"),
    *("archive.extractall", "archive.extract", "tarfile.open", "gensim.load", "Doc2Vec.load"),
}
# What must be said by name and as a constant wherever the call is made.
_ONLY_WITH = {
    "np.load": ("allow_pickle", False),
    "numpy.load": ("allow_pickle", False),
    "np.lib.format.read_array": ("allow_pickle", False),
    "saving.load_model": ("safe_mode", True),
    "models.load_model": ("safe_mode", True),
    "SentenceTransformer": ("trust_remote_code", False),
}
# Exporting runs a graph of TensorFlow, and the README says so.
_SAVED_MODELS = {"serving/recommend.py"}


def _name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return f"{_name(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def _faults(source: str, place: str = "") -> list[str]:
    faults = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.module in ("pickle", "marshal", "shelve"):
            faults.append(f"{node.lineno}: from {node.module} import")
        if not isinstance(node, ast.Call):
            continue
        whole = _name(node.func)
        name = ".".join(whole.split(".")[-2:])
        given = {k.arg: getattr(k.value, "value", None) for k in node.keywords if k.arg}
        if name in _NEVER:
            faults.append(f"{node.lineno}: {whole}")
        if name in _ONLY_WITH and given.get(_ONLY_WITH[name][0], ...) is not _ONLY_WITH[name][1]:
            faults.append(f"{node.lineno}: {whole} without {_ONLY_WITH[name]}")
        if given.get("allow_pickle") or given.get("shell") or given.get("trust_remote_code"):
            faults.append(f"{node.lineno}: {whole} with {given}")
        if name == "saved_model.load" and place not in _SAVED_MODELS:
            faults.append(f"{node.lineno}: {whole}")
    return faults


def test_no_call_can_run_what_a_file_says():
    faults = {}
    for path in _SOURCES:
        inside = path.is_relative_to(_ROOT / "a2bm2gl_tf")
        place = path.relative_to(_ROOT / "a2bm2gl_tf").as_posix() if inside else path.name
        faults[place] = _faults(path.read_text(encoding="utf-8"), place)
    assert len(faults) > 300
    assert {place: found for place, found in faults.items() if found} == {}


@pytest.mark.parametrize(
    "source",
    [
        "import pickle\npickle.load(file)",
        "from pickle import loads",
        "import numpy as np\nnp.load(path)",
        "np.load(path, allow_pickle=True)",
        "np.load(path, allow_pickle=flag)",
        "eval(text)",
        "subprocess.run(text, shell=True)",
        "torch.load(path, weights_only=True)",
        "keras.saving.load_model(path)",
        "keras.saving.load_model(path, safe_mode=False)",
        "tf.saved_model.load(path)",
        "zipfile.ZipFile(path).archive.extractall(folder)",
        "SentenceTransformer(name, trust_remote_code=True)",
    ],
)
def test_each_of_them_would_be_found(source):
    assert _faults(source)


def test_what_is_allowed_is_no_fault():
    assert _faults("np.load(path, allow_pickle=False)\nre.compile('x')\nmodel.eval()") == []

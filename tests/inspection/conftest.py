"""What tune.py writes into study.json, as far as a summary reads it."""

SEARCH = {
    "kind": "a2bm2gl search",
    "data": "abc",
    "settings": {"model": "lightgcn", "training": {"monitor": "ndcg@10"}},
    "rules": {"search": "random"},
    "space": {"dimension": {}},
}

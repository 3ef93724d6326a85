"""Which of a run's metrics are shown to people."""

SHOWN_METRICS = ("ndcg@10", "recall@10", "precision@10", "ndcg@20", "recall@20", "auc")

"""Everything that the report of score distributions shows, computed from a finished run."""

from collections.abc import Sequence

import numpy as np
import scipy.sparse as sp

from a2bm2gl_tf.commands.runs import FinishedRun
from a2bm2gl_tf.data.synthetic import planted_scores
from a2bm2gl_tf.evaluation.content_similarity import content_similarities
from a2bm2gl_tf.evaluation.mean_scores import mean_scores
from a2bm2gl_tf.evaluation.score_distributions import kinds_of_items
from a2bm2gl_tf.evaluation.user_boundaries import user_boundaries
from a2bm2gl_tf.losses.adaptive import AdaptiveLoss
from a2bm2gl_tf.losses.objective import Objective
from a2bm2gl_tf.methods.fitting import model_scores
from a2bm2gl_tf.methods.ideal import Ideal
from a2bm2gl_tf.models.recommender import Recommender
from a2bm2gl_tf.reports.distribution_data import Distributions, ScoreSource


def distributions_of_run(
    run: FinishedRun, rows: np.ndarray, rule: str, ideal: Ideal | None = None
) -> Distributions:
    """Scores of some users by the run, by the ideal model and by the data itself.

    What Fig. 3(a, b) calls real is the `ideal` model's scores. Without any model, generated data
    knows the utility that its interactions were drawn from, and all data with modalities how
    similar an item is to what the user has interacted with.

    Args:
      run: the finished run.
      rows: int (n,), the users to draw, each with a positive item.
      rule: a line that says how they were picked.
      ideal: what `fit_ideal` made of the run, or None.
    """
    dataset = run.trained_on
    parts = (dataset.train, dataset.validation, dataset.test)
    found, margin = boundaries_of_run(run), np.nan
    boundaries = {} if found is None else {"predicted": found}
    if boundaries:
        margin = run.objective.recommendation.margin
    product = "E_u . E_v" if run.model.has_embeddings else "score"
    score_fn = model_scores(run.model)
    title = f"Predicted by the run: {run.config.model}, trained on training items"
    own = None if found is None else found[rows]
    sources = [ScoreSource("predicted", title, f"predicted {product}", score_fn(rows), own)]
    means = {"predicted": mean_scores(score_fn, *parts)}
    if ideal is not None:
        score_fn = model_scores(ideal.model)
        title = 'Ideal ("real" in Fig. 3): the model trained on test items too'
        shown = (dataset.train + dataset.validation + dataset.test).tocsr()
        found = _boundaries(ideal.model, ideal.objective, shown, run.step)
        own = None if found is None else found[rows]
        axis = f"{product} of the ideal model"
        sources.append(ScoreSource("ideal", title, axis, score_fn(rows), own))
        means["ideal"] = mean_scores(score_fn, *parts)
        if found is not None:
            boundaries["ideal"] = found
    sources += _sources_of_data(run, rows)
    return Distributions(
        lead=_lead(run, rule, sources, bool(boundaries)),
        users=tuple(dataset.user_ids[rows].tolist()),
        item_ids=dataset.item_ids,
        kinds=np.stack([kinds_of_items(row, *parts) for row in rows]),
        sources=tuple(sources),
        all_users=dataset.user_ids,
        degrees=dataset.train.getnnz(axis=1),
        means=means,
        boundaries=boundaries,
        margin=margin,
    )


def boundaries_of_run(run: FinishedRun) -> np.ndarray | None:
    """B_u^up and B_u^low of every user, float32 (U, 2); None where the run has none."""
    return _boundaries(run.model, run.objective, run.trained_on.train, run.step)


def means_of_run(run: FinishedRun) -> np.ndarray:
    """Mean scores of every user's items, float64 (U, 3); see `mean_scores`."""
    dataset = run.trained_on
    return mean_scores(model_scores(run.model), dataset.train, dataset.validation, dataset.test)


def _boundaries(
    model: Recommender, objective: Objective, train: sp.csr_matrix, step: int
) -> np.ndarray | None:
    loss = objective.recommendation
    # A closed form is found without the loss, whose boundaries are then where they began.
    if not (isinstance(loss, AdaptiveLoss) and model.has_embeddings and step):
        return None
    return user_boundaries(loss, *model.embeddings(), train)


def _sources_of_data(run: FinishedRun, rows: np.ndarray) -> list[ScoreSource]:
    """What the data itself says of users and items, without any model."""
    dataset, sources = run.trained_on, []
    if run.config.dataset == "synthetic":
        scores = planted_scores(run.config.data, rows)
        title = "Planted: the utility that interactions were drawn from"
        sources.append(ScoreSource("planted", title, "planted utility", scores))
    for modality in dataset.modalities:
        scores = [content_similarities(modality, dataset.train[row].indices) for row in rows]
        title = f"Content, {modality.name}: cosine with the mean of the (other) training items"
        name = f"content {modality.name}"
        sources.append(ScoreSource(name, title, f"cosine, {modality.name}", np.stack(scores)))
    return sources


def _lead(
    run: FinishedRun, rule: str, sources: Sequence[ScoreSource], bounded: bool
) -> tuple[str, ...]:
    names = [source.name for source in sources]
    how = f"loss {run.config.loss.name}, step {run.step}" if run.step else "closed form"
    lines = [
        f"Model {run.config.model}, {how}; {run.dataset.name}, {run.trained_on.split}",
        rule,
    ]
    if not bounded:
        lines.append("This run has no boundaries B_u: only the adaptive loss trains them")
    if "ideal" not in names:
        lines.append(
            'What Fig. 3 calls the "real" distribution, the scores of the same model trained on '
            "test items too, is drawn with --train_ideal"
        )
    if len(names) == len({"predicted", "ideal"} & set(names)):
        lines.append("The data has neither modalities nor planted preferences to compare with")
    return tuple(lines)

"""Skip-gram embeddings of the nodes of random walks, by gensim."""

import numpy as np

_LEARNING_RATE = (0.025, 0.0001)


def skip_gram_embeddings(
    walks: np.ndarray,
    num_nodes: int,
    dimension: int,
    window: int,
    negatives: int,
    epochs: int,
    seed: int,
) -> np.ndarray:
    """Embeds nodes that occur near each other on walks alike (Mikolov et al., NIPS 2013).

    One thread trains, so that the seed decides everything.

    Args:
      walks: int (w, length) node rows, -1 after a walk's end.
      num_nodes: n.
      dimension: width of the embeddings.
      window: largest distance on a walk between a node and its context.
      negatives: sampled contexts for each true one.
      epochs: passes over the walks.
      seed: of the initial embeddings and the sampling.

    Returns:
      float32 (n, dimension); 0 for a node that no walk puts beside another one.
    """
    from gensim.models import Word2Vec

    embeddings = np.zeros((num_nodes, dimension), np.float32)
    lengths = np.count_nonzero(walks >= 0, axis=1)
    sentences = [
        walk[:length].tolist() for walk, length in zip(walks, lengths, strict=True) if length > 1
    ]
    if not sentences:
        return embeddings
    model = Word2Vec(
        sentences,
        sg=1,
        vector_size=dimension,
        window=window,
        negative=negatives,
        min_count=1,
        # Skipping frequent nodes would shorten walks.
        sample=0,
        alpha=_LEARNING_RATE[0],
        min_alpha=_LEARNING_RATE[1],
        epochs=epochs,
        seed=seed,
        workers=1,
        hashfxn=int,
    )
    embeddings[np.array(model.wv.index_to_key)] = model.wv.vectors
    return embeddings

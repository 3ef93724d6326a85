"""HGCL: graph contrastive learning on a graph of users and a graph of micro-videos."""

import dataclasses

import tensorflow as tf

from a2bm2gl_tf.data.dataset import Dataset
from a2bm2gl_tf.graph.node_type_graphs import node_type_graphs
from a2bm2gl_tf.graph.propagation import SparseOperator, resolve_backend
from a2bm2gl_tf.layers.infomax_encoder import InfomaxEncoder
from a2bm2gl_tf.layers.modality_projection import ModalityProjection
from a2bm2gl_tf.layers.seeds import derived_seed
from a2bm2gl_tf.models.carried_weights import CarriedWeight, node_rows, shared
from a2bm2gl_tf.models.config import ModelConfig
from a2bm2gl_tf.models.node_embeddings import NodeEmbeddings
from a2bm2gl_tf.models.own_settings import make_own_settings
from a2bm2gl_tf.models.recommender import Recommender, Representations

# Streams of the seed; each modality has one.
_USERS, _ITEMS, _CONTENT = 0, 1, 100


@dataclasses.dataclass(frozen=True)
class HGCLSettings:
    """What HGCL alone has.

    Attributes:
      infomax_weight: weight of the contrastive term of the graphs of users and of items.
    """

    infomax_weight: float = 0.1


class HGCL(Recommender):
    r"""Heterogeneous graph contrastive learning network (Cai et al., IEEE TMM 25, 2023).

    A random surfing model turns the user-item graph into one graph a node type, M^(uu) and M^(vv)
    (`node_type_graphs`). On each, a graph encoder and a contrastive network in the manner of Deep
    Graph Infomax (Velickovic et al., ICLR 2019) maximise the mutual information of local patches
    and the whole graph:

      H = PReLU(M X W),   s = sigmoid(mean_i H_i),
      L_type = -1/2n sum_i [log sigmoid(H_i^T W_D s) + log(1 - sigmoid(H~_i^T W_D s))]

    with H~ of shuffled rows of X. A type-crossing objective joins the embeddings of both types.
    This is the HGCL that A2BM2GL's authors compare with; "Heterogeneous Graph Contrastive Learning
    for Recommendation" (Chen et al., WSDM 2023) goes by the same name.

    Adapted: of the publication no more than its abstract and what A2BM2GL's authors say of it in
    sections 2, 3.5 and 4.2 of their paper was at hand. They fix the random surfing, its restart,
    the graphs by type and what is contrasted with what; encoder, readout and discriminator are Deep
    Graph Infomax's, whose description the abstract repeats, and the type-crossing objective is BPR
    on E_u . E_v = H_u . H_v. X holds free embeddings, to which an item's content is added by a
    projection. M keeps the `top_m` strongest entries a row, scaled to sum 1.

    Args:
      dataset: the training interactions and the modalities.
      config: `dimension`, `num_layers`, `dropout`, `init_stddev`, `propagation`, `seed`, `own`, and
        of `surfing` the hops, the probability of going on, `top_m` and `beam`.

    Raises:
      UserError: for settings that do not fit.
    """

    own_losses = ("graph_infomax",)
    own_settings = HGCLSettings

    def __init__(self, dataset: Dataset, config: ModelConfig, **kwargs):
        super().__init__(name="hgcl", dtype="float32", **kwargs)
        self.infomax_weight = make_own_settings(HGCLSettings, config.own).infomax_weight
        self.num_users, self.num_items = dataset.num_users, dataset.num_items
        self.modality_names = tuple(modality.name for modality in dataset.modalities)
        self.node_embeddings = NodeEmbeddings.of_config(self.num_users + self.num_items, config)
        self.content = [
            ModalityProjection(
                modality,
                config.dimension,
                config.init_stddev,
                derived_seed(config.seed, _CONTENT + place),
            )
            for place, modality in enumerate(dataset.modalities)
        ]
        backend = resolve_backend(config.propagation, config.jit_compile)
        surfing = config.surfing
        of_users, of_items = node_type_graphs(
            dataset.train, surfing.hops, surfing.continue_probability, surfing.top_m, surfing.beam
        )
        self.user_encoder, self.item_encoder = (
            InfomaxEncoder(
                SparseOperator(graph, backend),
                config.dimension,
                config.num_layers,
                seed=derived_seed(config.seed, stream),
                name=name,
            )
            for graph, stream, name in (
                (of_users, _USERS, "users"),
                (of_items, _ITEMS, "items"),
            )
        )
        self.built = True

    def carried_weights(self) -> list[CarriedWeight]:
        """See `Recommender.carried_weights`."""
        carried = node_rows("node_embeddings", self.node_embeddings.table)
        for name, projection in zip(self.modality_names, self.content, strict=True):
            carried += shared(f"content/{name}", projection, [name])
        carried += shared("users", self.user_encoder)
        return carried + shared("items", self.item_encoder)

    def call(self, training: bool = False, dropout_seed: tf.Tensor | None = None):
        """Encodes both graphs; see `Recommender.call`.

        `auxiliary` holds X of both types, "user_inputs" and "item_inputs", for the contrast.
        """
        table = self.node_embeddings(training=training, dropout_seed=dropout_seed)
        users, items = tf.split(table, [self.num_users, self.num_items])
        items = tf.add_n([items, *(project() for project in self.content)])
        return Representations.of_final(
            self.user_encoder(users),
            self.item_encoder(items),
            user_inputs=users,
            item_inputs=items,
        )

    def infomax_logits(
        self, representations: Representations, seed: tf.Tensor
    ) -> list[tuple[tf.Tensor, tf.Tensor]]:
        """What the discriminator says of the patches of each graph.

        Args:
          representations: of this model's forward pass.
          seed: int32 (2,), stateless seed of the shuffles.

        Returns:
          For users, then items: logits of the patches and of the shuffled graph's, float32 (n,).
        """
        inputs = representations.auxiliary
        parts = (
            (self.user_encoder, representations.users, inputs["user_inputs"]),
            (self.item_encoder, representations.items, inputs["item_inputs"]),
        )
        seeds = tf.random.experimental.stateless_split(seed, 2)
        logits = []
        for place, (encoder, encoded, features) in enumerate(parts):
            uniform = tf.random.stateless_uniform([features.shape[0]], seeds[place])
            shuffled = encoder(tf.gather(features, tf.argsort(uniform)))
            summary = encoder.summary(encoded)
            logits.append(
                (encoder.discriminate(encoded, summary), encoder.discriminate(shuffled, summary))
            )
        return logits

"""A split that tests on items without any training data, which only their content can place."""

import numpy as np

from a2bm2gl_tf.data.formats.raw import TEST, TRAIN, VALIDATION, Interactions
from a2bm2gl_tf.data.preparation.random_streams import stream
from a2bm2gl_tf.data.preparation.records import items_present
from a2bm2gl_tf.data.preparation.split_options import Partition, SplitOptions


def cold_items(interactions: Interactions, options: SplitOptions) -> Partition:
    """Draws the items of the test data, then those of the validation data; the rest are trained on.

    Of V items with records, floor(test_fraction V + 1/2) are test items, and of the V' left
    floor(validation_fraction V' + 1/2) validation items: what is selected on validation data is
    selected for the task that is tested.
    """
    order = stream(options.seed, "cold_items").permutation(
        np.flatnonzero(items_present(interactions))
    )
    num_test = int(options.test_fraction * len(order) + 0.5)
    num_validation = int(options.validation_fraction * (len(order) - num_test) + 0.5)
    part_of_item = np.full(len(interactions.item_ids), TRAIN, np.uint8)
    part_of_item[order[:num_test]] = TEST
    part_of_item[order[num_test : num_test + num_validation]] = VALIDATION
    recipe = (
        f"cold items: all records of {options.test_fraction:g} of the items test, of "
        f"{options.validation_fraction:g} of the others validation; seed {options.seed}"
    )
    return Partition(part_of_item[interactions.items][None], recipe)

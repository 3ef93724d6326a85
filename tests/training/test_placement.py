"""Under the segment backend, no op of the training step has to run on the host.

TensorFlow moves an op without a GPU kernel to the host without a word, and computes with int32
there even where a kernel is registered. A build with GPU kernels is asked for its register; others
know only their own, so what was found missing in TensorFlow 2.21's is listed here.
"""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf
from tensorflow.python.framework import kernels

from a2bm2gl_tf.layers.neighbourhoods import Surfing
from a2bm2gl_tf.losses.config import LossConfig
from a2bm2gl_tf.losses.objective import Objective
from a2bm2gl_tf.losses.registry import build_loss
from a2bm2gl_tf.models.config import ModelConfig
from a2bm2gl_tf.models.registry import build_model
from a2bm2gl_tf.training.config import TrainingConfig
from a2bm2gl_tf.training.optimisation import build_optimizer
from a2bm2gl_tf.training.step import build_step, trainable_variables

# (op, attribute, type); an empty attribute stands for every type.
_HOST_ONLY = {
    ("TopKV2", "index_type", tf.int64),
    ("ReverseV2", "T", tf.int64),
    ("Pad", "T", tf.int64),
    ("PadV2", "T", tf.int64),
    ("UnsortedSegmentSum", "T", tf.int64),
    ("SparseSoftmax", "", None),
    ("SparseAdd", "", None),
    ("SparseReduceSum", "", None),
    ("PyFunc", "", None),
}
_ARITHMETIC = {"AddV2", "Sub", "Mul", "Maximum", "Minimum", "GreaterEqual", "Equal", "SelectV2"}
_ARITHMETIC |= {"FloorDiv", "FloorMod", "ConcatV2", "Range", "ReadVariableOp", "Const"}


def _concrete_step(dataset, neighbourhood, propagation="segment"):
    dataset = dataclasses.replace(dataset, modalities=dataset.modalities[:1])
    surfing = Surfing(neighbourhood=neighbourhood, top_m=6)
    config = ModelConfig(dimension=8, knn=4, dropout=0.2, surfing=surfing, propagation=propagation)
    model = build_model("a2bm2gl", dataset, config)
    loss_config = LossConfig(name="adaptive", l2=0.1)
    degrees = np.asarray(dataset.train.sum(axis=0)).ravel()
    objective = Objective(
        build_loss(loss_config, 8, degrees, dataset.num_users), loss_config, dataset.num_users
    )
    optimizer = build_optimizer(TrainingConfig(), 10)
    optimizer.build(trainable_variables(model, objective))
    step = build_step(model, objective, optimizer, seed=0, jit_compile=False)
    return step.get_concrete_function()


def _nodes(graph):
    definition = graph.as_graph_def()
    yield from definition.node
    for function in definition.library.function:
        yield from function.node_def


def _has_gpu_kernel(op, types):
    """Whether a kernel for a GPU is registered; types not named may be any."""
    return any(
        kernel.device_type in ("GPU", "DEFAULT")
        and all(
            types.get(constraint.name, constraint.allowed_values.list.type[0])
            in constraint.allowed_values.list.type
            for constraint in kernel.constraint
        )
        for kernel in kernels.get_registered_kernels_for_op(op).kernel
    )


def _host_only(node):
    if tf.test.is_built_with_cuda():
        types = {name: value.type for name, value in node.attr.items() if value.type}
        return node.op not in ("Placeholder", "NoOp") and not _has_gpu_kernel(node.op, types)
    return any(
        node.op == op and (not attribute or node.attr[attribute].type == kind.as_datatype_enum)
        for op, attribute, kind in _HOST_ONLY
        if not attribute or attribute in node.attr
    )


@pytest.mark.parametrize("neighbourhood", ["top_m", "full", "reachable"])
def test_no_op_of_the_step_is_for_the_host_alone(small_dataset, neighbourhood):
    step = _concrete_step(small_dataset, neighbourhood)
    nodes = list(_nodes(step.graph))
    assert {"GatherV2", "UnsortedSegmentSum"} <= {node.op for node in nodes}
    assert sorted({node.op for node in nodes if _host_only(node)}) == []


@pytest.mark.parametrize("neighbourhood", ["top_m", "full", "reachable"])
def test_nothing_as_long_as_the_graph_is_int32(small_dataset, neighbourhood):
    step = _concrete_step(small_dataset, neighbourhood)
    items = small_dataset.num_items
    long = [
        f"{operation.type} {output.shape}"
        for operation in step.graph.get_operations()
        if operation.type in _ARITHMETIC
        for output in operation.outputs
        if output.dtype == tf.int32 and (output.shape.num_elements() or 0) >= items
    ]
    assert long == []
    lists = [tensor for tensor in step.captured_inputs if tensor.dtype == tf.int32]
    assert all(tensor.shape.num_elements() < items for tensor in lists)


def test_a_host_op_would_be_found():
    turned = tf.function(lambda x: tf.reverse(tf.math.top_k(x, 2, index_type=tf.int64)[1], [0]))
    graph = turned.get_concrete_function(tf.TensorSpec([5])).graph
    assert {node.op for node in _nodes(graph) if _host_only(node)} == {"TopKV2", "ReverseV2"}


@pytest.mark.skipif(not tf.test.is_built_with_cuda(), reason="needs TensorFlow's GPU kernels")
@pytest.mark.parametrize(("op", "attribute", "kind"), sorted(_HOST_ONLY, key=str))
def test_what_is_listed_is_missing_from_the_register(op, attribute, kind):
    types = {attribute: kind.as_datatype_enum} if attribute else {}
    assert not _has_gpu_kernel(op, types)
    # int32 variables are kept on the host because creating one elsewhere is what is missing.
    assert not _has_gpu_kernel("VarHandleOp", {"dtype": tf.int32.as_datatype_enum})
    assert _has_gpu_kernel("VarHandleOp", {"dtype": tf.int64.as_datatype_enum})

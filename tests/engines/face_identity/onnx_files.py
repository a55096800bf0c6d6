"""ONNX files by hand: the messages of protocol buffers that one small network needs."""

from pathlib import Path

import numpy as np

FLOAT, INT, INTS, TENSOR_FLOAT = 1, 2, 7, 1  # AttributeProto.type and TensorProto.data_type


def varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


def number(field: int, value: int) -> bytes:
    return varint(field << 3) + varint(value)


def data(field: int, value: bytes | str) -> bytes:
    held = value.encode() if isinstance(value, str) else value
    return varint(field << 3 | 2) + varint(len(held)) + held


def ints(name: str, *values: int) -> bytes:
    return data(1, name) + b"".join(number(8, value) for value in values) + number(20, INTS)


def node(kind: str, inputs, output: str, *attributes: bytes) -> bytes:
    named = b"".join(data(1, each) for each in inputs)
    held = b"".join(data(5, each) for each in attributes)
    return named + data(2, output) + data(3, output) + data(4, kind) + held


def tensor(name: str, values: np.ndarray) -> bytes:
    shape = b"".join(number(1, side) for side in values.shape)
    return shape + number(2, TENSOR_FLOAT) + data(8, name) + data(9, values.astype("<f4").tobytes())


def named_shape(name: str, *shape: int) -> bytes:
    sides = b"".join(data(1, number(1, side)) for side in shape)
    return data(1, name) + data(2, data(1, number(1, TENSOR_FLOAT) + data(2, sides)))


def write_recognizer(path: Path, features: int = 128) -> np.ndarray:
    """Write a network of random weights as large as SFace sees: 16 px means times a matrix.

    Returns the matrix (147, features).
    """
    weights = np.random.default_rng(5).standard_normal((147, features)).astype(np.float32)
    graph = (
        data(
            1,
            node(
                "AveragePool",
                ["data"],
                "pooled",
                ints("kernel_shape", 16, 16),
                ints("strides", 16, 16),
            ),
        )
        + data(1, node("Flatten", ["pooled"], "flat"))
        + data(1, node("Gemm", ["flat", "weights"], "fc1"))
        + data(2, "recognizer")
        + data(5, tensor("weights", weights))
        + data(11, named_shape("data", 1, 3, 112, 112))
        + data(12, named_shape("fc1", 1, features))
    )
    path.write_bytes(number(1, 7) + data(7, graph) + data(8, data(1, "") + number(2, 11)))
    return weights

# ruff: noqa: INP001 - a folder of scripts
"""Translate the small TFLite networks of mediapipe into ONNX; a development tool.

Knows the operators that the face models use. Activations are NHWC in TFLite and NCHW in ONNX, so
constants are transposed once and reshapes get a transpose. The attention mesh has three custom
operators; they become plain ONNX ones: a similarity transform that frames a set of landmarks
(`Landmarks2TransformMatrix`), a bilinear crop of a feature map through it
(`TransformTensorBilinear`, samples at pixel centers) and the way back for the refined points
(`TransformLandmarks`). Transforms are kept as a pair of tensors (A, t): row vector p -> p A + t.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import onnx
import tflite
from flatbuffers import flexbuffers
from onnx import TensorProto, helper, numpy_helper

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Table: TypeAlias = Any  # a flatbuffers table; the package has no types
BUILTIN = {v: k for k, v in vars(tflite.BuiltinOperator).items() if isinstance(v, int)}
CUSTOM = 32
DTYPES = {0: np.float32, 1: np.float16, 2: np.int32}
TO_NCHW = (0, 3, 1, 2)
AXIS_NCHW = {0: 0, 3: 1, 1: 2, 2: 3}
SMALL = 64  # constants up to this many elements stay in float32


@dataclass(frozen=True)
class Converted:
    """A serialized ONNX model and the landmark subsets that its attention heads refine."""

    model: bytes
    subsets: list[list[int]]


def convert(data: bytes, name: str, output_names: Sequence[str]) -> Converted:
    """Translate a TFLite file; raise NotImplementedError for an operator that is not known."""
    graph = _Translation(data)
    graph.translate()
    outputs = graph.name_outputs(output_names)
    shape = graph.shape(graph.source.Inputs(0))
    image = helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 3, *shape[1:3]])
    casts, initializers = _half_precision(graph.initializers)
    onnx_graph = helper.make_graph([*casts, *graph.nodes], name, [image], outputs, initializers)
    model = helper.make_model(onnx_graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)
    onnx.checker.check_model(model)
    return Converted(model.SerializeToString(deterministic=True), graph.subsets)


def _half_precision(
    tensors: Sequence[onnx.TensorProto],
) -> tuple[list[onnx.NodeProto], list[onnx.TensorProto]]:
    """Store large constants as float16 plus a Cast: exact, for the wheel's weights are float16."""
    casts, kept = [], []
    for tensor in tensors:
        value = numpy_helper.to_array(tensor)
        if value.dtype != np.float32 or value.size <= SMALL:
            kept.append(tensor)
            continue
        stored = f"{tensor.name}_half"
        kept.append(numpy_helper.from_array(value.astype(np.float16), stored))
        casts.append(helper.make_node("Cast", [stored], [tensor.name], to=TensorProto.FLOAT))
    return casts, kept


def _same_pads(size: Sequence[int], kernel: Sequence[int], stride: Sequence[int]) -> list[int]:
    """ONNX pads (top, left, bottom, right) of TFLite's SAME padding."""
    pairs = []
    for n, k, s in zip(size, kernel, stride, strict=True):
        total = max((-(-n // s) - 1) * s + k - n, 0)
        pairs.append((total // 2, total - total // 2))
    return [pairs[0][0], pairs[1][0], pairs[0][1], pairs[1][1]]


class _Translation:
    """Walks the operators of one TFLite graph and collects ONNX nodes."""

    def __init__(self, data: bytes) -> None:
        self.model = tflite.Model.GetRootAsModel(bytearray(data), 0)
        self.source = self.model.Subgraphs(0)
        self.nodes: list[onnx.NodeProto] = []
        self.initializers: list[onnx.TensorProto] = []
        self.subsets: list[list[int]] = []
        self._constants = self._read_constants()
        self._transforms: dict[int, tuple[str, str]] = {}
        self._serial = 0

    def _read_constants(self) -> dict[int, np.ndarray]:
        found = {}
        for i in range(self.source.TensorsLength()):
            tensor = self.source.Tensors(i)
            buffer = self.model.Buffers(tensor.Buffer())
            if buffer.DataLength():
                raw = buffer.DataAsNumpy().tobytes()
                found[i] = np.frombuffer(raw, DTYPES[tensor.Type()]).reshape(self.shape(i))
        return found

    def shape(self, tensor: int) -> list[int]:
        """Shape of a TFLite tensor (NHWC)."""
        t = self.source.Tensors(tensor)
        return [int(n) for n in t.ShapeAsNumpy()] if t.ShapeLength() else []

    def translate(self) -> None:
        """Translate every operator, in order."""
        handlers: dict[str, Callable[[Table, list[int], int], None]] = {
            "DEQUANTIZE": self._dequantize,
            "CONV_2D": self._conv,
            "DEPTHWISE_CONV_2D": self._depthwise,
            "PRELU": self._prelu,
            "RELU": self._relu,
            "ADD": self._add,
            "MUL": self._mul,
            "MAX_POOL_2D": self._max_pool,
            "PAD": self._pad,
            "RESHAPE": self._reshape,
            "CONCATENATION": self._concat,
            "STRIDED_SLICE": self._slice,
            "Landmarks2TransformMatrix": self._frame_landmarks,
            "TransformTensorBilinear": self._crop,
            "TransformLandmarks": self._points_back,
        }
        for i in range(self.source.OperatorsLength()):
            op = self.source.Operators(i)
            code = self.model.OperatorCodes(op.OpcodeIndex())
            builtin = max(code.BuiltinCode(), code.DeprecatedBuiltinCode())
            name = code.CustomCode().decode() if builtin == CUSTOM else BUILTIN[builtin]
            if name not in handlers:
                raise NotImplementedError(f"TFLite operator {name}")
            inputs = [op.Inputs(k) for k in range(op.InputsLength())]
            handlers[name](op, inputs, op.Outputs(0))

    def name_outputs(self, names: Sequence[str]) -> list[onnx.ValueInfoProto]:
        """Give the graph's outputs `names`, in the order of the TFLite file."""
        infos = []
        for k, name in enumerate(names):
            tensor = self.source.Outputs(k)
            shape = self.shape(tensor)
            if len(shape) == 4:
                shape = [shape[i] for i in TO_NCHW]
            self._node("Identity", [self._tensor(tensor)], name)
            infos.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))
        return infos

    # -- building blocks

    def _tensor(self, index: int) -> str:
        return "image" if index == self.source.Inputs(0) else f"t{index}"

    def _constant(self, value: object, dtype: type = np.float32) -> str:
        self._serial += 1
        name = f"c{self._serial}"
        array = np.ascontiguousarray(np.asarray(value, dtype)).reshape(np.shape(value))
        self.initializers.append(numpy_helper.from_array(array, name))
        return name

    def _node(self, op: str, inputs: list[str], output: str = "", **attributes: object) -> str:
        self._serial += 1
        output = output or f"n{self._serial}"
        self.nodes.append(helper.make_node(op, inputs, [output], **attributes))
        return output

    def _activated(self, x: str, activation: int, output: int) -> None:
        """Apply TFLite's fused activation (0 none, 1 ReLU, 3 ReLU6)."""
        if activation == 0:
            self._node("Identity", [x], self._tensor(output))
        elif activation == 1:
            self._node("Relu", [x], self._tensor(output))
        else:
            bounds = [self._constant(0.0), self._constant(6.0)]
            self._node("Clip", [x, *bounds], self._tensor(output))

    @staticmethod
    def _options(op: Table, kind: type) -> Table:
        options = kind()
        table = op.BuiltinOptions()
        options.Init(table.Bytes, table.Pos)
        return options

    @staticmethod
    def _custom_options(op: Table) -> dict[str, Any]:
        raw = bytes(bytearray(op.CustomOptions(i) for i in range(op.CustomOptionsLength())))
        return dict(flexbuffers.Loads(raw))

    # -- standard operators

    def _dequantize(self, _op: Table, inputs: list[int], output: int) -> None:
        self._constants[output] = self._constants[inputs[0]].astype(np.float32)

    def _conv(self, op: Table, inputs: list[int], output: int) -> None:
        weights = self._constants[inputs[1]].transpose(0, 3, 1, 2)
        self._convolution(self._options(op, tflite.Conv2DOptions), inputs, output, weights, 1)

    def _depthwise(self, op: Table, inputs: list[int], output: int) -> None:
        weights = self._constants[inputs[1]].transpose(3, 0, 1, 2)
        options = self._options(op, tflite.DepthwiseConv2DOptions)
        self._convolution(options, inputs, output, weights, weights.shape[0])

    def _convolution(
        self, options: Table, inputs: list[int], output: int, weights: np.ndarray, group: int
    ) -> None:
        stride = [options.StrideH(), options.StrideW()]
        kernel = list(weights.shape[2:])
        same = options.Padding() == 0
        x = self._node(
            "Conv",
            [self._tensor(inputs[0]), self._constant(weights)]
            + [self._constant(self._constants[i]) for i in inputs[2:3]],
            strides=stride,
            kernel_shape=kernel,
            pads=_same_pads(self.shape(inputs[0])[1:3], kernel, stride) if same else [0] * 4,
            group=group,
        )
        self._activated(x, options.FusedActivationFunction(), output)

    def _prelu(self, _op: Table, inputs: list[int], output: int) -> None:
        slope = self._constants[inputs[1]].reshape(-1, 1, 1)
        self._node("PRelu", [self._tensor(inputs[0]), self._constant(slope)], self._tensor(output))

    def _relu(self, _op: Table, inputs: list[int], output: int) -> None:
        self._node("Relu", [self._tensor(inputs[0])], self._tensor(output))

    def _add(self, op: Table, inputs: list[int], output: int) -> None:
        options = self._options(op, tflite.AddOptions)
        x = self._node("Add", [self._operand(i) for i in inputs])
        self._activated(x, options.FusedActivationFunction(), output)

    def _operand(self, tensor: int) -> str:
        known = self._constants.get(tensor)
        return self._tensor(tensor) if known is None else self._constant(known)

    def _mul(self, _op: Table, inputs: list[int], output: int) -> None:
        if inputs[0] not in self._transforms:
            self._node("Mul", [self._operand(i) for i in inputs], self._tensor(output))
            return
        a, t = self._transforms[inputs[0]]  # a 4x4 matrix, rescaled to pixels of the image
        scale = self._constants[inputs[1]][0]
        self._transforms[output] = (
            self._node("Mul", [a, self._constant(scale[None, :2, :2].transpose(0, 2, 1))]),
            self._node("Mul", [t, self._constant(scale[None, None, :2, 3])]),
        )

    def _max_pool(self, op: Table, inputs: list[int], output: int) -> None:
        options = self._options(op, tflite.Pool2DOptions)
        kernel = [options.FilterHeight(), options.FilterWidth()]
        stride = [options.StrideH(), options.StrideW()]
        same = options.Padding() == 0
        pads = _same_pads(self.shape(inputs[0])[1:3], kernel, stride) if same else [0] * 4
        self._node(
            "MaxPool", [self._tensor(inputs[0])], self._tensor(output),
            kernel_shape=kernel, strides=stride, pads=pads,
        )  # fmt: skip

    def _pad(self, _op: Table, inputs: list[int], output: int) -> None:
        pads = self._constants[inputs[1]].astype(np.int64)[list(TO_NCHW)]
        flat = self._constant(np.concatenate([pads[:, 0], pads[:, 1]]), np.int64)
        self._node("Pad", [self._tensor(inputs[0]), flat], self._tensor(output))

    def _reshape(self, _op: Table, inputs: list[int], output: int) -> None:
        x = self._tensor(inputs[0])
        if len(self.shape(inputs[0])) == 4:
            x = self._node("Transpose", [x], perm=[0, 2, 3, 1])
        shape = self._constant(self.shape(output), np.int64)
        if len(self.shape(output)) == 4:
            x = self._node("Reshape", [x, shape])
            self._node("Transpose", [x], self._tensor(output), perm=list(TO_NCHW))
        else:
            self._node("Reshape", [x, shape], self._tensor(output))

    def _concat(self, op: Table, inputs: list[int], output: int) -> None:
        axis = self._options(op, tflite.ConcatenationOptions).Axis()
        if len(self.shape(output)) == 4:
            axis = AXIS_NCHW[axis % 4]
        self._node("Concat", [self._tensor(i) for i in inputs], self._tensor(output), axis=axis)

    def _slice(self, op: Table, inputs: list[int], output: int) -> None:
        size = self.shape(inputs[0])
        if size == self.shape(output):
            self._node("Identity", [self._tensor(inputs[0])], self._tensor(output))
            return
        options = self._options(op, tflite.StridedSliceOptions)
        begin, end, step = (self._constants[i].astype(np.int64).copy() for i in inputs[1:4])
        for axis in range(len(begin)):
            if options.BeginMask() >> axis & 1:
                begin[axis] = 0
            if options.EndMask() >> axis & 1:
                end[axis] = size[axis]
        bounds = [self._constant(v, np.int64) for v in (begin, end, np.arange(len(begin)), step)]
        self._node("Slice", [self._tensor(inputs[0]), *bounds], self._tensor(output))

    # -- custom operators of the attention mesh

    def _frame_landmarks(self, op: Table, inputs: list[int], output: int) -> None:
        """Upright box around a subset of landmarks -> transform from crop to image pixels."""
        options = self._custom_options(op)
        width, height = options["output_width"], options["output_height"]
        subset = [int(i) for i in options["subset_idxs"]]
        self.subsets.append(subset)
        ends = [self._constant([v], np.int64) for v in (0, 2, 2)]
        flat = self._node("Slice", [self._tensor(inputs[0]), *ends])
        corners = [
            self._node("Gather", [flat, self._constant([options[key]], np.int64)], axis=1)
            for key in ("left_rotation_idx", "right_rotation_idx")
        ]
        across = self._node("Sub", corners[::-1])
        axis2 = self._constant([2], np.int64)
        u = self._node("Div", [across, self._node("ReduceL2", [across, axis2], keepdims=1)])
        v = self._node("MatMul", [u, self._constant([[0, 1], [-1, 0]])])
        back = self._node("Concat", [u, v], axis=1)
        points = self._node("Gather", [flat, self._constant(subset, np.int64)], axis=1)
        turn = self._node("Transpose", [back], perm=[0, 2, 1])
        upright = self._node("MatMul", [points, turn])
        axis1 = self._constant([1], np.int64)
        low = self._node("ReduceMin", [upright, axis1], keepdims=1)
        high = self._node("ReduceMax", [upright, axis1], keepdims=1)
        middle = self._node("Mul", [self._node("Add", [low, high]), self._constant(0.5)])
        center = self._node("MatMul", [middle, back])
        per_pixel = [[[options["scale_x"] / width, options["scale_y"] / height]]]
        size = self._node("Mul", [self._node("Sub", [high, low]), self._constant(per_pixel)])
        a = self._node("Mul", [back, self._node("Transpose", [size], perm=[0, 2, 1])])
        half = self._node("MatMul", [self._constant([[[width * 0.5, height * 0.5]]]), a])
        self._transforms[output] = (a, self._node("Sub", [center, half]))

    def _crop(self, op: Table, inputs: list[int], output: int) -> None:
        """Sample the feature map at pixel centers of the crop (+0.5 there, -0.5 in the map)."""
        a, t = self._transforms[inputs[1]]
        options = self._custom_options(op)
        width, height = options["output_width"], options["output_height"]
        rows, columns = self.shape(inputs[0])[1:3]
        x, y = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
        grid = self._constant(np.stack([x, y], -1).reshape(1, -1, 2))
        at = self._node("Add", [self._node("MatMul", [grid, a]), t])
        at = self._node("Sub", [at, self._constant(0.5)])
        unit = self._constant([2 / (columns - 1), 2 / (rows - 1)])
        at = self._node("Sub", [self._node("Mul", [at, unit]), self._constant(1.0)])
        at = self._node("Reshape", [at, self._constant([1, height, width, 2], np.int64)])
        self._node(
            "GridSample", [self._tensor(inputs[0]), at], self._tensor(output),
            mode="linear", padding_mode="border", align_corners=1,
        )  # fmt: skip

    def _points_back(self, _op: Table, inputs: list[int], output: int) -> None:
        a, t = self._transforms[inputs[1]]
        moved = self._node("MatMul", [self._tensor(inputs[0]), a])
        self._node("Add", [moved, t], self._tensor(output))

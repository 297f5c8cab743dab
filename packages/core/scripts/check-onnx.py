"""
Checks exported ONNX files with the reference implementation's checker and strict shape inference, which share no code
with the writer or with ONNX Runtime. Needs the package onnx (Debian: python3-onnx).

    /usr/bin/python3 packages/core/scripts/check-onnx.py FOLDER     # of step.onnx, start.onnx, predict.onnx
"""

import sys
from pathlib import Path

import onnx

folder = Path(sys.argv[1])
names = {}
for file in ("step", "start", "predict"):
    model = onnx.load(folder / f"{file}.onnx")
    onnx.checker.check_model(model, full_check=True)
    inferred = onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True, data_prop=True)
    graph = inferred.graph
    unknown = [
        value.name
        for value in [*graph.value_info, *graph.output]
        if not all(dim.HasField("dim_value") for dim in value.type.tensor_type.shape.dim)
    ]
    names[file] = ({value.name for value in graph.input}, {value.name for value in graph.output})
    print(f"{file}: {len(graph.node)} nodes, {len(graph.value_info)} shapes inferred, {len(unknown)} of them unknown")
    for entry in model.metadata_props:
        print(f"    {entry.key}: {entry.value}")

takes, gives = names["step"]
state = names["start"][1]
assert names["start"][0] == set(), "start has inputs"
assert {f"next:{name}" for name in state} == gives - {"loss", "logits"}, "step does not give the next state"
rest = {name for name in takes - state if not name.startswith("mask:")}
assert rest == {"inputs", "labels", "learningRate"}, f"step takes {rest} beside the state"
assert names["predict"][0] - {"inputs"} <= state, "predict takes what no training gives"

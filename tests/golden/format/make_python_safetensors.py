"""Writes python.safetensors with the Python package safetensors (0.4 or later): every dtype that numpy has.

    python make_python_safetensors.py    # in this folder
"""
import numpy as np
from safetensors.numpy import save_file

ramp = (np.arange(6, dtype=np.float64) / 4 - 1).reshape(2, 3)
tensors = {
    "F64": ramp,
    "F32": ramp.astype(np.float32),
    "F16": ramp.astype(np.float16),
    "I64": np.array([-1, 2**40], dtype=np.int64),
    "I32": np.array([-1, 2**20], dtype=np.int32),
    "I16": np.array([-1, 2**10, 7], dtype=np.int16),
    "I8": np.array([-1, 100], dtype=np.int8),
    "U8": np.arange(5, dtype=np.uint8),
    "BOOL": np.array([True, False, True]),
    "empty": np.zeros((0, 3), dtype=np.float32),
}
save_file(tensors, "python.safetensors", metadata={"format": "np", "note": "ä \"quoted\"\n"})

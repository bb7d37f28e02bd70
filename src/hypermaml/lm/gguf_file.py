"""Decoders in a GGUF file, as llama.cpp uses them; quantized weights are dequantized."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hypermaml._misc.failures import sentence_of, short
from hypermaml.lm.architecture import ATTENTION, PROJECTIONS, Architecture, Scaling
from hypermaml.lm.extra import require
from hypermaml.lm.gguf_header import Stored, read_header
from hypermaml.lm.hugging_face import number_of
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
    fields: dict[str, Any]
    _tensors: dict[str, Stored]

    def __init__(self, path: Path):
        """Opens a file.

        Raises:
            ModuleNotFoundError: gguf is not installed.
            ValueError: the file is absent, damaged, or of another kind of model.
        """
        require("gguf", "reading GGUF files")
        self.path = path
        self.fields, self._tensors = read_header(path)
        self._read: set[str] = set()
        self.kind = self.field("general.architecture")
        if self.kind not in KINDS:
            raise ValueError(
                f"{path}: general.architecture is {short(self.kind)}, but it must be one of {', '.join(KINDS)}"
            )

    def field(self, name: str, default: Any = None) -> Any:
        """A value of the metadata; names that begin with a dot are of this kind of model.

        Raises:
            ValueError: it is absent, and there is no default.
        """
        name = f"{self.kind}{name}" if name.startswith(".") else name
        if name not in self.fields and default is None:
            raise ValueError(f"{self.path}: the field {name} is missing")
        return self.fields.get(name, default)

    def number(self, name: str, *, kind: type = int, default: Any = None, most: float = 1e15) -> Any:
        """A positive number of the metadata; arguments as in `field` and `number_of`.

        Raises:
            ValueError: it is absent, and there is no default; or it is not a number above zero and up to `most`.
        """
        name = f"{self.kind}{name}" if name.startswith(".") else name
        return number_of(self.fields, name, self.path, kind=kind, default=default, most=most)

    def token(self, name: str) -> int | None:
        """A token's number in the metadata; `None` if there is none.

        Raises:
            ValueError: the vocabulary has no such token.
        """
        found, tokens = self.fields.get(name), self.texts("tokenizer.ggml.tokens")
        if found is not None and not (type(found) is int and 0 <= found < len(tokens)):
            raise ValueError(f"{self.path}: {name} is {short(found)}, but it must be the number of one of its tokens")
        return found

    def texts(self, name: str) -> list[str]:
        """A list of texts in the metadata.

        Raises:
            ValueError: it is absent, or not such a list.
        """
        found = self.field(name)
        if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
            raise ValueError(f"{self.path}: {name} is {short(found)}, but it must be a list of texts")
        return found

    def tensor(self, name: str) -> np.ndarray | None:
        """A tensor by its name in this file, dequantized; `None` if there is none.

        Raises:
            ValueError: its kind is not one of weights, or it holds NaN or infinity.
        """
        from gguf.quants import dequantize

        found = self._tensors.get(name)
        if found is None:
            return None
        self._read.add(name)
        try:
            with np.errstate(all="ignore"):
                held = np.memmap(self.path, np.uint8, "r", found.first, found.bytes)
                tensor = dequantize(held, found.kind)
        except Exception as error:  # the package raises several kinds
            raise ValueError(f"{self.path}: the tensor {name} cannot be read: {sentence_of(error)}") from None
        if not np.isfinite(tensor).all():
            raise ValueError(f"{self.path}: {name} holds NaN or infinity, but weights are finite")
        return tensor

    def architecture(self) -> Architecture:
        """The shape that the metadata and the tensors' names describe.

        Raises:
            ValueError: a field is missing or has a value that this decoder cannot have.
        """
        heads, width, layers = (
            self.number(name) for name in (".attention.head_count", ".embedding_length", ".block_count")
        )
        embedding = self._tensors.get("token_embd.weight")
        if embedding is None or len(embedding.shape) != 2:
            raise ValueError(f"{self.path}: the tensor token_embd.weight is missing, or not a matrix")
        if layers > len(self._tensors):
            raise ValueError(f"{self.path}: {self.kind}.block_count is {layers}, but the file holds fewer tensors")
        size = self.number(".attention.key_length", default=max(width // heads, 1))
        if (rotated := self.number(".rope.dimension_count", default=size)) != size:
            raise ValueError(
                f"{self.path}: {self.kind}.rope.dimension_count is {rotated}, but it must be that of a head, {size}"
            )
        try:
            return Architecture(
                vocabulary=embedding.shape[0],
                width=width,
                layers=layers,
                heads=heads,
                kv_heads=self.number(".attention.head_count_kv", default=heads),
                head_size=size,
                hidden=self.number(".feed_forward_length"),
                context=self.number(".context_length"),
                epsilon=self.number(".attention.layer_norm_rms_epsilon", kind=float, most=1.0),
                rope_base=self.number(".rope.freq_base", kind=float, default=10000.0),
                scaling=self._scaling(),
                tied="output.weight" not in self._tensors,
                biases=tuple(
                    name
                    for name in PROJECTIONS
                    if gguf_name(f"model.layers.0.{'self_attn' if name in ATTENTION else 'mlp'}.{name}.bias")
                    in self._tensors
                ),
                qk_norm="blk.0.attn_q_norm.weight" in self._tensors,
            )
        except ValueError as error:
            raise error if str(self.path) in str(error) else ValueError(f"{self.path}: {error}") from None

    def _scaling(self) -> Scaling | None:
        """How rotary frequencies are scaled; as in llama.cpp linearly, where there is a factor and no kind."""
        kind = self.field(".rope.scaling.type", "linear")
        if kind not in ("none", "linear"):
            raise ValueError(
                f"{self.path}: {self.kind}.rope.scaling.type is {short(kind)}, but it must be none or linear"
            )
        older = self.number(".rope.scale_linear", kind=float, default=1.0)
        factor = self.number(".rope.scaling.factor", kind=float, default=older)
        return None if kind == "none" or factor == 1 else Scaling(factor)

    def decoder(self, *, dtype: Any) -> Decoder:
        """The decoder.

        Args:
            dtype: of the weights in memory.

        Raises:
            ValueError: a tensor is absent, of another shape than the metadata say, or none that they ask for.
        """
        architecture = self.architecture()
        permuted = {"q_proj": architecture.heads, "k_proj": architecture.kv_heads} if self.kind == "llama" else {}

        def read(name: str, shape: tuple[int, ...]) -> np.ndarray:
            held = self._tensors.get(gguf_name(name))
            if held is None:
                raise ValueError(f"{self.path}: the tensor {gguf_name(name)} is missing")
            if (found := held.shape) != shape:
                raise ValueError(
                    f"{self.path}: {gguf_name(name)} has the shape {found}, but the metadata ask for {shape}"
                )
            tensor = self.tensor(gguf_name(name))
            assert tensor is not None
            heads = permuted.get(name.split(".")[-2])
            return tensor if heads is None else unpermuted(tensor, heads)

        stretch = self.tensor("rope_freqs.weight")
        if stretch is not None and (stretch.shape != (architecture.head_size // 2,) or (stretch <= 0).any()):
            raise ValueError(
                f"{self.path}: rope_freqs.weight must hold {architecture.head_size // 2} numbers above 0, one for each "
                "frequency"
            )
        decoder = assemble(architecture, read, dtype=dtype, stretch=stretch)
        if left := sorted(self._tensors.keys() - self._read):
            raise ValueError(
                f"{self.path} holds the tensor {left[0]}, which a decoder of the kind {self.kind} does not have: the "
                "model would not be the one that the file holds"
            )
        return decoder

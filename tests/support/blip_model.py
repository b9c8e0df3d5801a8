"""A BLIP model of 0.3 MB that tells a red picture from a blue one, made by the tests in about a second.

It is a real one in everything but size: the architecture, the files, the way of generating. It has learnt two sentences.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import torch
from transformers import (
    BertTokenizer,
    BlipConfig,
    BlipForConditionalGeneration,
    BlipImageProcessorPil,
    BlipTextConfig,
    BlipVisionConfig,
)
from transformers.utils.logging import disable_progress_bar

RED, BLUE = "a woman holding a red cup", "a boat on the blue sea"
BOS, SEP, PAD = 5, 3, 0
SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "[DEC]", "[ENC]")
SIDE_PX = 32
STEPS = 40


def make_blip(folder: Path) -> Path:
    """Make the model in the folder, and give the folder."""
    disable_progress_bar()
    torch.set_num_threads(1)  # so small that more would only wait for each other, on a machine that does other things as well
    torch.manual_seed(7)
    words = sorted({*RED.split(), *BLUE.split()})
    vocabulary = {word: index for index, word in enumerate((*SPECIAL, *words))}
    tokenizer = BertTokenizer(vocab=vocabulary, additional_special_tokens=["[DEC]", "[ENC]"])
    processor = BlipImageProcessorPil(size={"height": SIDE_PX, "width": SIDE_PX})
    model = BlipForConditionalGeneration(_config(len(vocabulary)))
    _teach(model, processor, vocabulary)
    model.save_pretrained(folder, safe_serialization=True)
    tokenizer.save_pretrained(folder)
    processor.save_pretrained(folder)
    assert "BlipForConditionalGeneration" in json.loads((folder / "config.json").read_text())["architectures"]
    return folder


def _config(words: int) -> BlipConfig:
    text = BlipTextConfig(
        vocab_size=words,
        hidden_size=32,
        encoder_hidden_size=32,
        intermediate_size=64,
        projection_dim=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        max_position_embeddings=64,
        bos_token_id=BOS,
        eos_token_id=2,
        sep_token_id=SEP,
        pad_token_id=PAD,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
    )
    vision = BlipVisionConfig(
        hidden_size=32,
        intermediate_size=64,
        projection_dim=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        image_size=SIDE_PX,
        patch_size=16,
    )
    return BlipConfig(text_config=text.to_dict(), vision_config=vision.to_dict(), projection_dim=16, image_text_hidden_size=16)


def _teach(model: BlipForConditionalGeneration, processor: BlipImageProcessorPil, vocabulary: dict[str, int]) -> None:
    pictures = [np.full((SIDE_PX, SIDE_PX, 3), colour, np.uint8) for colour in ((220, 20, 20), (20, 20, 220))]
    pixels = processor(images=pictures, return_tensors="pt")["pixel_values"]
    rows = [[BOS, *(vocabulary[word] for word in sentence.split()), SEP] for sentence in (RED, BLUE)]
    tokens = torch.tensor(rows)
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
    model.train()
    for _ in range(STEPS):
        loss = model(pixel_values=pixels, input_ids=tokens, labels=tokens).loss
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    model.eval()

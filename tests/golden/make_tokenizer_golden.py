#!/usr/bin/env python3
"""Writes the expected results of tests/golden/tokenizer from Hugging Face's `tokenizers`.

    python3 tests/golden/make_tokenizer_golden.py

Read by src/text/*_test.cc, which generate the same strings (src/text/golden_strings.h) and compare hashes.
Data files of other languages: tests/tokenizer_equality.py.

The random strings. Numbers come from xorshift64*: x ^= x >> 12; x ^= x << 25; x ^= x >> 27; the high 32
bits of x * 2685821657736338717; below(n) is (number * n) >> 32. A string is
    long = below(64) == 0; length = 90 + below(40) if long else 1 + below(32)
    and for each character, for the first only if long: class = the class of random_classes.txt that
    below(sum of weights) falls into; then first + below(last - first + 1), surrogates read as a space.

Hashes are FNV-1a, 64 bits, over 32-bit words instead of bytes: for each text the number of tokens, then
id, begin and end of each; offsets in bytes.
"""
import json
import pathlib

import tokenizers
from tokenizers import BertWordPieceTokenizer

HERE = pathlib.Path(__file__).parent / "tokenizer"
SEED, STRINGS, BLOCK = 0x9E3779B97F4A7C15, 100_000, 1_000
BYTE_SEED, BYTE_STRINGS = 0xD1B54A32D192ED03, 20_000
MASK = (1 << 64) - 1
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]


class Random:
    def __init__(self, seed):
        self.x = seed

    def below(self, n):
        x = self.x
        x ^= x >> 12
        x ^= (x << 25) & MASK
        x ^= x >> 27
        self.x = x
        return ((((x * 2685821657736338717) & MASK) >> 32) * n) >> 32


def read_classes():
    rows = [line.split()[:3] for line in (HERE / "random_classes.txt").read_text().splitlines() if line[0] != "#"]
    return [(int(first, 16), int(last, 16), int(weight)) for first, last, weight in rows]


def random_strings():
    classes = read_classes()
    picks = [(first, last) for first, last, weight in classes for _ in range(weight)]
    random = Random(SEED)
    for _ in range(STRINGS):
        is_long = random.below(64) == 0
        length = 90 + random.below(40) if is_long else 1 + random.below(32)
        chars = []
        for i in range(length):
            if i == 0 or not is_long:
                first, last = picks[random.below(len(picks))]
            point = first + random.below(last - first + 1)
            chars.append(" " if 0xD800 <= point <= 0xDFFF else chr(point))
        yield "".join(chars)


def random_bytes():
    """Bytes of UTF-8 that is mostly broken, in the kinds that decoders get wrong."""
    kinds = [(0x20, 0x7E), (0x80, 0xBF), (0x80, 0xBF), (0x80, 0xBF), (0xC0, 0xDF), (0xE0, 0xEF), (0xF0, 0xFF),
             (0xE0, 0xE0), (0xED, 0xED), (0xF0, 0xF0), (0xF4, 0xF4), (0x80, 0x8F), (0x90, 0x9F), (0xA0, 0xBF),
             (0x00, 0xFF)]
    random = Random(BYTE_SEED)
    for _ in range(BYTE_STRINGS):
        data = []
        for _ in range(1 + random.below(24)):
            first, last = kinds[random.below(len(kinds))]
            data.append(first + random.below(last - first + 1))
        yield bytes(data)


def fnv(words, value=0xCBF29CE484222325):
    for word in words:
        value = ((value ^ word) * 0x100000001B3) & MASK
    return value


def character_vocabulary():
    """Every character below U+20000 as a token of its own, so that ids show the normalized text."""
    points = [c for c in range(0x21, 0x20000) if not (0x7F <= c <= 0xA0 or 0xD800 <= c <= 0xDFFF)]
    tokens = SPECIAL + [token for c in points for token in (chr(c), "##" + chr(c))]
    return {token: i for i, token in enumerate(tokens)}


def bert_vocabulary(path):
    return {token: i for i, token in enumerate(path.read_text(encoding="utf-8").removesuffix("\n").split("\n"))}


def make_tokenizer(vocabulary, lowercase, strip_accents, chinese=True):
    tokenizer = BertWordPieceTokenizer(
        vocabulary, lowercase=lowercase, strip_accents=strip_accents, handle_chinese_chars=chinese)
    # "[SEP]" in a text is text.
    tokenizer._tokenizer.encode_special_tokens = True
    return tokenizer


def byte_offsets(text, encoding):
    at = [0]
    for char in text:
        point = ord(char)
        at.append(at[-1] + 1 + (point > 0x7F) + (point > 0x7FF) + (point > 0xFFFF))
    return [(at[begin], at[end]) for begin, end in encoding.offsets]


def hash_texts(tokenizer, texts):
    words = []
    for text, encoding in zip(texts, tokenizer.encode_batch(texts, add_special_tokens=False)):
        words.append(len(encoding.ids))
        for id_, (begin, end) in zip(encoding.ids, byte_offsets(text, encoding)):
            words += (id_, begin, end)
    return fnv(words)


def hash_lines(kind, tokenizers_by_name, blocks):
    for i, texts in enumerate(blocks):
        hashes = " ".join(f"{hash_texts(tokenizer, texts):016x}" for tokenizer in tokenizers_by_name.values())
        yield f"{kind} {i} {hashes}"


def write(name, lines):
    text = "".join(line + "\n" for line in lines)
    (HERE / name).write_text(text, encoding="utf-8")
    print(HERE / name, len(text))


def snips_texts():
    """The lines of the SNIPS files: what people really write."""
    folder = HERE.parents[2] / "examples/snips"
    for name in ("train.tsv", "valid.tsv"):
        yield (folder / name).read_text(encoding="utf-8").removesuffix("\n").split("\n")


def write_hashes(bert):
    characters = character_vocabulary()
    by_name = {
        "bert_uncased": make_tokenizer(bert, True, True),
        "uncased": make_tokenizer(characters, True, True),
        "cased": make_tokenizer(characters, False, False),
        "lowercase": make_tokenizer(characters, True, False),
        "stripped": make_tokenizer(characters, False, True, chinese=False),
    }
    strings = list(random_strings())
    blocks = [strings[i:i + BLOCK] for i in range(0, STRINGS, BLOCK)]
    planes = [["a" + (" " if 0xD800 <= c <= 0xDFFF else chr(c)) + "b" for c in range(first, first + 0x10000)]
              for first in range(0, 0x110000, 0x10000)]
    write("hashes.txt", [f"# By make_tokenizer_golden.py from tokenizers {tokenizers.__version__}",
                         "# kind block " + " ".join(by_name),
                         *hash_lines("random", by_name, blocks), *hash_lines("plane", by_name, planes),
                         *hash_lines("snips", by_name, snips_texts())])


def write_utf8():
    strings = list(random_bytes())
    write("invalid_utf8.txt",
          [f"{fnv(ord(c) for data in strings[i:i + BLOCK] for c in data.decode('utf-8', 'replace') + chr(0)):016x}"
           for i in range(0, BYTE_STRINGS, BLOCK)])


def write_samples(bert):
    texts = (HERE / "samples.txt").read_text(encoding="utf-8").removesuffix("\n").split("\n")
    for name, lower in (("uncased", True), ("cased", False)):
        tokenizer = make_tokenizer(bert, lower, lower)
        encodings = [tokenizer.encode(text) for text in texts]
        write(f"samples_{name}.jsonl",
              [json.dumps({"ids": encoding.ids, "offsets": byte_offsets(text, encoding)}, separators=(",", ":"))
               for text, encoding in zip(texts, encodings)])


def write_truncation(bert):
    """first second max_length -> tokens kept of each, special ones left out."""
    tokenizer = make_tokenizer(bert, True, True)
    lines = []
    for max_length in range(3, 16):
        tokenizer.enable_truncation(max_length, strategy="longest_first")
        for first in range(10):
            for second in range(10):
                ids = tokenizer.encode("a " * first, "b " * second).tokens
                lines.append(f"{first} {second} {max_length} {ids.count('a')} {ids.count('b')}")
    write("truncation.txt", lines)


def main():
    bert = bert_vocabulary(HERE / "bert-base-uncased-vocab.txt")
    write_utf8()
    write_samples(bert)
    write_truncation(bert)
    write_hashes(bert)


if __name__ == "__main__":
    main()

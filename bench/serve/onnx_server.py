#!/usr/bin/env python3
"""What people put around an int8 model: FastAPI and uvicorn, with dynamic batching, on onnxruntime.

  onnx_server.py PORT VOCABULARY THREADS

A MiniLM of random weights, which takes as long as any other: requests {"inputs": text} to /predict as `bit serve`
takes them. Whatever has come while a batch ran is the next batch, of at most 32 texts, sorted by length no further."""
import asyncio
import pathlib
import sys

import numpy as np
import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel
from tokenizers import BertWordPieceTokenizer

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from bert_weights import random_bert  # noqa: E402
from engines import open_engine  # noqa: E402

PORT, VOCABULARY, THREADS = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
MOST_TEXTS, MOST_TOKENS = 32, 64
WORK = pathlib.Path(__file__).resolve().parents[2] / "build" / "bench-serve"


class Request(BaseModel):
    inputs: str


class Batcher:
    def __init__(self):
        WORK.mkdir(parents=True, exist_ok=True)
        self.engine = open_engine("onnxruntime-int8", random_bert("minilm-l6"), THREADS, WORK)
        self.tokenizer = BertWordPieceTokenizer(VOCABULARY)
        self.tokenizer.enable_truncation(MOST_TOKENS)
        self.tokenizer.enable_padding()
        self.queue = asyncio.Queue()

    def compute(self, texts):
        encodings = self.tokenizer.encode_batch(texts)
        ids = np.array([e.ids for e in encodings], dtype=np.int64)
        mask = np.array([e.attention_mask for e in encodings], dtype=np.int64)
        logits = self.engine.run(ids, mask)
        exps = np.exp(logits - logits.max(axis=1, keepdims=True))
        return exps / exps.sum(axis=1, keepdims=True)

    async def work(self):
        while True:
            batch = [await self.queue.get()]
            while len(batch) < MOST_TEXTS and not self.queue.empty():
                batch.append(self.queue.get_nowait())
            # On a thread, so that the loop goes on reading requests meanwhile.
            scores = await asyncio.to_thread(self.compute, [text for text, _ in batch])
            for (_, answer), row in zip(batch, scores):
                answer.set_result(row)


app = FastAPI()


@app.on_event("startup")
async def start():
    app.state.batcher = Batcher()
    app.state.task = asyncio.create_task(app.state.batcher.work())


@app.get("/health")
async def health():
    return {}


@app.post("/predict")
async def predict(request: Request):
    answer = asyncio.get_running_loop().create_future()
    await app.state.batcher.queue.put((request.inputs, answer))
    row = await answer
    return [{"score": float(row[i]), "label": str(i)} for i in np.argsort(-row)]


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=PORT, log_level="warning", access_log=False)

"""What is cheaper than a fine-tuned transformer: counting words, static embeddings, a frozen MiniLM."""
import pickle

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

import results

STATIC_SIZE = 256
MOST_TRAINED = 10000  # texts that a frozen encoder embeds to train its head


def kept(name, make):
    """make(), or what it gave before."""
    path = results.WORK / (name + ".pickle")
    if not path.exists():
        part = path.with_suffix(".part")
        part.write_bytes(pickle.dumps(make()))
        part.replace(path)
    return pickle.loads(path.read_bytes())


def head(features, labels):
    return LogisticRegression(C=20, max_iter=300).fit(features, labels)


def ngrams(texts):
    """TF-IDF of words and word pairs, logistic regression -> texts to labels."""
    def make():
        model = make_pipeline(TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True),
                              LogisticRegression(C=20, max_iter=300))
        return model.fit(*texts.train)
    return kept(f"ngrams {texts.name}", make).predict


def static_vectors(bert, tokenizer, open_engine):
    """model2vec's recipe: each token alone through the encoder, mean of its outputs, principal components, and
    weights by rank (a / (a + p) with Zipf's p)."""
    def make():
        engine, vectors, words = open_engine(), [], bert["embeddings.word_embeddings.weight"].shape[0]
        for first in range(0, words, 512):
            some = np.arange(first, min(first + 512, words))
            ids = np.stack([np.full_like(some, tokenizer.token_to_id("[CLS]")), some,
                            np.full_like(some, tokenizer.token_to_id("[SEP]"))], axis=1)
            vectors.append(engine.run(ids, np.ones_like(ids), "hidden").mean(1))
        centred = np.concatenate(vectors) - np.concatenate(vectors).mean(0)
        _, _, directions = np.linalg.svd(centred, full_matrices=False)
        share = 1 / np.arange(2, words + 2)
        share /= share.sum()
        return (centred @ directions[:STATIC_SIZE].T * (1e-3 / (1e-3 + share))[:, None]).astype(np.float32)
    return kept("static vectors", make)


def static(texts, vectors, tokenizer):
    """model2vec's StaticModel and a logistic regression -> texts to labels."""
    from model2vec import StaticModel
    model = StaticModel(vectors=vectors, tokenizer=tokenizer)
    of_labels = kept(f"static {texts.name}", lambda: head(model.encode(texts.train[0]), texts.train[1]))
    return lambda measured: of_labels.predict(model.encode(measured))


def frozen(texts, embed):
    """A logistic regression on the mean outputs of an encoder that nobody fine-tuned."""
    step = -(-len(texts.train[0]) // MOST_TRAINED)
    return kept(f"frozen {texts.name}", lambda: head(embed(texts.train[0][::step]), texts.train[1][::step]))

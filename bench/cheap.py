"""What is cheaper than any transformer: counting words, and static embeddings."""
import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

STATIC_SIZE = 256


def ngrams(texts):
    """TF-IDF of words and word pairs, logistic regression."""
    model = make_pipeline(TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True), LogisticRegression(C=20, max_iter=300))
    return model.fit(*texts.train).predict


def static_vectors(bert, tokenizer, engine):
    """model2vec's recipe: each token alone through the encoder, mean of its outputs, principal components, and
    weights by rank (a / (a + p) with Zipf's p)."""
    vectors, words = [], bert["embeddings.word_embeddings.weight"].shape[0]
    for first in range(0, words, 512):
        some = np.arange(first, min(first + 512, words))
        ids = np.stack([np.full_like(some, tokenizer.token_to_id("[CLS]")), some,
                        np.full_like(some, tokenizer.token_to_id("[SEP]"))], axis=1)
        vectors.append(engine.run(ids, np.ones_like(ids), "hidden").mean(1))
    vectors = np.concatenate(vectors)
    vectors -= vectors.mean(0)
    _, _, directions = np.linalg.svd(vectors, full_matrices=False)
    share = 1 / np.arange(2, words + 2)
    share /= share.sum()
    return (vectors @ directions[:STATIC_SIZE].T * (1e-3 / (1e-3 + share))[:, None]).astype(np.float32)


def static(texts, vectors, tokenizer):
    """model2vec's StaticModel and a logistic regression."""
    from model2vec import StaticModel
    model = StaticModel(vectors=vectors, tokenizer=tokenizer)
    head = LogisticRegression(C=20, max_iter=300).fit(model.encode(texts.train[0]), texts.train[1])
    return lambda measured: head.predict(model.encode(measured))

#!/usr/bin/env python3
"""linear/linear.json: TF-IDF rows, logistic and ridge regression of scikit-learn on a few texts in many scripts.

    python3 make_linear_golden.py        # made with scikit-learn 1.9.1 (Python 3.11)
"""
import json
import pathlib

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression, Ridge

TEXTS = """the film is good and the cast is good
a bad film, a bad cast!
Rain in Paris tomorrow?
will it rain or snow in New_York 2024
play the Beatles; play it loud
PLAY some jazz_fusion from 1959
der Film ist schön und größer als ÄÖÜ
İstanbul'da hava nasıl? IŞIK ışık
天气 怎么样 北京 天气
今日の天気はどうですか
привет мир Привет МИР
नमस्ते दुनिया क्या हाल है
x²+y² ½ cup ⅷ Ⅷ ٣٤٥ lines
ﬁne ǅungla naïve cafe\u0301 café
\U0001f600 emoji\u200bjoined\u00adhyphen don't
a b c d
weather weather weather in Rome in Rome
snow_storm over the alps
is the film over
music, Music, MUSIC""".split("\n")
UNSEEN = ["the good film in Paris", "play the rain", "weather 天气", "", "? !", "zzz yyy", "МИР мир", "Rome in snow"]
TWO = [i % 2 for i in range(len(TEXTS))]
FOUR = [i * 7 % 4 for i in range(len(TEXTS))]
SCORES = [round((i * 13 % 11) / 2.2, 2) for i in range(len(TEXTS))]

vectorizer = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
rows = vectorizer.fit_transform(TEXTS)
names = vectorizer.get_feature_names_out()
unseen = vectorizer.transform(UNSEEN)
exact = dict(C=20, max_iter=10000, tol=1e-10)
binary = LogisticRegression(**exact).fit(rows, TWO)
multinomial = LogisticRegression(**exact).fit(rows, FOUR)
ridge = Ridge(solver="cholesky").fit(rows.toarray(), SCORES)


def as_rows(matrix):
    return [{str(names[j]): float(v) for j, v in zip(row.indices, row.data)} for row in matrix]


result = dict(
    texts=TEXTS, unseen=UNSEEN, two=TWO, four=FOUR, scores=SCORES,
    rows=as_rows(rows), unseen_rows=as_rows(unseen),
    two_decision=binary.decision_function(unseen).tolist(),
    four_probabilities=multinomial.predict_proba(unseen).tolist(),
    ridge=ridge.predict(unseen).tolist(),
)
path = pathlib.Path(__file__).parent / "linear" / "linear.json"
path.write_text(json.dumps(result, ensure_ascii=True) + "\n")

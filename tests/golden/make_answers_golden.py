#!/usr/bin/env python3
"""metrics/answers.json: answers, what annotators accept, and the normal form, exact match and F1 by this script's own
reading of SQuAD v1.1's scoring rules (Rajpurkar et al. 2016, section 6.1): lower case, no ASCII punctuation, no
articles, words between single spaces; the best over all accepted answers.

    python3 make_answers_golden.py                                     # standard library only
    python3 make_answers_golden.py --check DEV.json PREDICTIONS.json   # prints the two scores of a whole file
"""
import collections
import json
import pathlib
import random
import re
import string
import sys


def words(answer):
    kept = "".join(c for c in answer.lower() if c not in string.punctuation)
    return re.sub(r"\b(?:a|an|the)\b", " ", kept).split()


def f1(predicted, expected):
    common = sum((collections.Counter(predicted) & collections.Counter(expected)).values())
    if not common:
        return 0.0
    precision, recall = common / len(predicted), common / len(expected)
    return 2 * precision * recall / (precision + recall)


def score(answer, accepted):
    own = words(answer)
    return (float(any(own == words(other) for other in accepted)), max((f1(own, words(o)) for o in accepted), default=0.0))


def check(dev, predictions):
    answers = json.load(open(predictions))
    total = [score(answers[q["id"]], [a["text"] for a in q["answers"]])
             for article in json.load(open(dev))["data"] for paragraph in article["paragraphs"]
             for q in paragraph["qas"]]
    print(*(100 * sum(part) / len(total) for part in zip(*total)))


random.seed(5)
PIECES = ["the", "The", "a", "A", "an", "theatre", "thé", "a1", "Ünal", "İzmir", "New", "york", "York", "1996", "$5", "U.S.",
          "don't", "the-end", "«a»", "…the", "漢字", "the\u00a0cat", "cat", "\u3000", "\t", "\n", "_a_", "", "  ", "a.", ",",
          "“an”", "\u2028", "ＡＢ", "ß", "a\u0301"]


def case(answer, accepted):
    exact, best = score(answer, accepted)
    return dict(answer=answer, accepted=accepted, normal=" ".join(words(answer)), exact=exact, f1=best)


def phrase():
    return random.choice([" ", "", " "]).join(random.choices(PIECES, k=random.randint(0, 6)))


if len(sys.argv) > 1:
    check(*sys.argv[2:])
else:
    cases = [case("the cat", ["Cat."]), case("", ["a"]), case("", [""]), case("x", []), case("New York City", ["york", "new york"])]
    for _ in range(600):
        answer = phrase()
        accepted = [random.choice([answer.upper(), answer + " " + phrase(), phrase(), answer[::-1]])
                    for _ in range(random.randint(1, 4))]
        cases.append(case(answer, accepted))
    path = pathlib.Path(__file__).parent / "metrics" / "answers.json"
    path.write_text(json.dumps(cases) + "\n")

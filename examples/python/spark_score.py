"""PySpark scores texts with mapInPandas.

spark-submit examples/python/spark_score.py MODEL TEXTS.jsonl OUT   (a folder of JSON lines; TEXTS has a "text" a line)
"""

import sys
from collections.abc import Iterator

import bitcpp
import pandas as pd
from pyspark.sql import SparkSession


def scorer(path: str):
    """A function for mapInPandas. The model is opened where it runs, once a partition."""

    def score(batches: Iterator[pd.DataFrame]) -> Iterator[pd.DataFrame]:
        model = bitcpp.load(path)
        for batch in batches:
            found = model(batch["text"].tolist())
            yield batch.assign(label=found.labels, score=found.scores.max(axis=1))

    return score


def main(model: str, texts: str, out: str) -> None:
    spark = SparkSession.builder.appName("bitcpp").getOrCreate()
    frame = spark.read.schema("id long, text string").json(texts).repartition(4)
    scored = frame.mapInPandas(scorer(model), "id long, text string, label string, score float")
    scored.write.mode("overwrite").json(out)
    spark.stop()


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit("usage: spark_score.py MODEL TEXTS.jsonl OUT")
    main(*sys.argv[1:])

#!/usr/bin/env python3
"""data/csv.json: random CSV files as Python's csv module writes and reads them, with the line each row begins on.

    python3 make_csv_golden.py        # standard library only
"""
import csv
import io
import json
import pathlib
import random

random.seed(11)
PIECES = ['a', 'Bc', '"', '""', ',', '\n', '\r\n', ' ', "'", '\t', 'é', '漢', '\\', '\0', ';', 'x' * 50]


def case():
    columns = random.randint(2, 5)
    rows = [["".join(random.choices(PIECES, k=random.randint(0, 6))) for _ in range(columns)]
            for _ in range(random.randint(1, 12))]
    out = io.StringIO(newline="")
    quoting = random.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC])
    csv.writer(out, quoting=quoting, lineterminator=random.choice(["\n", "\r\n"])).writerows(rows)
    text = out.getvalue()
    if random.random() < 0.5:  # the last line end may be missing
        text = text[:-2] if text.endswith("\r\n") else text[:-1]
    reader = csv.reader(io.StringIO(text, newline=""))
    read, lines, before = [], [], 0
    for row in reader:
        read.append(row)
        lines.append(before + 1)
        before = reader.line_num
    assert read == rows
    return dict(bytes=text, rows=rows, lines=lines)


path = pathlib.Path(__file__).parent / "data" / "csv.json"
path.write_text(json.dumps([case() for _ in range(100)]) + "\n")

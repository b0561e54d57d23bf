#!/usr/bin/env python3
"""Writes tests/golden/report/scalars.tfevents with the tensorboard package (2.21 made the file there).

    python3 tests/golden/make_report_golden.py

Read by src/report/event_record_test.cc, which writes the same events.
"""
import io
import pathlib

from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.record_writer import RecordWriter


def scalars(wall_time, step, values):
    entries = [Summary.Value(tag=tag, simple_value=value) for tag, value in values]
    return Event(wall_time=wall_time, step=step, summary=Summary(value=entries))


class Kept(io.BytesIO):
    def close(self):
        pass


def main():
    file = Kept()
    writer = RecordWriter(file)
    for event in (Event(wall_time=1700000000.25, file_version="brain.Event:2"),
                  scalars(1700000001.5, 20, [("loss/logits", 0.5)]),
                  scalars(1700000002, 123456789012, [("alpha/query/0", -1.25e-3), ("b", 3e9)])):
        writer.write(event.SerializeToString())
    path = pathlib.Path(__file__).parent / "report/scalars.tfevents"
    path.write_bytes(file.getvalue())
    print(path, path.stat().st_size)


if __name__ == "__main__":
    main()

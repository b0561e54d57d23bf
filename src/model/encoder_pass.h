// One thread's way through the encoder: a range of a batch's rows, from ids to logits.
//
// All but attention works row by row. Threads that share a batch take ranges of its rows, compute
// queries, keys and values of them, meet, and go on with their queries against the keys of all: one
// meeting a layer, whatever the number of threads. The price is that each prepares the keys and
// values of its sequences for itself, 1 % of a layer of 128 tokens, and on AMX spreads all weights.
// (Heads and outputs shared out instead, with four meetings, took 3 % longer at 128 tokens and two
// threads, as codes then travel between the cores; at 16 tokens they took 6 to 15 % less.)
#pragma once

#include <span>

#include "kernels/codes.h"
#include "model/encoder.h"
#include "model/encoder_weights.h"
#include "model/stage_times.h"
#include "model/workspace.h"

namespace bitcpp {

class ThreadPool;

/// A batch, and what the threads that compute it share.
struct SharedBatch {
  std::span<const EncoderInput> inputs;  // checked
  std::span<const int> starts;           // first row of each sequence, then the number of rows
  // Room for the codes of one layer's keys and values of all rows, even and odd layers.
  std::uint64_t *key[2] = {}, *value[2] = {};
  ThreadPool* pool = nullptr;     // null for one thread alone
  std::span<float> logits;        // (sequences, outputs), or (rows, outputs)
  std::span<float> hidden;        // or, instead of logits: (rows, hidden_size)
  EncoderTrace* trace = nullptr;  // one thread alone only

  int rows() const { return starts.back(); }
  bool keeps_all_rows() const { return trace != nullptr || !hidden.empty(); }
};

/// Words that SharedBatch::key and value need for one row.
struct SharedWords {
  std::size_t key = 0, value = 0;
};
SharedWords shared_words(const EncoderWeights& weights);

class EncoderPass {
 public:
  /// Rows [first, last) of the batch.
  EncoderPass(const EncoderWeights& weights, const SharedBatch& batch, int first, int last,
              Workspace& workspace);

  void run();

 private:
  std::size_t values(int rows) const;
  void embed();
  void run_layer(std::size_t number);
  void attend(const EncoderLayer& layer, const CodeRows& query, const CodeRows& key,
              const CodeRows& value);
  void keep_first_rows();
  const float* pool();
  void run_head();
  void add_ngrams();
  void write_hidden();
  void normalize(const Norm& norm);
  void trace_hidden();

  const EncoderWeights& weights_;
  const Kernels& kernels_;
  const SharedBatch& batch_;
  Workspace& w_;
  StageClock clock_;
  int first_, last_;                      // of the batch's rows
  int first_sequence_, after_sequences_;  // those whose first row is among them
  int rows_;                              // of x_: last_ - first_, then the sequences begun here
  bool first_only_ = false;               // the rows are just the first token of each sequence
  float* x_ = nullptr;                    // (rows_, hidden)
};

}  // namespace bitcpp

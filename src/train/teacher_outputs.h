// The frozen teacher's outputs over the training texts, computed once where they fit and anew in
// each batch where not.
#pragma once

#include <torch/types.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "train/network.h"

namespace bitcpp {

/// What a student is compared with, for the texts of one batch.
struct TeacherBatch {
  std::vector<torch::Tensor> hidden;  // (N, hidden) each, half precision when kept
  // (B, outputs), or (N, outputs) where they are per token; undefined where there is no head
  torch::Tensor logits;
  std::vector<AttentionInputs> attention;  // of every layer, where asked for
};

/// What makes a teacher's outputs differ from step to step or too large to keep: with either they
/// are computed anew each time.
struct TeacherUse {
  double dropout = 0;           // in every place where BERT has it
  bool keep_attention = false;  // fill TeacherBatch::attention

  bool cacheable() const { return dropout == 0 && !keep_attention; }
};

class TeacherOutputs {
 public:
  enum class Place { kMemory, kDisk, kDevice, kRecomputed };
  using Progress = std::function<void(std::size_t done, std::size_t total)>;

  /// Hidden states are kept as IEEE half (half a thousandth of their size off, far below what a
  /// 1-bit student can follow): in memory when they take at most `gigabytes` and half of what is
  /// free, else in an unlinked file in `folder` when the disk has room for them, else not at all.
  /// Beside a teacher on a GPU: in its memory when they take at most `gigabytes`, else not at all,
  /// since it computes them faster than they travel.
  /// `teacher` and `texts` must outlive this.
  TeacherOutputs(Network& teacher, const std::vector<EncodedText>& texts, double gigabytes,
                 const std::filesystem::path& folder, const Progress& progress,
                 const TeacherUse& use = {});
  ~TeacherOutputs();

  Place place() const { return place_; }

  /// Outputs for the texts numbered `chosen`, whose batch is `batch`.
  TeacherBatch get(std::span<const std::size_t> chosen, const Batch& batch) const;

 private:
  void find_place(double gigabytes, const std::filesystem::path& folder);
  void fill(const Progress& progress);
  TeacherBatch gathered_on_host(std::span<const std::size_t> chosen, const Batch& batch) const;
  TeacherBatch gathered_on_device(std::span<const std::size_t> chosen) const;
  TeacherBatch compute(const Batch& batch) const;
  /// Rows of logits_ that belong to text `text`: the first, and how many.
  std::pair<std::int64_t, std::int64_t> logit_rows(std::size_t text) const;

  Network& teacher_;
  const std::vector<EncodedText>& texts_;
  TeacherUse use_;
  Place place_ = Place::kRecomputed;
  std::vector<std::size_t> first_token_;  // of each text among all tokens; one more at the end
  torch::Tensor hidden_;                  // (tokens, layers + 1, hidden), half
  torch::Tensor logits_;                  // (texts or tokens, outputs), none without a head
  void* mapping_ = nullptr;
  std::size_t mapped_bytes_ = 0;
};

}  // namespace bitcpp

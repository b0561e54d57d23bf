#include "train/teacher_outputs.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <string>

#include "train/libtorch.h"
#include "train/to_device.h"

namespace bitcpp {
namespace {

/// Bytes that Linux says can be had without swapping; 0 when it does not say.
double available_memory() {
  std::ifstream info("/proc/meminfo");
  for (std::string line; std::getline(info, line);)
    if (line.rfind("MemAvailable:", 0) == 0) return 1024.0 * std::stod(line.substr(13));
  return 0;
}

/// A shared mapping of a file of `bytes` that has no name any more; nullptr when there is no room
/// for it.
void* map_scratch_file(const std::filesystem::path& folder, std::size_t bytes) {
  std::string name = (folder / "teacher_outputs.XXXXXX").string();
  const int file = ::mkstemp(name.data());
  if (file < 0) return nullptr;
  ::unlink(name.c_str());
  void* mapping = MAP_FAILED;
  if (::posix_fallocate(file, 0, static_cast<off_t>(bytes)) == 0)
    mapping = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  ::close(file);
  return mapping == MAP_FAILED ? nullptr : mapping;
}

}  // namespace

TeacherOutputs::TeacherOutputs(Network& teacher, const std::vector<EncodedText>& texts,
                               double gigabytes, const std::filesystem::path& folder,
                               const Progress& progress, const TeacherUse& use)
    : teacher_(teacher), texts_(texts), use_(use), first_token_{0} {
  if (!use.cacheable()) return;
  for (const EncodedText& text : texts)
    first_token_.push_back(first_token_.back() + text.ids.size());
  find_place(gigabytes, folder);
  if (place_ != Place::kRecomputed) fill(progress);
}

void TeacherOutputs::find_place(double gigabytes, const std::filesystem::path& folder) {
  const NetworkConfig& config = teacher_.config();
  const std::vector<int64_t> shape{static_cast<int64_t>(first_token_.back()),
                                   config.num_hidden_layers + 1, config.hidden_size};
  const auto half = torch::TensorOptions(torch::kHalf);
  const double bytes =
      2.0 * static_cast<double>(shape[0]) * static_cast<double>(shape[1] * shape[2]);
  if (!teacher_.device().is_cpu()) {
    if (bytes > gigabytes * 1e9) return;
    hidden_ = torch::empty(shape, half.device(teacher_.device()));
    place_ = Place::kDevice;
  } else if (bytes <= gigabytes * 1e9 && bytes <= available_memory() / 2) {
    hidden_ = torch::empty(shape, half);
    place_ = Place::kMemory;
  } else if ((mapping_ = map_scratch_file(folder, static_cast<std::size_t>(bytes)))) {
    mapped_bytes_ = static_cast<std::size_t>(bytes);
    hidden_ = torch::from_blob(mapping_, shape, torch::kHalf);
    place_ = Place::kDisk;
  }
}

TeacherOutputs::~TeacherOutputs() {
  if (mapping_) ::munmap(mapping_, mapped_bytes_);
}

void TeacherOutputs::fill(const Progress& progress) {
  const auto rows = per_token(teacher_.config().task) ? first_token_.back() : texts_.size();
  logits_ = torch::empty({static_cast<int64_t>(rows), teacher_.config().head_outputs()},
                         hidden_.options().dtype(torch::kFloat));
  for (std::size_t begin = 0; begin < texts_.size(); begin += kForwardBatch) {
    const std::size_t end = std::min(texts_.size(), begin + kForwardBatch);
    std::vector<const EncodedText*> chosen;
    for (std::size_t i = begin; i < end; ++i) chosen.push_back(&texts_[i]);
    Batch batch = make_batch(chosen, teacher_.device());
    TeacherBatch outputs = compute(batch);
    const auto first = static_cast<int64_t>(first_token_[begin]);
    for (std::size_t i = 0; i < outputs.hidden.size(); ++i)
      hidden_.narrow(0, first, batch.tokens())
          .select(1, static_cast<int64_t>(i))
          .copy_(outputs.hidden[i]);
    if (outputs.logits.defined())
      logits_.narrow(0, logit_rows(begin).first, outputs.logits.size(0)).copy_(outputs.logits);
    progress(end, texts_.size());
  }
}

std::pair<int64_t, int64_t> TeacherOutputs::logit_rows(std::size_t text) const {
  if (!per_token(teacher_.config().task)) return {static_cast<int64_t>(text), 1};
  return {static_cast<int64_t>(first_token_[text]),
          static_cast<int64_t>(first_token_[text + 1] - first_token_[text])};
}

TeacherBatch TeacherOutputs::compute(const Batch& batch) const {
  ForwardOptions options;
  options.dropout = options.attention_dropout = options.head_dropout = use_.dropout;
  options.keep_attention = use_.keep_attention;
  Outputs outputs = teacher_.forward(batch, options);
  return {outputs.hidden, outputs.logits, outputs.attention};
}

TeacherBatch TeacherOutputs::get(std::span<const std::size_t> chosen, const Batch& batch) const {
  switch (place_) {
    case Place::kRecomputed:
      return compute(batch);
    case Place::kDevice:
      return gathered_on_device(chosen);
    case Place::kMemory:
    case Place::kDisk:
      break;
  }
  return gathered_on_host(chosen, batch);
}

TeacherBatch TeacherOutputs::gathered_on_device(std::span<const std::size_t> chosen) const {
  std::vector<int64_t> tokens, rows;
  for (std::size_t text : chosen) {
    for (std::size_t t = first_token_[text]; t < first_token_[text + 1]; ++t)
      tokens.push_back(static_cast<int64_t>(t));
    const auto [first, count] = logit_rows(text);
    for (int64_t row = first; row < first + count; ++row) rows.push_back(row);
  }
  const auto indices = [&](const std::vector<int64_t>& values) {
    return to_device(torch::tensor(values, torch::kInt64), teacher_.device());
  };
  TeacherBatch result;
  result.hidden = hidden_.index_select(0, indices(tokens)).unbind(1);
  if (teacher_.config().has_head()) result.logits = logits_.index_select(0, indices(rows));
  return result;
}

TeacherBatch TeacherOutputs::gathered_on_host(std::span<const std::size_t> chosen,
                                              const Batch& batch) const {
  const int64_t places = hidden_.size(1), width = hidden_.size(2);
  torch::Tensor gathered = torch::empty({places, batch.tokens(), width}, torch::kHalf);
  std::vector<torch::Tensor> logits;
  for (std::size_t b = 0; b < chosen.size(); ++b) {
    const auto from = static_cast<int64_t>(first_token_[chosen[b]]);
    const int64_t to = batch.offsets[b], count = batch.offsets[b + 1] - to;
    for (int64_t t = 0; t < count; ++t)
      for (int64_t p = 0; p < places; ++p)
        std::memcpy(
            static_cast<c10::Half*>(gathered.data_ptr()) + (p * batch.tokens() + to + t) * width,
            static_cast<const c10::Half*>(hidden_.data_ptr()) + ((from + t) * places + p) * width,
            static_cast<std::size_t>(width) * sizeof(c10::Half));
    const auto [first, rows] = logit_rows(chosen[b]);
    logits.push_back(logits_.narrow(0, first, rows));
  }
  TeacherBatch result;
  for (int64_t p = 0; p < places; ++p) result.hidden.push_back(gathered[p]);
  if (teacher_.config().has_head()) result.logits = torch::cat(logits);
  return result;
}

}  // namespace bitcpp

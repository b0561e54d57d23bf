#include "serve/batcher.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace bitcpp {
namespace {

double seconds_between(Clock::time_point begin, Clock::time_point end) {
  return std::chrono::duration<double>(end - begin).count();
}

}  // namespace

Batcher::Batcher(const BatcherOptions& options, const Arrivals& arrivals)
    : options_(options), arrivals_(arrivals) {
  for (int i = 0; i < options.threads; ++i) workers_.emplace_back([this] { work(); });
}

Batcher::~Batcher() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  for (std::thread& worker : workers_) worker.join();
}

bool Batcher::submit(const std::shared_ptr<Task>& task) {
  // Only the event loop adds, so what is seen here can but shrink.
  if (tasks_ >= options_.max_tasks || bytes_ + task->bytes() > options_.max_bytes) return false;
  ++tasks_;
  bytes_ += task->bytes();
  {
    const std::lock_guard lock(mutex_);
    raw_.push_back(task);
  }
  changed_.notify_one();
  return true;
}

int Batcher::retry_after() const {
  const double seconds = static_cast<double>(waiting()) * seconds_per_task_;
  return static_cast<int>(std::clamp(std::ceil(seconds), 1.0, 60.0));
}

void Batcher::leave(const Task& task) {
  --tasks_;
  bytes_ -= task.bytes();
}

void Batcher::work() {
  Workspace workspace;
  Lock lock(mutex_);
  while (!stopping_) {
    if (!raw_.empty() && ready_tokens_ < options_.batch_tokens) {
      prepare(lock);
    } else if (lanes_.empty()) {
      ++idle_;
      changed_.wait(lock);
      --idle_;
    } else if (const Clock::time_point when = due(); when > Clock::now()) {
      ++idle_;
      changed_.wait_until(lock, when);
      --idle_;
    } else {
      const std::vector<Item> batch = take_batch();
      if (!lanes_.empty() && idle_ > 0) changed_.notify_one();
      ++running_;
      lock.unlock();
      run(batch, workspace);
      lock.lock();
      --running_;
    }
  }
}

/// When the batch at the front has to start.
Clock::time_point Batcher::due() const {
  if (ready_tokens_ >= options_.batch_tokens || arrivals_.receiving == 0) return {};
  const Clock::time_point last_bytes{Clock::duration(arrivals_.last_bytes.load())};
  const Clock::time_point oldest = lanes_.front().items.front().task->prepared;
  return std::min(oldest, last_bytes) + options_.max_wait;
}

void Batcher::prepare(Lock& lock) {
  const std::shared_ptr<Task> task = std::move(raw_.front());
  raw_.pop_front();
  lock.unlock();
  bool failed = true;
  if (!task->unwanted()) {
    try {
      task->preparing = Clock::now();
      task->prepare();
      task->prepared = Clock::now();
      metrics_.tokenization.add(seconds_between(task->preparing, task->prepared));
      task->remaining_ = task->sequences.size();
      failed = false;
    } catch (const std::exception& error) {
      task->fail(error);
    }
  }
  if (failed) {
    leave(*task);
  } else if (task->sequences.empty()) {
    complete(*task);
  }
  lock.lock();
  if (!failed && !task->sequences.empty()) queue(task);
}

void Batcher::queue(const std::shared_ptr<Task>& task) {
  for (Sequence& sequence : task->sequences) {
    Lane& lane = lane_for(task->model, sequence.embed);
    lane.items.push_back({task, &sequence});
    lane.tokens += sequence.encoding.ids.size();
    ready_tokens_ += sequence.encoding.ids.size();
  }
  if (idle_ > 0 && task->sequences.size() > 1) changed_.notify_all();
}

Batcher::Lane& Batcher::lane_for(const ModelPointer& model, bool embed) {
  for (Lane& lane : lanes_) {
    if (lane.model == model && lane.embed == embed) return lane;
  }
  return lanes_.emplace_back(Lane{model, embed, {}, 0});
}

/// From the lane that waits longest, which goes to the end if it has more: at most the budget, and
/// no more than this worker's share if others are free. Always at least one.
std::vector<Batcher::Item> Batcher::take_batch() {
  Lane& lane = lanes_.front();
  const auto free = static_cast<std::size_t>(options_.threads - running_);
  const std::size_t most = std::min(options_.batch_tokens, (lane.tokens + free - 1) / free);
  const Clock::time_point now = Clock::now();
  std::vector<Item> batch;
  std::size_t tokens = 0;
  while (!lane.items.empty()) {
    const std::size_t more = lane.items.front().sequence->encoding.ids.size();
    if (!batch.empty() && tokens + more > most) break;
    tokens += more;
    batch.push_back(std::move(lane.items.front()));
    Task& task = *batch.back().task;
    if (task.started == Clock::time_point()) task.started = now;
    lane.items.pop_front();
  }
  lane.tokens -= tokens;
  ready_tokens_ -= tokens;
  if (lane.items.empty()) {
    lanes_.pop_front();
  } else {
    lanes_.splice(lanes_.end(), lanes_, lanes_.begin());
  }
  metrics_.batch_size.add(static_cast<double>(batch.size()));
  metrics_.batch_tokens.add(static_cast<double>(tokens));
  metrics_.sequences += batch.size();
  metrics_.tokens += tokens;
  return batch;
}

void Batcher::run(const std::vector<Item>& batch, Workspace& workspace) {
  const Clock::time_point begin = Clock::now();
  try {
    compute(batch, workspace);
  } catch (const std::exception& error) {
    for (const Item& item : batch) {
      if (!item.task->failed_.exchange(true)) item.task->fail(error);
    }
  }
  const Clock::time_point end = Clock::now();
  metrics_.inference.add(seconds_between(begin, end));
  for (const Item& item : batch) {
    metrics_.queue.add(seconds_between(item.task->prepared, begin));
    metrics_.input_length.add(static_cast<double>(item.sequence->encoding.ids.size()));
    if (item.task->remaining_.fetch_sub(1) == 1) complete(*item.task);
  }
}

void Batcher::compute(const std::vector<Item>& batch, Workspace& workspace) {
  const ServedModel& model = *batch.front().task->model;
  std::vector<EncoderInput> inputs;
  std::size_t tokens = 0;
  for (const Item& item : batch) {
    const Encoding& encoding = item.sequence->encoding;
    inputs.push_back({encoding.ids, encoding.type_ids});
    tokens += encoding.ids.size();
  }
  const auto hidden_size = static_cast<std::size_t>(model.config().hidden_size);
  const bool embed = batch.front().sequence->embed;
  std::vector<float> all(embed ? tokens * hidden_size : model.encoder().logit_count(inputs));
  if (embed) {
    model.encoder().hidden_states(inputs, workspace, all);
  } else {
    model.encoder().run(inputs, workspace, all);
  }
  std::span<const float> rest = all;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    const std::size_t count =
        embed ? inputs[i].ids.size() * hidden_size : model.encoder().logit_count({&inputs[i], 1});
    const std::span<const float> own = rest.first(count);
    batch[i].sequence->values = embed ? pool(own, hidden_size, model.pooling())
                                      : std::vector<float>(own.begin(), own.end());
    rest = rest.subspan(count);
  }
}

void Batcher::complete(Task& task) {
  if (!task.failed_) {
    try {
      task.finish();
    } catch (const std::exception& error) {
      task.fail(error);
    }
  }
  const double seconds = seconds_between(task.submitted, Clock::now());
  metrics_.request.add(seconds);
  const double before = seconds_per_task_;
  // Tasks overlap, so a task's share of the time is its time over those under way with it.
  const double own = seconds / static_cast<double>(std::max<std::size_t>(waiting(), 1));
  seconds_per_task_ = before == 0 ? own : before + (own - before) / 16;
  leave(task);
}

}  // namespace bitcpp

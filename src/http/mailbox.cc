#include "http/mailbox.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include "base/error.h"

namespace bitcpp {

Mailbox::Mailbox() : event_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  if (!event_.open()) throw Error("no file descriptor left for the server");
}

void Mailbox::post(Letter letter) {
  {
    const std::lock_guard lock(mutex_);
    letters_.push_back(std::move(letter));
    if (std::exchange(announced_, true)) return;
  }
  const std::uint64_t one = 1;
  // Cannot fail: the counter is at 0 or 1.
  [[maybe_unused]] const auto written = write(event_.get(), &one, sizeof one);
}

std::vector<Letter> Mailbox::take() {
  std::vector<Letter> letters;
  const std::lock_guard lock(mutex_);
  if (!announced_) return letters;
  announced_ = false;
  std::uint64_t count = 0;
  [[maybe_unused]] const auto got = read(event_.get(), &count, sizeof count);
  letters.swap(letters_);
  return letters;
}

}  // namespace bitcpp

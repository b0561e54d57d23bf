// What the host makes for every batch, on its way to the network's device.
#pragma once

#include <torch/types.h>

namespace bitcpp {

/// `host` on `device`; `host` itself when that is the CPU. A GPU copies from pinned memory in order
/// with the work it was given before; from ordinary memory the host would first wait for all of
/// that work. LibTorch keeps the pinned memory until the copy is done.
inline torch::Tensor to_device(const torch::Tensor& host, torch::Device device) {
  if (device.is_cpu()) return host;
  return host.pin_memory().to(device, /*non_blocking=*/true);
}

}  // namespace bitcpp

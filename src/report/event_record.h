// The records of a TensorBoard event file, written by hand: TFRecord framing with CRC32C, and the
// few fields of tensorflow's event.proto and summary.proto that a scalar needs.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bitcpp {

/// CRC-32C (Castagnoli), RFC 3720 appendix B.4.
std::uint32_t crc32c(std::string_view bytes);

/// A TFRecord: length (8 bytes, little endian), its masked CRC, the data, their masked CRC. The
/// mask is ((crc >> 15) | (crc << 17)) + 0xa282ead8, tensorflow/core/lib/hash/crc32c.h.
std::string framed_record(std::string_view data);

/// An Event that opens a file: file_version "brain.Event:2". `wall_time` in seconds since 1970.
std::string version_event(double wall_time);

/// An Event with a Summary of simple values, each under its tag.
std::string scalar_event(double wall_time, std::int64_t step,
                         const std::vector<std::pair<std::string, float>>& scalars);

}  // namespace bitcpp

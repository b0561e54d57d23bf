#include "data/gzip.h"

#include <zlib.h>

#include <algorithm>

#include "base/error.h"

namespace bitcpp {
namespace {

/// A zlib stream that frees itself.
struct Inflater {
  z_stream stream{};
  Inflater() {
    constexpr int kGzipOnly = 16;
    if (inflateInit2(&stream, MAX_WBITS + kGzipOnly) != Z_OK)
      throw Error("cannot start zlib: out of memory");
  }
  ~Inflater() { inflateEnd(&stream); }
};

}  // namespace

std::string gunzip(const std::filesystem::path& path, std::string_view bytes, std::size_t limit) {
  // zlib counts its input in 32 bits, so a large file goes in piece by piece.
  constexpr std::size_t kPiece = std::size_t{1} << 30;
  Inflater inflater;
  z_stream& stream = inflater.stream;
  std::string content;
  unsigned char block[1 << 16];
  std::size_t position = 0;
  int status = Z_OK;
  while (position < bytes.size() || status == Z_OK) {
    const std::size_t offered = std::min(kPiece, bytes.size() - position);
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data() + position));
    stream.avail_in = static_cast<uInt>(offered);
    stream.next_out = block;
    stream.avail_out = sizeof block;
    status = inflate(&stream, Z_NO_FLUSH);
    if (status == Z_BUF_ERROR || (status == Z_OK && offered == 0 && stream.avail_out > 0))
      throw Error(path.string() + ": expected more gzip data, the file is cut short");
    if (status != Z_OK && status != Z_STREAM_END)
      throw Error(path.string() +
                  ": expected valid gzip data: " + (stream.msg ? stream.msg : "damaged stream"));
    position += offered - stream.avail_in;
    content.append(reinterpret_cast<const char*>(block), sizeof block - stream.avail_out);
    if (content.size() > limit)
      throw Error(path.string() + ": unpacks to more than " + std::to_string(limit) + " bytes");
    if (status == Z_STREAM_END && position < bytes.size()) inflateReset(&stream);
  }
  return content;
}

}  // namespace bitcpp

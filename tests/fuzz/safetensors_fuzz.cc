// Any bytes as a safetensors file: an Error, or views that cover the file exactly.
#include <algorithm>
#include <cstdint>
#include <string_view>

#include "base/error.h"
#include "check.h"
#include "format/safetensors.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace bitcpp;
  try {
    const SafetensorsFile file = SafetensorsFile::parse({data, size}, "fuzz");
    std::size_t bytes = file.header_bytes(), set = 0;
    for (const auto& [name, view] : file.tensors()) {
      FUZZ_CHECK(view.bytes.empty() || (view.bytes.data() >= data + file.header_bytes() &&
                                        view.bytes.data() + view.bytes.size() <= data + size));
      std::size_t count = view.bytes.size() / dtype_size(view.dtype);
      if (count != 0) {
        for (const std::int64_t dimension : view.shape)
          count /= static_cast<std::size_t>(dimension);
        FUZZ_CHECK(count == 1);
      }
      bytes += view.bytes.size();
      set += static_cast<std::size_t>(std::count(view.bytes.begin(), view.bytes.end(), 0xFF));
      FUZZ_CHECK(file.find(name) == &view);
    }
    FUZZ_CHECK(bytes == size && set <= size);
  } catch (const Error& error) {
    const std::string_view message = error.what();
    FUZZ_CHECK(message.starts_with("fuzz: ") && message.size() < 1000);
    FUZZ_CHECK(message.find('\n') == message.npos);
  }
  return 0;
}

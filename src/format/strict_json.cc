#include "format/strict_json.h"

#include <set>
#include <vector>

#include "base/error.h"
#include "format/quote_name.h"

namespace bitcpp {
namespace {

constexpr std::size_t kDeepest = 32;
constexpr std::size_t kLargest = std::size_t{16} << 20;

}  // namespace

nlohmann::json parse_strict_json(std::string_view text, const std::string& what) {
  using Json = nlohmann::json;
  if (text.size() > kLargest) throw Error(what + ": more than 16 MiB of JSON");
  // The parser takes a NUL for the end of the text and would ignore what follows.
  if (text.find('\0') != text.npos) throw Error(what + ": not JSON, it contains a NUL byte");
  std::vector<std::set<std::string>> keys;  // one set per open object or array
  const auto check = [&](int, Json::parse_event_t event, Json& parsed) {
    using Event = Json::parse_event_t;
    if (event == Event::object_start || event == Event::array_start) {
      if (keys.size() == kDeepest) throw Error(what + ": JSON nested deeper than 32");
      keys.emplace_back();
    } else if (event == Event::object_end || event == Event::array_end) {
      keys.pop_back();
    } else if (event == Event::key) {
      const auto& key = parsed.get_ref<const std::string&>();
      if (!keys.back().insert(key).second)
        throw Error(what + ": key " + quote_name(key) + " given twice");
    }
    return true;
  };
  try {
    return Json::parse(text.begin(), text.end(), check);
  } catch (const Json::parse_error& error) {
    throw Error(what + ": not JSON at byte " + std::to_string(error.byte));
  } catch (const Json::exception&) {
    throw Error(what + ": not JSON, a number is out of range");
  }
}

}  // namespace bitcpp

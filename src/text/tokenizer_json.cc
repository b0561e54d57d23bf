// Tokenizers out of Hugging Face folders.
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/file.h"
#include "text/tokenizer.h"

namespace bitcpp {
namespace {

using nlohmann::json;

constexpr std::size_t kFileLimit = std::size_t{1} << 28;

// One JSON object of one file, whose members are asked for with their type; errors name file and
// member.
class Section {
 public:
  Section(std::string place, const json& object) : place_(std::move(place)), object_(object) {
    if (!object_.is_object()) fail("expected an object");
  }

  [[noreturn]] void fail(const std::string& message) const { throw Error(place_ + ": " + message); }

  const json* find(const char* key) const {
    const auto found = object_.find(key);
    return found == object_.end() || found->is_null() ? nullptr : &*found;
  }

  Section section(const char* key) const {
    const json* value = find(key);
    if (value == nullptr) fail("no " + quoted(key) + ", expected an object");
    return {place_ + ": " + key, *value};
  }

  bool flag(const char* key, bool otherwise) const {
    const json* value = find(key);
    if (value == nullptr) return otherwise;
    if (!value->is_boolean()) fail(quoted(key) + " is not true or false");
    return value->get<bool>();
  }

  /// The member may be missing, but not different.
  void expect(const char* key, const json& wanted) const {
    const json* value = find(key);
    if (value != nullptr && *value != wanted) {
      fail(quoted(key) + " is " + shortened(*value) + ", expected " + wanted.dump());
    }
  }

  const json& object() const { return object_; }
  const std::string& place() const { return place_; }

 private:
  static std::string quoted(const char* key) { return std::string("\"").append(key).append("\""); }

  static std::string shortened(const json& value) {
    const std::string text = value.dump(-1, ' ', true, json::error_handler_t::replace);
    return text.size() <= 60 ? text : text.substr(0, 57) + "...";
  }

  std::string place_;
  const json& object_;
};

json parse(const std::filesystem::path& path) {
  try {
    return json::parse(read_file(path, kFileLimit));
  } catch (const json::exception& error) {
    throw Error(path.string() + ": not JSON: " + error.what());
  }
}

TokenizerOptions read_normalizer(const Section& normalizer) {
  normalizer.expect("type", "BertNormalizer");
  normalizer.expect("clean_text", true);
  TokenizerOptions options;
  options.lowercase = normalizer.flag("lowercase", true);
  options.strip_accents = normalizer.flag("strip_accents", options.lowercase);
  options.chinese_characters = normalizer.flag("handle_chinese_chars", true);
  return options;
}

// Tokens by id, of which every one must be given once.
class TokenList {
 public:
  TokenList(const Section& vocabulary, std::size_t added)
      : place_(vocabulary.place()),
        tokens_(vocabulary.object().size() + added),
        given_(tokens_.size()) {
    for (const auto& [token, id] : vocabulary.object().items()) add(token, id);
  }

  /// A token given again with the same id is the same token.
  void add(const std::string& token, const json& id) {
    if (token.find('\n') != std::string::npos) {
      throw Error(place_ + ": the token with id " + id.dump() + " holds a newline");
    }
    if (!id.is_number_unsigned() || id.get<std::uint64_t>() >= tokens_.size()) {
      throw Error(place_ + ": the id of \"" + token + "\" is " + id.dump() +
                  ", expected ids from 0 up without gaps");
    }
    const std::size_t index = id.get<std::size_t>();
    if (given_[index] && tokens_[index] != token) {
      throw Error(place_ + ": \"" + token + "\" and \"" + tokens_[index] + "\" have the same id " +
                  id.dump());
    }
    given_[index] = true;
    tokens_[index] = token;
  }

  /// One token a line.
  std::string text() const {
    std::size_t size = tokens_.size();
    while (size > 0 && !given_[size - 1]) --size;
    std::string lines;
    for (std::size_t id = 0; id < size; ++id) {
      if (!given_[id]) throw Error(place_ + ": no token with id " + std::to_string(id));
      lines += tokens_[id];
      lines += '\n';
    }
    return lines;
  }

 private:
  std::string place_;
  std::vector<std::string> tokens_;
  std::vector<bool> given_;
};

// Added tokens other than BERT's own are matched in the text before it is split, which neither this
// tokenizer nor a packed file knows: better refused than read otherwise than in training.
void add_special_tokens(const Section& file, TokenList& tokens, const json& vocabulary) {
  const json* added = file.find("added_tokens");
  if (added == nullptr) return;
  if (!added->is_array()) file.fail("\"added_tokens\" is not an array");
  for (const json& item : *added) {
    const Section token(file.place() + ": added_tokens", item);
    const json* content = token.find("content");
    const json* id = token.find("id");
    if (content == nullptr || !content->is_string() || id == nullptr) {
      token.fail("expected \"content\" and \"id\" of each token");
    }
    const auto& name = content->get_ref<const std::string&>();
    const bool of_bert = name == "[PAD]" || name == "[UNK]" || name == "[CLS]" || name == "[SEP]" ||
                         name == "[MASK]";
    if (!of_bert && !vocabulary.contains(name)) {
      token.fail("\"" + name +
                 "\" is not in the vocabulary; of added tokens only [PAD], [UNK], [CLS], " +
                 "[SEP] and [MASK] are supported");
    }
    tokens.add(name, *id);
  }
}

Tokenizer from_tokenizer_json(const std::filesystem::path& path) {
  const json content = parse(path);
  const Section file(path.string(), content);
  const Section model = file.section("model");
  model.expect("type", "WordPiece");
  model.expect("unk_token", "[UNK]");
  model.expect("continuing_subword_prefix", "##");
  model.expect("max_input_chars_per_word", 100);
  file.section("pre_tokenizer").expect("type", "BertPreTokenizer");
  const TokenizerOptions options = read_normalizer(file.section("normalizer"));

  const json* added = file.find("added_tokens");
  const Section vocabulary = model.section("vocab");
  TokenList tokens(vocabulary, added == nullptr ? 0 : added->size());
  add_special_tokens(file, tokens, vocabulary.object());
  try {
    return Tokenizer(tokens.text(), options);
  } catch (const Error& error) {
    throw Error(path.string() + ": " + error.what());
  }
}

TokenizerOptions read_tokenizer_config(const std::filesystem::path& path) {
  const json content = parse(path);
  const Section file(path.string(), content);
  file.expect("do_basic_tokenize", true);
  TokenizerOptions options;
  options.lowercase = file.flag("do_lower_case", true);
  options.strip_accents = file.flag("strip_accents", options.lowercase);
  options.chinese_characters = file.flag("tokenize_chinese_chars", true);
  return options;
}

}  // namespace

Tokenizer Tokenizer::from_folder(const std::filesystem::path& folder) {
  const auto tokenizer_json = folder / "tokenizer.json", vocab = folder / "vocab.txt",
             config = folder / "tokenizer_config.json";
  if (std::filesystem::exists(tokenizer_json)) return from_tokenizer_json(tokenizer_json);
  if (!std::filesystem::exists(vocab)) {
    throw Error(folder.string() + ": expected tokenizer.json or vocab.txt in this folder");
  }
  const TokenizerOptions options =
      std::filesystem::exists(config) ? read_tokenizer_config(config) : TokenizerOptions{};
  try {
    return Tokenizer(read_file(vocab, kFileLimit), options);
  } catch (const Error& error) {
    const std::string message = error.what();
    throw Error(message.starts_with(vocab.string()) ? message : vocab.string() + ": " + message);
  }
}

}  // namespace bitcpp

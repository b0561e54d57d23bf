// `bit tokenize`: ids and byte offsets of every line, as JSON lines.
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "base/file.h"
#include "cli/commands.h"
#include "format/packed_model.h"
#include "text/tokenizer.h"

namespace bitcpp {
namespace {

struct TokenizeOptions {
  std::string model, file = "-";
  bool no_special = false, cased = false;
};

// A safetensors file begins with a 64-bit length, whose highest byte is 0, and a "{"; no text does.
bool is_safetensors(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  char start[9] = {};
  return file.read(start, sizeof start) && start[7] == 0 && start[8] == '{';
}

Tokenizer open_tokenizer(const TokenizeOptions& options) {
  const std::filesystem::path path = options.model;
  if (!std::filesystem::exists(path)) {
    throw Error(options.model + ": no such file; expected a packed model, a folder or a vocab.txt");
  }
  if (options.cased && (std::filesystem::is_directory(path) || is_safetensors(path))) {
    throw Error(options.model + ": --cased is for a vocab.txt; this model says itself what it is");
  }
  if (std::filesystem::is_directory(path)) return Tokenizer::from_folder(path);
  if (is_safetensors(path)) {
    const PackedModel model = open_packed_model(path);
    const PackedConfig& config = model.config;
    return Tokenizer(model.vocabulary,
                     {config.lowercase, config.strip_accents, config.chinese_characters});
  }
  try {
    return Tokenizer(read_file(path), {!options.cased, !options.cased, true});
  } catch (const Error& error) {
    const std::string message = error.what();
    throw Error(message.starts_with(options.model) ? message : options.model + ": " + message);
  }
}

void append_number(std::string& line, std::int64_t number) {
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  line.append(digits, end);
}

void write_json(const std::vector<std::int32_t>& ids, const std::vector<Offset>& offsets,
                std::string& line) {
  line = "{\"ids\":[";
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (i > 0) line += ',';
    append_number(line, ids[i]);
  }
  line += "],\"offsets\":[";
  for (std::size_t i = 0; i < offsets.size(); ++i) {
    line += i > 0 ? ",[" : "[";
    append_number(line, offsets[i].begin);
    line += ',';
    append_number(line, offsets[i].end);
    line += ']';
  }
  line += "]}\n";
}

void tokenize_lines(const Tokenizer& tokenizer, std::istream& input, bool special, bool flush) {
  std::string text, line;
  std::vector<std::int32_t> ids;
  std::vector<Offset> offsets;
  while (std::getline(input, text)) {
    if (special) {
      const Encoding encoding = tokenizer.encode(text, std::numeric_limits<std::size_t>::max());
      write_json(encoding.ids, encoding.offsets, line);
    } else {
      ids.clear();
      offsets.clear();
      tokenizer.tokenize(text, ids, &offsets);
      write_json(ids, offsets, line);
    }
    std::cout << line;
    if (flush) std::cout.flush();
  }
}

void run_tokenize(const TokenizeOptions& options) {
  const Tokenizer tokenizer = open_tokenizer(options);
  if (options.file == "-") {
    tokenize_lines(tokenizer, std::cin, !options.no_special, true);
    return;
  }
  std::ifstream file(options.file, std::ios::binary);
  if (!file || std::filesystem::is_directory(options.file)) {
    throw Error(options.file + ": cannot be read, expected a text file");
  }
  tokenize_lines(tokenizer, file, !options.no_special, false);
  if (file.bad()) throw Error(options.file + ": reading failed");
}

}  // namespace

CLI::App* add_tokenize_command(CLI::App& app, int&) {
  CLI::App* command = app.add_subcommand("tokenize", "Show token ids and byte offsets of texts");
  const auto options = std::make_shared<TokenizeOptions>();
  command
      ->add_option("model", options->model,
                   "Packed model, Hugging Face folder, or vocab.txt (uncased unless --cased)")
      ->required();
  command->add_option("file", options->file, "Texts, one a line; - is standard input")
      ->capture_default_str();
  command->add_flag("--no-special", options->no_special, "Leave [CLS] and [SEP] out");
  command->add_flag("--cased", options->cased, "With a vocab.txt: keep case and accents");
  command->footer(
      "Prints one JSON object a line: {\"ids\":[...],\"offsets\":[[begin,end],...]}, offsets in "
      "bytes\nof the line, [0,0] for [CLS] and [SEP]. A \"[SEP]\" written in a text is plain "
      "text.\n\n"
      "Example:\n"
      "  echo 'play some jazz' | bit tokenize models/snips-minilm-w1a1.safetensors");
  command->callback([options] { run_tokenize(*options); });
  return command;
}

}  // namespace bitcpp

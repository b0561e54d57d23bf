#include "cli/text_length.h"

#include <iostream>
#include <map>
#include <string>

namespace bitcpp {

void add_length_options(CLI::App* command, PredictorOptions& options) {
  command
      ->add_option("--max-length", options.max_length,
                   "Tokens of a text, [CLS] and [SEP] included (default: the model's)")
      ->check(CLI::Range(3, 1 << 20));
  const std::map<std::string, LongText> choices = {{"truncate", LongText::kTruncate},
                                                   {"refuse", LongText::kRefuse}};
  command
      ->add_option("--too-long", options.long_text,
                   "A longer text is cut and counted (truncate, the default) or an error (refuse)")
      ->transform(CLI::CheckedTransformer(choices).description(""))
      ->option_text("truncate|refuse");
}

void report_truncated(std::size_t truncated, std::size_t texts, std::size_t max_length) {
  if (truncated == 0) return;
  std::cerr << truncated << " of " << texts << (texts == 1 ? " text was" : " texts were")
            << " cut to " << max_length << " tokens\n";
}

}  // namespace bitcpp

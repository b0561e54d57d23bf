// `bit results`: the page of results out of the store.
#include <iostream>
#include <memory>
#include <string>

#include "base/file.h"
#include "cli/commands.h"
#include "results/document.h"

namespace bitcpp {
namespace {

struct ResultsOptions {
  std::string store = "results/results.jsonl", published, notes, out;
};

void run_results(const ResultsOptions& options) {
  if (!std::filesystem::exists(options.store))
    throw Error(options.store + ": expected a results store; bit sweep --store writes one");
  std::vector<PublishedFigure> published;
  if (!options.published.empty()) published = read_published(options.published);
  const std::string notes = options.notes.empty() ? "" : read_file(options.notes, 16 << 20);
  const std::string page = results_page(summarize(read_results(options.store)), published, notes);
  if (options.out.empty())
    std::cout << page;
  else
    write_file(options.out, page);
}

}  // namespace

CLI::App* add_results_command(CLI::App& app, int&) {
  auto options = std::make_shared<ResultsOptions>();
  CLI::App* command =
      app.add_subcommand("results", "Write the page of results out of the results store");
  command->add_option("--store", options->store, "JSON lines that bit sweep --store wrote")
      ->capture_default_str();
  command->add_option("--published", options->published,
                      "figures of others to put beside ours (JSON lines)");
  command->add_option("--notes", options->notes, "Markdown for the end of the page");
  command->add_option("--out", options->out, "file to write; without it, stdout");
  command->footer(
      "Example:\n"
      "  bit results --store results/results.jsonl --published results/published.jsonl \\\n"
      "      --notes results/notes.md --out docs/results.md");
  command->callback([options] { run_results(*options); });
  return command;
}

}  // namespace bitcpp

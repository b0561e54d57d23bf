// `bit report`: makes the page and the TensorBoard files of a run anew from what lies in its
// folder.
#include <iostream>
#include <memory>
#include <string>

#include "cli/commands.h"
#include "report/event_log.h"
#include "report/page.h"

namespace bitcpp {

CLI::App* add_report_command(CLI::App& app, int&) {
  CLI::App* command = app.add_subcommand("report", "Make report.html of a training run's folder");
  const auto folder = std::make_shared<std::string>();
  command->add_option("folder", *folder, "OUT of bit distill, train or finetune")->required();
  command->footer(
      "Writes FOLDER/report.html, one self-contained page, and FOLDER/tensorboard, also while the "
      "run goes on.\nPrints the page's path.\n\nExample:\n  bit report my-model");
  command->callback([folder] {
    const std::filesystem::path page = write_report(*folder);
    EventLog events(*folder);
    std::cout << page.string() << "\n";
  });
  return command;
}

}  // namespace bitcpp

#include <iostream>
#include <memory>
#include <string>

#include "cli/commands.h"
#include "cli/help.h"
#include "format/packed_model.h"

namespace bitcpp {

std::string version_line() {
  return std::string("bit ") + BITCPP_VERSION + " (packed format " +
         std::to_string(kPackedVersion) + ")";
}

CLI::App* add_version_command(CLI::App& app, int&) {
  CLI::App* command = app.add_subcommand("version", "Print the version");
  const auto json = std::make_shared<bool>(false);
  command->add_flag("--json", *json, "Print a JSON object: version, packed_format");
  command->footer("Example:\n  bit version --json");
  command->callback([json] {
    if (!*json) {
      std::cout << version_line() << "\n";
      return;
    }
    std::cout << "{\"version\":\"" << BITCPP_VERSION << "\",\"packed_format\":" << kPackedVersion
              << "}\n";
  });
  return command;
}

}  // namespace bitcpp

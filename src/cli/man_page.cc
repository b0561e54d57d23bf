#include "cli/man_page.h"

#include <algorithm>
#include <cctype>
#include <sstream>
#include <string_view>

#include "cli/bit_train.h"

namespace bitcpp {
namespace {

/// Text as troff prints it: no escapes, no requests at the start of a line, hyphens to copy from.
std::string plain(std::string_view text) {
  std::string result;
  bool line_begins = true;
  for (const char c : text) {
    if (line_begins && (c == '.' || c == '\'')) result += "\\&";
    if (c == '\\')
      result += "\\e";
    else if (c == '-')
      result += "\\-";
    else
      result += c;
    line_begins = c == '\n';
  }
  return result;
}

std::string capitals(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text;
}

std::string heading(const std::string& name, const std::string& summary) {
  return ".TH " + capitals(plain(name)) +
         " 1 \"\" \"bit.cpp " BITCPP_VERSION "\" \"User Commands\"\n.SH NAME\n" + plain(name) +
         " \\- " + plain(summary) + "\n";
}

/// "--threads INT:INT in [1 - 1024]=1" of the help, in bold and italics.
std::string option_line(const CLI::Option& option, const CLI::Formatter& formatter) {
  const bool positional = option.nonpositional() == false;
  std::string line = ".TP\n\\fB" + plain(option.get_name(positional)) + "\\fR";
  // CLI11's own words for the type, the range and the default.
  const std::string about = formatter.make_option_opts(&option);
  if (!about.empty()) line += "\\fI" + plain(about) + "\\fR";
  return line + "\n" + plain(formatter.make_option_desc(&option)) + "\n";
}

std::string options_of(const CLI::App& command) {
  const CLI::Formatter formatter;
  std::string arguments, options;
  for (const CLI::Option* option : command.get_options({})) {
    if (option->get_group().empty()) continue;
    (option->nonpositional() ? options : arguments) += option_line(*option, formatter);
  }
  std::string text;
  if (!arguments.empty()) text += ".SH ARGUMENTS\n" + arguments;
  if (!options.empty()) text += ".SH OPTIONS\n" + options;
  return text;
}

/// The text behind the options: paragraphs, and the lines under "Example(s):" as they are.
std::string footer_of(const std::string& footer) {
  std::istringstream lines(footer);
  std::string text, line;
  bool examples = false;
  while (std::getline(lines, line)) {
    if (line == "Example:" || line == "Examples:") {
      examples = true;
      text += ".SH EXAMPLES\n.nf\n";
    } else if (text.empty() && !examples) {
      text += ".SH NOTES\n" + plain(line) + "\n";
    } else {
      text += plain(line.starts_with("  ") ? line.substr(2) : line) + "\n";
    }
  }
  return examples ? text + ".fi\n" : text;
}

std::string see_also(const std::string& pages) { return ".SH SEE ALSO\n" + pages + "\n"; }

}  // namespace

std::string man_page(const CLI::App& app) {
  std::string text =
      heading(app.get_name(), "transformers whose weights and activations are one bit");
  text += ".SH SYNOPSIS\n\\fBbit\\fR \\fICOMMAND\\fR [\\fIARGUMENT\\fR]...\n.SH COMMANDS\n";
  std::string pages;
  for (const CLI::App* command : app.get_subcommands(nullptr)) {
    text += ".TP\n\\fB" + plain(command->get_name()) + "\\fR\n" +
            plain(command->get_description()) + "\n";
    pages +=
        std::string(pages.empty() ? "" : ", ") + "\\fBbit\\-" + command->get_name() + "\\fR(1)";
  }
  text += ".SH EXIT STATUS\n0 done, 1 a negative answer, 2 a usage error or bad input.\n";
  return text + see_also(pages);
}

std::string man_page(const CLI::App& app, const CLI::App& command) {
  const std::string name = app.get_name() + "-" + command.get_name();
  std::string text = heading(name, command.get_description()) + ".SH SYNOPSIS\n";
  if (const TrainCommand* train = find_train_command(command.get_name())) {
    text += plain(train->usage) + "\n";
    text +=
        ".SH DESCRIPTION\nRuns in \\fBbit\\-train\\fR, whose \\fB\\-\\-help\\fR lists the "
        "options.\n";
    text += ".SH EXAMPLES\n.nf\n" + plain(train->example) + "\n.fi\n";
  } else {
    text += "\\fBbit " + plain(command.get_name()) + "\\fR [\\fIOPTIONS\\fR]";
    for (const CLI::Option* option : command.get_options({})) {
      if (!option->nonpositional()) {
        const std::string argument = "\\fI" + plain(option->get_name(true)) + "\\fR";
        text += option->get_required() ? " " + argument : " [" + argument + "]";
      }
    }
    text += "\n" + options_of(command) + footer_of(command.get_footer());
  }
  return text + see_also("\\fBbit\\fR(1)");
}

}  // namespace bitcpp

#include "cli/frame.h"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <exception>
#include <iostream>
#include <new>

#include "base/error.h"

namespace bitcpp {
namespace {

std::string one_line(std::string message) {
  while (!message.empty() && std::isspace(static_cast<unsigned char>(message.back()))) {
    message.pop_back();
  }
  for (char& c : message) {
    if (c == '\n' || c == '\r') c = ' ';
  }
  return message;
}

int fail(const CLI::App& app, const std::string& message) {
  // Results that were complete before the error belong in front of it.
  std::cout.exceptions(std::ios::goodbit);
  std::cout.flush();
  std::cerr << app.get_name() << ": " << one_line(message) << std::endl;
  return kBadInput;
}

std::vector<std::string> command_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands(nullptr)) names.push_back(command->get_name());
  return names;
}

/// What to say of a first argument that names no command; empty when it names one.
std::string unknown_command(const CLI::App& app, int argc, const char* const* argv) {
  if (argc < 2 || argv[1][0] == '-') return "";
  const std::string given = argv[1];
  const std::vector<std::string> names = command_names(app);
  if (std::find(names.begin(), names.end(), given) != names.end()) return "";
  const std::string nearest = nearest_word(given, names);
  const std::string hint = nearest.empty() ? "" : "; did you mean '" + nearest + "'?";
  const bool has_help = std::find(names.begin(), names.end(), "help") != names.end();
  return "unknown command '" + given + "'" + hint + " ('" + app.get_name() +
         (has_help ? " help" : " --help") + "' lists all)";
}

/// The first argument that `command` does not know, with the option that was probably meant.
std::string unexpected_argument(const CLI::App& command) {
  const std::vector<std::string> unknown = command.remaining(true);
  if (unknown.empty()) return "unexpected argument";
  // The value of a misspelt option counts as unknown too; the option is what to name.
  const auto option = std::find_if(unknown.begin(), unknown.end(),
                                   [](const std::string& word) { return word.rfind("-", 0) == 0; });
  if (option == unknown.end()) return "unexpected argument '" + unknown.front() + "'";
  std::vector<std::string> names;
  for (const CLI::Option* known : command.get_options()) {
    for (const std::string& name : known->get_lnames()) names.push_back("--" + name);
  }
  const std::string nearest = nearest_word(*option, names);
  return "unknown option '" + *option + "'" +
         (nearest.empty() ? "" : "; did you mean '" + nearest + "'?");
}

std::string usage_error(const CLI::App& app, const CLI::ParseError& error) {
  const CLI::App* command = &app;
  std::string name = app.get_name();
  while (!command->get_subcommands().empty()) {
    command = command->get_subcommands().front();
    name += " " + command->get_name();
  }
  const bool extras = dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr;
  const std::string message = extras ? unexpected_argument(*command) : one_line(error.what());
  return message + " (see '" + name + " --help')";
}

int failed_output(const CLI::App& app) {
  const int reason = errno;
  // Whoever read our output has seen enough: not an error of this program.
  if (reason == EPIPE) return kSuccess;
  return fail(app, std::string("cannot write to standard output: ") + std::strerror(reason));
}

}  // namespace

int run_command_line(CLI::App& app, int argc, const char* const* argv, const int& status) {
  std::ios::sync_with_stdio(false);
  try {
    std::cout.exceptions(std::ios::badbit);
    const std::string unknown = unknown_command(app, argc, argv);
    if (!unknown.empty()) return fail(app, unknown);
    try {
      app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
      const bool asked_for_help = error.get_exit_code() == 0;
      if (!asked_for_help) return fail(app, usage_error(app, error));
      app.exit(error, std::cout, std::cerr);
    }
    std::cout.flush();
    return status;
  } catch (const std::ios_base::failure&) {
    return failed_output(app);
  } catch (const std::bad_alloc&) {
    return fail(app, "out of memory");
  } catch (const Error& error) {
    return fail(app, error.what());
  } catch (const std::exception& error) {
    // Of a library's error the first line says what happened; LibTorch adds its call stack below.
    const std::string message = error.what();
    return fail(app, message.substr(0, message.find('\n')));
  }
}

std::string nearest_word(std::string_view word, const std::vector<std::string>& candidates) {
  // Optimal string alignment distance: Levenshtein with swaps of neighbours.
  const auto distance = [word](std::string_view other) {
    std::vector<std::vector<std::size_t>> rows(word.size() + 1,
                                               std::vector<std::size_t>(other.size() + 1));
    for (std::size_t i = 0; i <= word.size(); ++i) rows[i][0] = i;
    for (std::size_t j = 0; j <= other.size(); ++j) rows[0][j] = j;
    for (std::size_t i = 1; i <= word.size(); ++i) {
      for (std::size_t j = 1; j <= other.size(); ++j) {
        const bool equal = word[i - 1] == other[j - 1];
        rows[i][j] = std::min(
            {rows[i - 1][j] + 1, rows[i][j - 1] + 1, rows[i - 1][j - 1] + (equal ? 0 : 1)});
        const bool swapped =
            i > 1 && j > 1 && word[i - 1] == other[j - 2] && word[i - 2] == other[j - 1];
        if (swapped) rows[i][j] = std::min(rows[i][j], rows[i - 2][j - 2] + 1);
      }
    }
    return rows[word.size()][other.size()];
  };
  constexpr std::size_t kLongestWord =
      64;  // a pasted text is no misspelling, and the table is quadratic
  if (word.size() > kLongestWord) return "";
  std::string nearest;
  std::size_t least = std::max<std::size_t>(1, word.size() / 3) + 1;
  for (const std::string& candidate : candidates) {
    const std::size_t d = distance(candidate);
    if (d < least) {
      least = d;
      nearest = candidate;
    }
  }
  return nearest;
}

}  // namespace bitcpp

#include "cli/completion.h"

#include <string_view>
#include <vector>

#include "base/error.h"

namespace bitcpp {
namespace {

/// An option by its long name.
struct Flag {
  std::string name, description;
  bool takes_value = false;
};

std::vector<Flag> flags_of(const CLI::App& command) {
  std::vector<Flag> flags;
  for (const CLI::Option* option : command.get_options({})) {
    if (option->get_lnames().empty() || option->get_group().empty()) continue;
    flags.push_back(
        {option->get_lnames()[0], option->get_description(), option->get_items_expected_max() > 0});
  }
  return flags;
}

/// For text between single quotes, in all three shells' words; one line.
std::string quoted(std::string_view text, std::string_view for_quote) {
  std::string result;
  for (const char c : text) {
    if (c == '\'')
      result += for_quote;
    else
      result += c == '\n' ? ' ' : c;
  }
  return "'" + result + "'";
}

std::string bash(const CLI::App& app) {
  std::string names, cases;
  for (const CLI::App* command : app.get_subcommands(nullptr)) {
    names += (names.empty() ? "" : " ") + command->get_name();
    std::string words;
    for (const Flag& flag : flags_of(*command)) words += (words.empty() ? "--" : " --") + flag.name;
    if (!words.empty()) cases += "    " + command->get_name() + ") words='" + words + "' ;;\n";
  }
  return "# bash completion for bit\n"
         "_bit() {\n"
         "  local current=${COMP_WORDS[COMP_CWORD]} words=--help\n"
         "  local commands='" +
         names +
         "'\n"
         "  if [ \"$COMP_CWORD\" -eq 1 ] || { [ \"$COMP_CWORD\" -eq 2 ] && [ \"${COMP_WORDS[1]}\" "
         "= help ]; }; then\n"
         "    mapfile -t COMPREPLY < <(compgen -W \"$commands\" -- \"$current\")\n"
         "    return\n"
         "  fi\n"
         "  case ${COMP_WORDS[1]} in\n" +
         cases +
         "  esac\n"
         "  if [[ $current == -* ]]; then\n"
         "    mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\")\n"
         "  else\n"
         "    compopt -o filenames\n"
         "    mapfile -t COMPREPLY < <(compgen -f -- \"$current\")\n"
         "  fi\n"
         "}\n"
         "complete -F _bit bit\n";
}

/// In _arguments brackets and colons have a meaning.
std::string zsh_text(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '[' || c == ']' || c == ':' || c == '\\') result += '\\';
    result += c;
  }
  return result;
}

std::string zsh(const CLI::App& app) {
  std::string names, cases;
  for (const CLI::App* command : app.get_subcommands(nullptr)) {
    const std::string about = command->get_name() + ":" + command->get_description();
    names += "    " + quoted(about, "'\\''") + "\n";
    std::string arguments;
    for (const Flag& flag : flags_of(*command)) {
      const std::string spec = "--" + flag.name + "[" + zsh_text(flag.description) + "]" +
                               (flag.takes_value ? ":value:_files" : "");
      arguments += " \\\n        " + quoted(spec, "'\\''");
    }
    cases += "      " + command->get_name() + ") _arguments" + arguments + " '*:file:_files' ;;\n";
  }
  return "#compdef bit\n"
         "_bit() {\n"
         "  local -a commands\n"
         "  commands=(\n" +
         names +
         "  )\n"
         "  if (( CURRENT == 2 )); then\n"
         "    _describe command commands\n"
         "  else\n"
         "    local command=$words[2]\n"
         "    words=(\"bit-$command\" \"${(@)words[3,-1]}\")\n"
         "    (( CURRENT -= 1 ))\n"
         "    case $command in\n" +
         cases +
         "    esac\n"
         "  fi\n"
         "}\n"
         "_bit \"$@\"\n";
}

std::string fish(const CLI::App& app) {
  std::string text = "# fish completion for bit\n";
  for (const CLI::App* command : app.get_subcommands(nullptr)) {
    text += "complete -c bit -n __fish_use_subcommand -f -a " + command->get_name() + " -d " +
            quoted(command->get_description(), "\\'") + "\n";
    for (const Flag& flag : flags_of(*command)) {
      text += "complete -c bit -n '__fish_seen_subcommand_from " + command->get_name() + "' -l " +
              flag.name + (flag.takes_value ? " -r" : "") + " -d " +
              quoted(flag.description, "\\'") + "\n";
    }
  }
  return text;
}

}  // namespace

std::string completion(const CLI::App& app, const std::string& shell) {
  if (shell == "bash") return bash(app);
  if (shell == "zsh") return zsh(app);
  if (shell == "fish") return fish(app);
  throw Error("completion for '" + shell + "', expected bash, zsh or fish");
}

}  // namespace bitcpp

// Shell completions of a program, from what --help says.
#include <algorithm>
#include <cctype>

#include "manual.h"
#include "text.h"

namespace common {
namespace {

struct Values {
  enum class Kind { kNone, kUnknown, kFile, kFolder, kNameAndFolder, kWords } kind;
  std::vector<std::string> words;  // for kWords
};

// "f32|bf16" are words; in capitals a part stands for something, as C does in "C|tab".
Values ValuesOf(const Manual::Option& option) {
  if (option.positional) return {option.names[0] == "FILE" ? Values::Kind::kFile : Values::Kind::kUnknown, {}};
  if (option.type.empty()) return {Values::Kind::kNone, {}};
  if (option.type == "FILE" || option.type == "OUTPUT") return {Values::Kind::kFile, {}};
  if (option.type == "DIR" || option.type == "FOLDER") return {Values::Kind::kFolder, {}};
  if (option.type == "NAME=FOLDER") return {Values::Kind::kNameAndFolder, {}};
  Values values{Values::Kind::kWords, {}};
  if (option.type.find('|') == std::string::npos) return {Values::Kind::kUnknown, {}};
  for (const std::string_view word : Split(option.type, '|')) {
    if (std::none_of(word.begin(), word.end(), [](unsigned char c) { return std::isupper(c) != 0; })) {
      values.words.emplace_back(word);
    }
  }
  return values;
}

// A function of the shell cannot have every character that a program's name has.
std::string FunctionName(const Manual& manual) {
  std::string name = manual.program;
  std::replace(name.begin(), name.end(), '-', '_');
  return name.insert(0, 1, '_');
}

bool TakesFile(const Manual& manual) {
  return std::any_of(manual.options.begin(), manual.options.end(), [](const Manual::Option& option) {
    return option.positional && ValuesOf(option).kind == Values::Kind::kFile;
  });
}

// The text with a backslash before each of these characters.
std::string Escaped(std::string_view text, std::string_view characters) {
  std::string out;
  for (const char c : text) {
    if (characters.find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

// In single quotes, for bash and zsh.
std::string Quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') out += "'\\'";
    out += c;
  }
  out += '\'';
  return out;
}

}  // namespace

std::string BashCompletion(const Manual& manual) {
  std::string cases, all;
  for (const Manual::Option& option : manual.options) {
    if (option.positional) continue;
    all.append(all.empty() ? "" : " ").append(Joined(option.names, " "));
    const Values values = ValuesOf(option);
    if (values.kind == Values::Kind::kNone) continue;
    cases.append("    ").append(Joined(option.names, " | ")).append(") ");
    switch (values.kind) {
      case Values::Kind::kWords:
        cases.append("words=(-W '").append(Joined(values.words, " ")).append("')");
        break;
      case Values::Kind::kFile:
        cases += "words=(-f); compopt -o filenames";
        break;
      case Values::Kind::kFolder:
      case Values::Kind::kNameAndFolder:
        cases += "words=(-d); compopt -o filenames";
        break;
      default:
        cases += "return";
        break;
    }
    cases += " ;;\n";
  }
  const std::string rest = TakesFile(manual) ? "words=(-f); compopt -o filenames" : "return";
  // Bash makes words of its own of "--option", "=" and the value, and of "NAME", "=" and the folder.
  return "# bash completion for " + manual.program + "\n" + FunctionName(manual) +
         R"(() {
  local word=${COMP_WORDS[COMP_CWORD]} at=$((COMP_CWORD - 1)) words=()
  COMPREPLY=()
  if [[ $word == = ]]; then
    word=
    at=$((at + 1))
  fi
  if [[ ${COMP_WORDS[at]} == = && at -gt 0 ]]; then
    at=$((at - 1))
    [[ ${COMP_WORDS[at]} == -* ]] || at=$((at - 1))
  fi
  case ${COMP_WORDS[at]} in
)" + cases +
         "    *)\n      if [[ $word == -* ]]; then\n        words=(-W '" + all + "')\n      else\n        " + rest +
         R"(
      fi
      ;;
  esac
  mapfile -t COMPREPLY < <(compgen "${words[@]}" -- "$word")
}
complete -F )" +
         FunctionName(manual) + ' ' + manual.program + '\n';
}

std::string ZshCompletion(const Manual& manual) {
  std::string out = "#compdef " + manual.program + "\n_arguments -s";
  for (const Manual::Option& option : manual.options) {
    const Values values = ValuesOf(option);
    std::string action;
    switch (values.kind) {
      case Values::Kind::kWords:
        action = "(" + Joined(values.words, " ") + ")";
        break;
      case Values::Kind::kFile:
        action = "_files";
        break;
      case Values::Kind::kFolder:
        action = "_files -/";
        break;
      // Takes the name and "=" away, and completes the rest.
      case Values::Kind::kNameAndFolder:
        action = "{compset -P \"*=\"; _files -/}";
        break;
      default:
        break;
    }
    const std::string help = Escaped(option.help, "[]:\\");
    for (const std::string& name : option.names) {
      std::string spec;
      if (option.positional) {
        spec = "::" + name + ":" + action;
      } else {
        spec = name;
        if (values.kind != Values::Kind::kNone) spec += name.starts_with("--") ? "=" : "+";
        spec += '[' + help + ']';
        if (values.kind != Values::Kind::kNone) spec += ':' + Escaped(option.type, ":\\") + ':' + action;
      }
      out += " \\\n  " + Quoted(spec);
    }
  }
  if (manual.takes_texts) out += " \\\n  '*:TEXT:'";
  return out + '\n';
}

std::string FishCompletion(const Manual& manual) {
  std::string out;
  if (!TakesFile(manual)) out += "complete -c " + manual.program + " -f\n";
  for (const Manual::Option& option : manual.options) {
    if (option.positional) continue;
    out += "complete -c " + manual.program;
    for (const std::string& name : option.names) {
      out += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
    }
    const Values values = ValuesOf(option);
    switch (values.kind) {
      case Values::Kind::kNone:
        break;
      case Values::Kind::kWords:
        out += " -x -a '" + Joined(values.words, " ") + "'";
        break;
      case Values::Kind::kFile:
        out += " -r -F";
        break;
      case Values::Kind::kFolder:
        out += " -x -a '(__fish_complete_directories)'";
        break;
      case Values::Kind::kNameAndFolder:
        out +=
            " -x -a '(set -l word (commandline -ct); set -l name (string replace -r \"(=|^)[^=]*\\$\" \"\\$1\" -- "
            "$word); __fish_complete_directories (string replace -r \"^.*=\" \"\" -- $word) | string replace -r "
            "\"^\" -- $name)'";
        break;
      default:
        out += " -x";
        break;
    }
    out += " -d '" + Escaped(option.help, "'\\") + "'\n";
  }
  return out;
}

}  // namespace common

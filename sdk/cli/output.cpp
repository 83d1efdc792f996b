#include "cli/output.hpp"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <unistd.h>

namespace avow::cli {
namespace {

bool wants_colours() {
  const char* terminal = std::getenv("TERM");
  const char* refused = std::getenv("NO_COLOR");
  if (refused != nullptr && *refused != '\0') return false;
  return isatty(STDOUT_FILENO) != 0 && terminal != nullptr && std::string_view(terminal) != "dumb";
}

std::string_view colour_of(char sign) {
  switch (sign) {
    case '+':
      return "\033[32m";
    case '-':
      return "\033[31m";
    case '!':
      return "\033[33m";
    default:
      return "\033[2m";
  }
}

}  // namespace

void ignore_broken_pipes() { std::signal(SIGPIPE, SIG_IGN); }

Output::Output() : colours_(wants_colours()) {}

bool Output::line(std::string_view text) {
  std::string whole(text);
  whole += '\n';
  std::string_view left = whole;
  while (!left.empty() && !broken_) {
    const ssize_t written = ::write(STDOUT_FILENO, left.data(), left.size());
    if (written >= 0) {
      left.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno != EINTR) {
      broken_ = true;
    }
  }
  return !broken_;
}

std::string Output::painted(char sign, std::string text) const {
  if (!colours_) return text;
  return std::string(colour_of(sign)) + text + "\033[0m";
}

}  // namespace avow::cli

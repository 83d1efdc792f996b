#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>
#include <unistd.h>
#include <vector>

#include "cli/exit_status.hpp"
#include "cli/output.hpp"
#include "cli/program.hpp"
#include "cli/verbs.hpp"

// `avow serve`: this process becomes avowd, so that signals and the exit status are its own. A
// second process stays behind, passes its lines on, and says what can be done now.

namespace avow::cli {
namespace {

constexpr std::string_view listening_web = "listening ws://";
constexpr std::string_view default_address = "127.0.0.1:7370";

void suggest(const std::string& address) {
  const bool is_default = address == default_address;
  const std::string where = is_default ? "" : " --url ws://" + address;
  const std::string text =
      "\nAll facts are kept in memory. In other terminals try:\n"
      "  avow watch" +
      where +
      " '<present $who>'\n"
      "  avow publish" +
      where +
      " '<present \"ann\">'\n"
      "or open http://" +
      address + "/ in a browser. Ctrl-C ends the server.\n\n";
  std::fwrite(text.data(), 1, text.size(), stderr);
}

// Passes lines on until the server has ended.
int pass_on(int lines) {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) std::signal(signal, SIG_IGN);
  FILE* input = fdopen(lines, "r");
  Output output;
  std::array<char, 4096> line{};
  bool suggested = false;
  while (input != nullptr && std::fgets(line.data(), line.size(), input) != nullptr) {
    std::string_view text(line.data());
    if (text.ends_with('\n')) text.remove_suffix(1);
    output.line(text);
    if (!suggested && text.starts_with(listening_web)) {
      std::string address(text.substr(listening_web.size()));
      if (address.ends_with('/')) address.pop_back();
      suggest(address);
      suggested = true;
    }
  }
  return status_done;
}

[[nodiscard]] int become(const std::string& path, const std::vector<std::string>& arguments) {
  std::vector<char*> words{const_cast<char*>(path.c_str())};
  for (const std::string& word : arguments) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  std::signal(SIGPIPE, SIG_DFL);
  execv(path.c_str(), words.data());
  complain("cannot run " + path + ": " + std::strerror(errno));
  return status_no_server;
}

}  // namespace

int run(ServeOptions options) {
  const Result<std::string> path = path_of_avowd();
  if (!path.has_value()) {
    complain(path.error().detail);
    return status_no_server;
  }
  std::array<int, 2> lines{};
  if (pipe(lines.data()) != 0) return become(*path, options.arguments);
  const pid_t other = fork();
  if (other == 0) {
    close(lines[1]);
    return pass_on(lines[0]);
  }
  close(lines[0]);
  if (other > 0) dup2(lines[1], STDOUT_FILENO);
  close(lines[1]);
  return become(*path, options.arguments);
}

}  // namespace avow::cli

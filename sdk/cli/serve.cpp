#include <cerrno>
#include <csignal>
#include <cstring>
#include <string>
#include <unistd.h>
#include <vector>

#include "cli/exit_status.hpp"
#include "cli/program.hpp"
#include "cli/verbs.hpp"

namespace avow::cli {

// This process becomes avowd, so that signals, output and exit status are its own.
int run(ServeOptions options) {
  const Result<std::string> path = path_of_avowd();
  if (!path.has_value()) {
    complain(path.error().detail);
    return status_no_server;
  }
  std::vector<char*> words{const_cast<char*>(path->c_str())};
  for (std::string& word : options.arguments) words.push_back(word.data());
  words.push_back(nullptr);
  std::signal(SIGPIPE, SIG_DFL);
  execv(path->c_str(), words.data());
  complain("cannot run " + *path + ": " + std::strerror(errno));
  return status_no_server;
}

}  // namespace avow::cli

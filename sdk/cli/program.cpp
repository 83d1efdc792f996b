#include "cli/program.hpp"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <sstream>
#include <unistd.h>

#include "cli/exit_status.hpp"

namespace avow::cli {
namespace {

bool is_program(const std::filesystem::path& path) { return access(path.c_str(), X_OK) == 0; }

}  // namespace

Result<std::string> path_of_avowd() {
  std::error_code failure;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", failure);
  const auto beside = self.parent_path() / "avowd";
  if (!failure && is_program(beside)) return beside.string();
  const char* path = std::getenv("PATH");
  std::istringstream folders(path != nullptr ? path : "");
  for (std::string folder; std::getline(folders, folder, ':');) {
    const auto candidate = std::filesystem::path(folder) / "avowd";
    if (is_program(candidate)) return candidate.string();
  }
  return Error{"no-server", "there is no avowd beside " + self.string() + ", nor in PATH"};
}

int become_avowd(std::vector<std::string> words) {
  const Result<std::string> path = path_of_avowd();
  if (!path.has_value()) {
    complain(path.error().detail);
    return status_no_server;
  }
  std::vector<char*> pointers{const_cast<char*>(path->c_str())};
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  std::signal(SIGPIPE, SIG_DFL);
  execv(path->c_str(), pointers.data());
  complain("cannot run " + *path + ": " + std::strerror(errno));
  return status_no_server;
}

}  // namespace avow::cli

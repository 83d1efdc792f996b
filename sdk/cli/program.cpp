#include "cli/program.hpp"

#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <unistd.h>

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

}  // namespace avow::cli

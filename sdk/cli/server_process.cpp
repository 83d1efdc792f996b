#include "cli/server_process.hpp"

#include <array>
#include <csignal>
#include <cstdio>
#include <fcntl.h>
#include <memory>
#include <string_view>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/program.hpp"

namespace avow::cli {
namespace {

constexpr std::string_view announcement = "listening ";

[[noreturn]] void become_server(const char* path, int output) {
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  std::signal(SIGPIPE, SIG_DFL);
  dup2(output, STDOUT_FILENO);
  execl(path, path, "--memory", "--listen", "127.0.0.1:0", static_cast<char*>(nullptr));
  constexpr int no_such_command = 127;
  _exit(no_such_command);
}

// What the server says first, as far as it is an address; "" if it says nothing.
std::string read_url(int output) {
  const std::unique_ptr<FILE, int (*)(FILE*)> lines(fdopen(output, "r"), std::fclose);
  std::array<char, 256> line{};
  if (lines == nullptr || std::fgets(line.data(), line.size(), lines.get()) == nullptr) return "";
  std::string_view said(line.data());
  if (!said.starts_with(announcement)) return "";
  said.remove_prefix(announcement.size());
  return std::string(said.substr(0, said.find_last_not_of("/\r\n") + 1));
}

}  // namespace

Result<ServerProcess> ServerProcess::start() {
  AVOW_TRY(const std::string path, path_of_avowd());
  std::array<int, 2> output{};
  if (pipe2(output.data(), O_CLOEXEC) != 0) return Error{"no-server", "there is no pipe to be had"};
  const pid_t process = fork();
  if (process == 0) become_server(path.c_str(), output[1]);
  close(output[1]);
  ServerProcess server(process);
  server.url_ = read_url(output[0]);
  if (process < 0 || server.url_.empty()) {
    return Error{"no-server", path + " did not come up"};
  }
  return server;
}

ServerProcess::~ServerProcess() {
  if (process_ <= 0) return;
  kill(process_, SIGTERM);
  waitpid(process_, nullptr, 0);
}

}  // namespace avow::cli

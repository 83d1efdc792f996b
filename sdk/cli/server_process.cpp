#include "cli/server_process.hpp"

#include <array>
#include <csignal>
#include <cstdio>
#include <fcntl.h>
#include <memory>
#include <string_view>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/program.hpp"

namespace avow::cli {
namespace {

constexpr std::string_view announcement = "listening ";

[[noreturn]] void become_server(const char* path, int output, int complaints) {
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  // A terminal's Ctrl-C is for the one that started this; then the link ends in good order.
  std::signal(SIGINT, SIG_IGN);
  std::signal(SIGPIPE, SIG_DFL);
  dup2(output, STDOUT_FILENO);
  dup2(complaints, STDERR_FILENO);
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

// What a server that did not come up has said.
std::string read_complaints(int complaints) {
  std::string said(4096, '\0');
  const ssize_t size = pread(complaints, said.data(), said.size(), 0);
  said.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  return said.substr(0, said.find_last_not_of('\n') + 1);
}

}  // namespace

Result<ServerProcess> ServerProcess::start() {
  AVOW_TRY(const std::string path, path_of_avowd());
  std::array<int, 2> output{};
  if (pipe2(output.data(), O_CLOEXEC) != 0) return Error{"no-server", "there is no pipe to be had"};
  // Its log is of no interest unless it fails.
  const int complaints = memfd_create("avowd", MFD_CLOEXEC);
  const pid_t process = fork();
  if (process == 0) become_server(path.c_str(), output[1], complaints);
  close(output[1]);
  ServerProcess server(process);
  server.url_ = read_url(output[0]);
  const std::string said = server.url_.empty() ? read_complaints(complaints) : std::string();
  close(complaints);
  if (server.url_.empty()) return Error{"no-server", path + " did not come up: " + said};
  return server;
}

ServerProcess::~ServerProcess() {
  if (process_ <= 0) return;
  kill(process_, SIGTERM);
  waitpid(process_, nullptr, 0);
}

}  // namespace avow::cli

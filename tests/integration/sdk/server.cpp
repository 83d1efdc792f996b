#include "tests/integration/sdk/server.hpp"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "avow/base/check.hpp"

namespace avow::test {
namespace {

// The first line that names a WebSocket listener.
std::string listening_url(int output) {
  FILE* lines = fdopen(output, "r");
  std::array<char, 512> line{};
  const std::string start = "listening ws://";
  std::string url;
  while (url.empty() && std::fgets(line.data(), static_cast<int>(line.size()), lines) != nullptr) {
    const std::string text(line.data());
    if (text.starts_with(start))
      url = text.substr(start.size() - 5, text.find('\n') - start.size() + 5);
  }
  std::fclose(lines);
  return url;
}

}  // namespace

Server::Server(const std::string& port) {
  const char* program = std::getenv("AVOWD");
  if (program == nullptr) {
    ADD_FAILURE() << "the environment does not say in AVOWD where the server is";
    return;
  }
  std::array<int, 2> output{};
  AVOW_CHECK(pipe(output.data()) == 0);
  const std::string address = "127.0.0.1:" + port;
  process_ = fork();
  if (process_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);  // A test that crashes leaves no server behind.
    dup2(output[1], STDOUT_FILENO);
    close(output[0]);
    close(output[1]);
    execl(program, program, "--memory", "--listen", address.c_str(), nullptr);
    _exit(127);
  }
  close(output[1]);
  url_ = listening_url(output[0]);
  EXPECT_FALSE(url_.empty()) << program << " did not come up at " << address;
}

Server::~Server() { kill(); }

void Server::kill() {
  if (process_ <= 0) return;
  ::kill(process_, SIGKILL);
  waitpid(process_, nullptr, 0);
  process_ = -1;
}

}  // namespace avow::test

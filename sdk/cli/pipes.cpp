#include "cli/pipes.hpp"

#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include "avow/base/check.hpp"

namespace avow::cli {
namespace {

bool is_pipe_or_socket(int descriptor) {
  struct stat about {};
  return fstat(descriptor, &about) == 0 && (S_ISFIFO(about.st_mode) || S_ISSOCK(about.st_mode));
}

// What can be read just now; nothing at the end.
std::string read_chunk() {
  std::string chunk(65536, '\0');
  const ssize_t size = ::read(STDIN_FILENO, chunk.data(), chunk.size());
  chunk.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  return chunk;
}

}  // namespace

Pipes::Pipes() { AVOW_CHECK(pipe2(wake_.data(), O_CLOEXEC) == 0); }

Pipes::~Pipes() {
  stopping_ = true;
  wake();
  if (thread_.joinable()) thread_.join();
  for (const int end : wake_) close(end);
}

void Pipes::read_input(std::function<void(std::string)> on_chunk) {
  on_chunk_ = std::move(on_chunk);
  read_more();
}

void Pipes::read_more() {
  input_wanted_ = true;
  start();
}

void Pipes::watch_output(std::function<void()> then) {
  if (!is_pipe_or_socket(STDOUT_FILENO)) return;
  on_reader_gone_ = std::move(then);
  output_watched_ = true;
  start();
}

void Pipes::start() {
  if (thread_.joinable()) return wake();
  // Signals are for the thread of the loop.
  sigset_t all{};
  sigset_t before{};
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([this] { run(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void Pipes::wake() {
  const char byte = 0;
  // A full pipe wakes as well.
  [[maybe_unused]] const ssize_t written = ::write(wake_[1], &byte, 1);
}

void Pipes::run() {
  while (!stopping_) {
    std::array<pollfd, 3> waiting{pollfd{wake_[0], POLLIN, 0},
                                  pollfd{input_wanted_ ? STDIN_FILENO : -1, POLLIN, 0},
                                  pollfd{output_watched_ ? STDOUT_FILENO : -1, 0, 0}};
    if (poll(waiting.data(), waiting.size(), -1) < 0) continue;
    if (waiting[0].revents != 0) {
      std::array<char, 64> bytes{};
      [[maybe_unused]] const ssize_t size = ::read(wake_[0], bytes.data(), bytes.size());
    }
    if (waiting[1].revents != 0 && input_wanted_.exchange(false)) on_chunk_(read_chunk());
    if (waiting[2].revents != 0 && output_watched_.exchange(false)) on_reader_gone_();
  }
}

}  // namespace avow::cli

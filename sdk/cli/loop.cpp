#include "cli/loop.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <csignal>
#include <cstring>
#include <optional>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

#include "cli/exit_status.hpp"
#include "cli/pipes.hpp"

namespace avow::cli {
namespace asio = boost::asio;
namespace {

using boost::system::error_code;

int status_of_child(int wait_status) {
  return WIFSIGNALED(wait_status) ? status_interrupted + WTERMSIG(wait_status)
                                  : WEXITSTATUS(wait_status);
}

}  // namespace

struct Loop::Parts {
  // The io_context comes first: all that waits in it is destroyed before it.
  asio::io_context context{1};
  asio::signal_set signals{context};
  asio::signal_set child_ends{context};
  std::string pending_line;
  std::function<void(std::string)> on_line;
  std::function<void()> on_input_end;
  std::function<void(int)> on_command_end;
  pid_t command = 0;
  std::optional<int> status;
  bool reading_paused = false;
  bool chunk_owed = false;  // Reading is to go on once it is resumed.
  Pipes pipes;              // Last: its thread ends before anything that it uses.

  // Nothing is the end of the input.
  void take(const std::string& chunk) {
    pending_line += chunk;
    std::size_t begin = 0;
    for (std::size_t end = 0; (end = pending_line.find('\n', begin)) != std::string::npos;) {
      std::string line = pending_line.substr(begin, end - begin);
      begin = end + 1;
      if (line.ends_with('\r')) line.pop_back();
      on_line(std::move(line));
      if (status) return;
    }
    pending_line.erase(0, begin);
    if (chunk.empty()) {
      if (!pending_line.empty()) on_line(std::exchange(pending_line, {}));
      on_input_end();
    } else if (!reading_paused) {
      pipes.read_more();
    } else {
      chunk_owed = true;
    }
  }

  void await_command() {
    child_ends.async_wait([this](const error_code& error, int) {
      if (error) return;
      int wait_status = 0;
      if (waitpid(command, &wait_status, WNOHANG) != command) return await_command();
      command = 0;
      on_command_end(status_of_child(wait_status));
    });
  }

  void await_interrupt(std::function<void(int)> then) {
    signals.async_wait([this, then = std::move(then)](const error_code& error, int signal) {
      if (error) return;
      // From now on the system's own answer: whoever insists gets an end at once.
      error_code ignored;
      signals.clear(ignored);
      then(signal);
    });
  }
};

Loop::Loop() : parts_(std::make_unique<Parts>()) {}
Loop::~Loop() = default;

asio::io_context& Loop::context() { return parts_->context; }

int Loop::run() {
  const auto keep_alive = asio::make_work_guard(parts_->context);
  if (!parts_->status) parts_->context.run();
  return parts_->status.value_or(status_refused);
}

void Loop::end(int status) {
  if (!parts_->status) parts_->status = status;
  parts_->context.stop();
}

void Loop::after(Milliseconds time, std::function<void()> then) {
  auto timer = std::make_unique<asio::steady_timer>(parts_->context, time);
  asio::steady_timer& waiting = *timer;
  waiting.async_wait([then = std::move(then), timer = std::move(timer)](const error_code& error) {
    if (!error) then();
  });
}

void Loop::on_interrupt(std::function<void(int)> then) {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) parts_->signals.add(signal);
  parts_->await_interrupt(std::move(then));
}

void Loop::on_reader_gone(std::function<void()> then) {
  parts_->pipes.watch_output([this, then = std::move(then)] { asio::post(parts_->context, then); });
}

void Loop::read_lines(std::function<void(std::string)> on_line, std::function<void()> on_end) {
  parts_->on_line = std::move(on_line);
  parts_->on_input_end = std::move(on_end);
  parts_->pipes.read_input([this](std::string chunk) {
    asio::post(parts_->context,
               [parts = parts_.get(), chunk = std::move(chunk)] { parts->take(chunk); });
  });
}

void Loop::pause_reading() { parts_->reading_paused = true; }

void Loop::resume_reading() {
  parts_->reading_paused = false;
  if (std::exchange(parts_->chunk_owed, false)) parts_->pipes.read_more();
}

void Loop::run_command(const std::vector<std::string>& words, std::function<void(int)> on_end) {
  std::vector<char*> arguments;
  arguments.reserve(words.size() + 1);
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  parts_->on_command_end = std::move(on_end);
  parts_->child_ends.add(SIGCHLD);

  // The command is to meet signals as if it had been started by the shell.
  posix_spawnattr_t attributes{};
  posix_spawnattr_init(&attributes);
  sigset_t defaults{};
  sigemptyset(&defaults);
  sigaddset(&defaults, SIGPIPE);
  posix_spawnattr_setsigdefault(&attributes, &defaults);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
  const int failure =
      posix_spawnp(&parts_->command, arguments[0], nullptr, &attributes, arguments.data(), environ);
  posix_spawnattr_destroy(&attributes);
  if (failure != 0) {
    parts_->command = 0;
    complain("cannot run " + words.front() + ": " + std::strerror(failure));
    constexpr int no_such_command = 127;
    asio::post(parts_->context, [this] { parts_->on_command_end(no_such_command); });
    return;
  }
  parts_->await_command();
}

void Loop::signal_command(int signal) {
  if (parts_->command > 0) kill(parts_->command, signal);
}

}  // namespace avow::cli

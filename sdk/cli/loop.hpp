#pragma once

#include <functional>
#include <memory>
#include <string>
#include <sys/types.h>
#include <vector>

#include "avow/base/clock.hpp"

namespace boost::asio {
class io_context;
}

// The one thread of the command, and what it waits for besides the server: time, signals, stdin, a
// command that runs beside it. This header hides Asio from the verbs.

namespace avow::cli {

class Loop {
 public:
  Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;
  ~Loop();

  [[nodiscard]] boost::asio::io_context& context();

  /// Runs callbacks until `end` was called; returns its status.
  [[nodiscard]] int run();
  /// The first status counts.
  void end(int status);

  /// Calls `then` in `time`, unless the loop has ended.
  void after(Milliseconds time, std::function<void()> then);
  /// Calls `then` with the number of the first SIGINT, SIGTERM or SIGHUP. A second one ends the
  /// process as the system would.
  void on_interrupt(std::function<void(int signal)> then);
  /// Calls `then` when nobody can read stdout any more, noticed even while nothing is written.
  void on_reader_gone(std::function<void()> then);
  /// Calls `on_line` for every line of stdin, then `on_end`. A last line may lack its end.
  void read_lines(std::function<void(std::string)> on_line, std::function<void()> on_end);
  /// No line comes between the two (but those that were read already).
  void pause_reading();
  void resume_reading();
  /// Runs a command with the streams of this one. `on_end` is told its exit status, 128 + signal
  /// if a signal ended it, 127 if there is no such command.
  void run_command(const std::vector<std::string>& words, std::function<void(int status)> on_end);
  /// Passes a signal on to the command that runs, if one does.
  void signal_command(int signal);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace avow::cli

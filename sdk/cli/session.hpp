#pragma once

#include <functional>

#include "avow/avow.hpp"
#include "cli/loop.hpp"
#include "cli/options.hpp"
#include "cli/output.hpp"

// One command's time with a server: it connects, does what the verb does, and ends in good order,
// whether the verb is done, the user interrupts, or nobody reads the output any more.

namespace avow::cli {

class Session {
 public:
  Session(Loop& loop, Output& output, Client& client)
      : loop_(loop), output_(output), client_(client) {}
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  [[nodiscard]] Loop& loop() { return loop_; }
  [[nodiscard]] Client& client() { return client_; }

  /// Prints a line; ends the command when its reader has gone.
  void print(std::string_view line);
  [[nodiscard]] Output& output() { return output_; }
  /// Closes the link in good order and ends the command. The first status counts.
  void finish(int status);
  /// Says why, and ends with the status of the error.
  void fail(const Error& error);
  [[nodiscard]] bool finishing() const { return finishing_; }

  /// Called instead of ending when a signal comes; for verbs that run a command.
  void on_interrupt(std::function<void(int)> then) { on_interrupt_ = std::move(then); }
  void interrupted(int signal);

 private:
  Loop& loop_;
  Output& output_;
  Client& client_;
  std::function<void(int)> on_interrupt_;
  bool finishing_ = false;
};

/// Connects, calls `begin` once the space is open, and runs until the session has finished. Returns
/// the exit status.
[[nodiscard]] int with_session(const Target& target, WhenLost when_lost,
                               const std::function<void(Session&)>& begin);

}  // namespace avow::cli

#pragma once

#include <array>
#include <atomic>
#include <functional>
#include <string>
#include <thread>

// Watches stdin and stdout from a thread of its own. An event loop could do it only after making
// the two non-blocking, and those who share them (the shell, a command that runs beside us) would
// find them so.

namespace avow::cli {

/// Callbacks run on the thread of this object; its end stops and joins the thread.
class Pipes {
 public:
  Pipes();
  Pipes(const Pipes&) = delete;
  Pipes& operator=(const Pipes&) = delete;
  ~Pipes();

  /// Calls `on_chunk` with what stdin has, "" at its end. The next chunk is read after `read_more`.
  void read_input(std::function<void(std::string chunk)> on_chunk);
  void read_more();
  /// Calls `then` once nobody can read stdout any more, if stdout is a pipe or a socket.
  void watch_output(std::function<void()> then);

 private:
  void start();
  void run();
  void wake();

  std::function<void(std::string)> on_chunk_;
  std::function<void()> on_reader_gone_;
  std::atomic<bool> input_wanted_ = false;
  std::atomic<bool> output_watched_ = false;
  std::atomic<bool> stopping_ = false;
  std::array<int, 2> wake_{-1, -1};  // A pipe: its reading and its writing end.
  std::thread thread_;
};

}  // namespace avow::cli

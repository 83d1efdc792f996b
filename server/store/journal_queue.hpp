#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "server/store/adaptive_spin.hpp"
#include "server/store/backup.hpp"
#include "server/store/gathering.hpp"
#include "server/store/stored.hpp"

// What waits for the journal's thread.

namespace avow::server {

struct BackupRequest {
  std::string file;
  std::function<void(const BackupProgress&)> progress;
  std::function<void(const Result<BackupFacts>&)> done;
};

/// What the thread is to do next. What is empty is not asked for.
struct JournalWork {
  std::vector<JournalTurn> turns;
  std::optional<std::uint64_t> reserve;
  std::optional<BackupRequest> backup;
  bool is_end = false;  ///< Nothing comes after this.
};

class JournalQueue {
 public:
  JournalQueue(std::size_t turns_max, std::size_t bytes_max)
      : turns_max_(turns_max), bytes_max_(bytes_max) {}

  void append(JournalTurn turn);
  void reserve(std::uint64_t through);
  void backup(BackupRequest request);
  /// All that waits is still done before the end.
  void end();
  /// What waits is forgotten.
  void abandon();

  /// Memory that the turns take which were appended and not taken, about. From any thread.
  [[nodiscard]] std::size_t waiting_bytes() const { return waiting_bytes_; }

  /// Waits for something to do until `deadline`; then, or if `at_once`, there may be nothing. With
  /// turns it waits a little longer for others that are likely to come (gathering.hpp).
  [[nodiscard]] JournalWork take(std::chrono::steady_clock::time_point deadline, bool at_once);
  /// So many turns that were taken are committed. From the thread that takes them.
  void committed(std::size_t turns, const CommitTime& time);

 private:
  struct Waiting {
    JournalTurn turn;
    std::size_t bytes = 0;  // Memory that it takes, about.
  };

  [[nodiscard]] bool is_idle() const;
  [[nodiscard]] bool is_asked_for_more() const { return reserve_ || backup_ || is_ending_; }
  void look_for_turns() const;
  void gather(std::unique_lock<std::mutex>& lock);

  const std::size_t turns_max_;
  const std::size_t bytes_max_;
  AdaptiveSpin spin_{std::thread::hardware_concurrency()};  // Of whoever takes.
  std::mutex mutex_;                                        // Guards all that follows.
  std::condition_variable changed_;
  std::deque<Waiting> turns_;
  std::optional<std::uint64_t> reserve_;
  std::optional<BackupRequest> backup_;
  bool is_ending_ = false;
  Gathering gathering_;
  std::size_t awaited_turns_ = 1;  // Whoever takes them is woken when there are so many.
  std::atomic<std::size_t> waiting_bytes_ = 0;  // Written under the lock.
};

}  // namespace avow::server

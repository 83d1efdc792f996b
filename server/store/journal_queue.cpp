#include "server/store/journal_queue.hpp"

#include <algorithm>
#include <utility>

namespace avow::server {
namespace {

std::size_t bytes_in(const JournalTurn& turn) {
  std::size_t bytes = sizeof turn + turn.changes.size() * sizeof(StoredChange);
  for (const StoredChange& change : turn.changes) bytes += change.key.size() + change.value.size();
  for (const StoredOutcome& outcome : turn.outcomes) bytes += outcome.answer.size();
  return bytes;
}

}  // namespace

void JournalQueue::append(JournalTurn turn) {
  const std::size_t bytes = bytes_in(turn);
  const std::lock_guard lock(mutex_);
  waiting_bytes_ += bytes;
  turns_.push_back({std::move(turn), bytes});
  // With any other number nobody waits, or waits for more: who takes them looks again.
  if (turns_.size() == awaited_turns_) changed_.notify_one();
}

void JournalQueue::reserve(std::uint64_t through) {
  const std::lock_guard lock(mutex_);
  reserve_ = std::max(through, reserve_.value_or(0));
  changed_.notify_one();
}

void JournalQueue::backup(BackupRequest request) {
  const std::lock_guard lock(mutex_);
  if (backup_) {
    request.done(Error{"store-in-use", "A backup is being made already. Wait for its end."});
    return;
  }
  backup_ = std::move(request);
  changed_.notify_one();
}

void JournalQueue::end() {
  const std::lock_guard lock(mutex_);
  is_ending_ = true;
  changed_.notify_one();
}

void JournalQueue::abandon() {
  const std::lock_guard lock(mutex_);
  turns_.clear();
  waiting_bytes_ = 0;
  reserve_.reset();
  is_ending_ = true;
  changed_.notify_one();
}

bool JournalQueue::is_idle() const { return turns_.empty() && !is_asked_for_more(); }

// Until there are as many turns as are worth waiting for, or a step has brought none.
void JournalQueue::gather(std::unique_lock<std::mutex>& lock) {
  if (turns_.empty() || is_asked_for_more()) return;
  awaited_turns_ = std::min(gathering_.wanted(turns_.size()), turns_max_);
  const auto have_come = [this] { return turns_.size() >= awaited_turns_ || is_asked_for_more(); };
  if (!have_come()) {
    const auto begin = std::chrono::steady_clock::now();
    for (int steps = 0; steps < Gathering::steps_max; ++steps) {
      const std::size_t before = turns_.size();
      if (changed_.wait_for(lock, gathering_.step(), have_come)) break;
      if (turns_.size() == before) break;
    }
    gathering_.ended(turns_.size(), std::chrono::steady_clock::now() - begin);
  }
  awaited_turns_ = 1;
}

void JournalQueue::committed(std::size_t turns, const CommitTime& time) {
  spin_.worked_for(turns);
  const std::lock_guard lock(mutex_);
  gathering_.committed(turns, turns_.size(), time);
}

// Without the lock: whoever appends must not wait for this. What is not a turn is in no hurry.
void JournalQueue::look_for_turns() const {
  const auto end = std::chrono::steady_clock::now() + spin_.duration();
  while (waiting_bytes_ == 0 && std::chrono::steady_clock::now() < end) std::this_thread::yield();
}

JournalWork JournalQueue::take(std::chrono::steady_clock::time_point deadline, bool at_once) {
  const auto begin = std::chrono::steady_clock::now();
  if (!at_once) look_for_turns();
  std::unique_lock lock(mutex_);
  if (!at_once) {
    changed_.wait_until(lock, deadline, [this] { return !is_idle(); });
    spin_.waited(std::chrono::steady_clock::now() - begin);
    gather(lock);
  }
  JournalWork work;
  work.reserve = std::exchange(reserve_, std::nullopt);
  work.backup = std::exchange(backup_, std::nullopt);
  std::size_t bytes = 0;
  while (!turns_.empty() && work.turns.size() < turns_max_ && bytes < bytes_max_) {
    bytes += turns_.front().bytes;
    work.turns.push_back(std::move(turns_.front().turn));
    turns_.pop_front();
  }
  waiting_bytes_ -= bytes;
  work.is_end = is_ending_ && turns_.empty();
  return work;
}

}  // namespace avow::server

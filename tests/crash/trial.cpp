#include "tests/crash/trial.hpp"

#include <algorithm>
#include <cstdlib>

namespace avow::test {

server::JournalOptions small_journal(const Disk& disk) {
  server::JournalOptions options;
  options.file = "/avow.db";
  options.vfs = disk.vfs();
  options.log_turns_max = 24;
  options.tail_turns_max = 9;
  options.checkpoint_bytes = 60'000;
  options.truncate_bytes = 120'000;
  options.numbers_step = 1'000'000;
  return options;
}

std::uint64_t slowness() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return 10;
#else
  return 1;
#endif
}

std::uint64_t count_from_environment(const char* name, std::uint64_t otherwise) {
  const char* const given = std::getenv(name);
  return given != nullptr ? std::strtoull(given, nullptr, 10) : otherwise / slowness();
}

std::optional<Error> Script::run(const server::JournalOptions& options) {
  journal.reset();
  Recovered recovered = recover(options);
  if (recovered.error) return recovered.error;
  wrong = promise.settle(recovered.start, recovered.state);
  if (!wrong.empty()) return Error{"wrong", wrong};
  journal = std::move(recovered.journal);
  std::uint64_t seq = recovered.start.above;
  for (; left_ > 0; --left_) {
    batch = turns_.batch(seq + 1, 2);
    promise.ask(batch);
    const auto done = journal->commit(batch);
    if (!done) return done.error();
    promise.acknowledge();
    seq += batch.size();
    const auto maintained = journal->maintain();
    if (!maintained) return maintained.error();
  }
  const auto closed = journal->close(seq);
  if (!closed) return closed.error();
  promise.handed_out = seq;
  return {};
}

void Promise::ask(const std::vector<server::JournalTurn>& batch) {
  with_pending = acknowledged;
  for (const server::JournalTurn& turn : batch) with_pending->apply(turn);
  pending_head = batch.back().seq;
  handed_out = std::max(handed_out, pending_head);
}

void Promise::acknowledge() {
  acknowledged = *std::move(with_pending);
  head = pending_head;
  with_pending.reset();
}

std::string Promise::settle(const server::HistoryStart& start, const StoredState& found) {
  if (epoch != 0 && start.epoch != epoch) return "the epoch is another";
  if (start.above < handed_out) return "a number comes again";
  const bool is_with_pending = with_pending && start.head == pending_head;
  if (!is_with_pending && start.head != head) {
    return "the last turn is " + std::to_string(start.head) + ", acknowledged was " +
           std::to_string(head);
  }
  std::string difference = found.difference(is_with_pending ? *with_pending : acknowledged);
  if (!difference.empty()) return difference;
  if (is_with_pending) acknowledge();
  with_pending.reset();
  epoch = start.epoch;
  return {};
}

Recovered recover(const server::JournalOptions& options) {
  Recovered recovered;
  auto opened = server::JournalFile::open(options);
  if (!opened) {
    recovered.error = opened.error();
    return recovered;
  }
  StateSink sink;
  const auto start = (*opened)->recover(sink);
  if (!start) {
    recovered.error = start.error();
    return recovered;
  }
  recovered.journal = *std::move(opened);
  recovered.start = *start;
  recovered.state = std::move(sink.state);
  return recovered;
}

}  // namespace avow::test

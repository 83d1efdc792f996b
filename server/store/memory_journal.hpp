#pragma once

#include <cstdint>

#include "server/store/journal.hpp"

// The journal of a server that keeps nothing: what is appended counts as committed within the call.
// What it says is no more than `accepted`.

namespace avow::server {

class MemoryJournal final : public Journal {
 public:
  /// `epoch` 0: drawn at random. `numbers_step` as in JournalOptions.
  explicit MemoryJournal(std::uint64_t epoch = 0,
                         std::uint64_t numbers_step = std::uint64_t{1} << 32);

  /// Finds nothing.
  Result<HistoryStart> recover(RecoverySink& sink) override;
  void start(JournalListener& listener) override;
  [[nodiscard]] bool keeps() const override { return false; }
  /// Calls `committed` before it returns.
  void append(JournalTurn turn) override;
  /// Calls `reserved` before it returns.
  void reserve(std::uint64_t through) override;
  /// There is no log.
  [[nodiscard]] LogSpan span() const override { return {}; }
  Result<void> close(std::uint64_t last_seq) override;

 private:
  std::uint64_t epoch_;
  std::uint64_t numbers_step_;
  std::uint64_t through_;
  JournalListener* listener_ = nullptr;
};

}  // namespace avow::server

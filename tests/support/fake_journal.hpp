#pragma once

#include <cstdint>
#include <map>
#include <tuple>
#include <vector>

#include "server/store/journal.hpp"

// A journal for tests: it remembers what is appended, and the test says when it is committed. What
// was not is lost in a crash.

namespace avow::test {

class FakeJournal final : public server::Journal {
 public:
  /// Numbers are reserved this many at a time.
  explicit FakeJournal(std::uint64_t reserve_step = std::uint64_t{1} << 32)
      : reserve_step_(reserve_step) {}

  [[nodiscard]] Result<server::HistoryStart> recover(server::RecoverySink& sink) override;
  void start(server::JournalListener& listener) override { listener_ = &listener; }
  void append(server::JournalTurn turn) override;
  void reserve(std::uint64_t through) override;
  /// All that was ever committed.
  [[nodiscard]] server::LogSpan span() const override;
  Result<void> close(std::uint64_t last_number) override;

  /// Every turn so far is committed, and the listener told.
  void commit() { commit_through(appended_.empty() ? 0 : appended_.back().seq); }
  /// Turns up to that one are.
  void commit_through(std::uint64_t seq);
  /// From now on turns are committed as they are appended.
  void commit_at_once() { commits_at_once_ = true; }
  /// The process dies: the next `recover` finds what was committed.
  void crash();

  /// Turns that are not committed.
  [[nodiscard]] const std::vector<server::JournalTurn>& appended() const { return appended_; }
  /// Turns that are, all of them.
  [[nodiscard]] const std::vector<server::JournalTurn>& committed() const { return committed_; }
  /// Up to where numbers were asked for; 0 if never.
  [[nodiscard]] std::uint64_t asked_for() const { return asked_for_; }
  [[nodiscard]] std::size_t row_count() const { return rows_.size(); }

 private:
  using RowKey = std::tuple<std::string, server::StoredKind, Bytes>;
  struct RowLess {
    bool operator()(const RowKey& a, const RowKey& b) const;
  };

  void apply(const server::JournalTurn& turn);

  std::uint64_t reserve_step_;
  server::JournalListener* listener_ = nullptr;
  std::vector<server::JournalTurn> appended_;
  std::vector<server::JournalTurn> committed_;
  std::map<RowKey, Bytes, RowLess> rows_;
  std::map<std::string, std::uint64_t> revisions_;
  std::vector<server::StoredOutcome> outcomes_;
  std::uint64_t through_ = 0;
  std::uint64_t asked_for_ = 0;
  bool commits_at_once_ = false;
};

}  // namespace avow::test

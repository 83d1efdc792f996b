#include "tests/support/fake_journal.hpp"

#include <algorithm>
#include <utility>

namespace avow::test {

using server::JournalTurn;
using server::StoredChange;

bool FakeJournal::RowLess::operator()(const RowKey& a, const RowKey& b) const {
  const auto& [space_a, kind_a, key_a] = a;
  const auto& [space_b, kind_b, key_b] = b;
  if (space_a != space_b) return space_a < space_b;
  if (kind_a != kind_b) return kind_a < kind_b;
  return compare(key_a, key_b) < 0;
}

Result<server::HistoryStart> FakeJournal::recover(server::RecoverySink& sink) {
  std::map<std::string, std::uint32_t> indices;
  for (const auto& [row, value] : rows_) {
    const std::string& space = std::get<0>(row);
    const auto index = static_cast<std::uint32_t>(indices.size());
    if (indices.emplace(space, index).second) sink.space(index, space, revisions_[space]);
  }
  for (const auto& [row, value] : rows_) {
    const auto& [space, kind, key] = row;
    AVOW_TRY_VOID(sink.row({kind, indices.at(space), key, value}));
  }
  sink.progress(rows_.size(), rows_.size());
  for (const server::StoredOutcome& outcome : outcomes_) sink.outcome(outcome);
  const std::uint64_t above = through_;
  through_ += reserve_step_;
  const server::LogSpan log = span();
  return server::HistoryStart{
      .epoch = 7, .above = above, .through = through_, .floor = log.floor, .head = log.head};
}

void FakeJournal::append(JournalTurn turn) {
  appended_.push_back(std::move(turn));
  if (commits_at_once_) commit();
}

void FakeJournal::reserve(std::uint64_t through) { asked_for_ = through; }

server::LogSpan FakeJournal::span() const {
  if (committed_.empty()) return {};
  return {.floor = committed_.front().seq, .head = committed_.back().seq};
}

Result<void> FakeJournal::close(std::uint64_t last_number) {
  commit();
  through_ = last_number;
  return {};
}

void FakeJournal::commit_through(std::uint64_t seq) {
  const auto end = std::find_if(appended_.begin(), appended_.end(),
                                [&](const JournalTurn& turn) { return turn.seq > seq; });
  for (auto turn = appended_.begin(); turn != end; ++turn) {
    apply(*turn);
    committed_.push_back(std::move(*turn));
  }
  appended_.erase(appended_.begin(), end);
  if (listener_ != nullptr) listener_->committed(seq);
}

void FakeJournal::apply(const JournalTurn& turn) {
  for (const JournalTurn::SpaceAt& space : turn.spaces) revisions_[space.name] = space.revision;
  for (const StoredChange& change : turn.changes) {
    const RowKey key{turn.spaces.at(change.space).name, change.kind, change.key};
    if (change.act == StoredChange::Act::put) {
      rows_[key] = change.value;
    } else {
      rows_.erase(key);
    }
  }
  outcomes_.insert(outcomes_.end(), turn.outcomes.begin(), turn.outcomes.end());
}

void FakeJournal::crash() {
  appended_.clear();
  listener_ = nullptr;
}

}  // namespace avow::test

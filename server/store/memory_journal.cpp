#include "server/store/memory_journal.hpp"

#include <algorithm>

#include "avow/base/check.hpp"
#include "server/store/history_row.hpp"

namespace avow::server {

MemoryJournal::MemoryJournal(std::uint64_t epoch, std::uint64_t numbers_step)
    : epoch_(epoch != 0 ? epoch : random_epoch()),
      numbers_step_(numbers_step),
      through_(numbers_step) {}

Result<HistoryStart> MemoryJournal::recover(RecoverySink& sink) {
  sink.progress(0, 0);
  return HistoryStart{.epoch = epoch_, .above = 0, .through = through_, .floor = 0, .head = 0};
}

void MemoryJournal::start(JournalListener& listener) { listener_ = &listener; }

void MemoryJournal::append(JournalTurn turn) {
  AVOW_CHECK(listener_ != nullptr);
  listener_->committed(turn.seq);
}

void MemoryJournal::reserve(std::uint64_t through) {
  AVOW_CHECK(listener_ != nullptr);
  if (through > through_) through_ = std::max(through, through_ + numbers_step_);
  listener_->reserved(through_);
}

Result<void> MemoryJournal::close(std::uint64_t) { return {}; }

}  // namespace avow::server

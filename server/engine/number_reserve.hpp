#pragma once

#include <cstdint>
#include <limits>

#include "server/store/journal.hpp"

// The numbers that may be handed out: those of turns (a space's revisions are never above them) and
// those of items and leases. The journal reserves them far ahead, so that none comes again after a
// crash; more are asked for when half of what was reserved is used.

namespace avow::server {

class NumberReserve {
 public:
  /// As many as are asked for at a time.
  static constexpr std::uint64_t step = std::uint64_t{1} << 32;

  /// Numbers above `above`, up to and including `through`, may be handed out.
  void begin(Journal& journal, std::uint64_t above, std::uint64_t through) {
    journal_ = &journal;
    grant(above, through);
  }
  /// More may be.
  void extend(std::uint64_t through) {
    if (through > through_) grant(through_, through);
  }
  /// `number` is handed out. Asks for more in time.
  void use(std::uint64_t number) {
    if (number > ask_above_) ask(number);
  }
  /// Whether `count` more than `number` could be handed out.
  [[nodiscard]] bool has(std::uint64_t number, std::uint64_t count) const {
    return number <= through_ && through_ - number >= count;
  }

 private:
  void grant(std::uint64_t above, std::uint64_t through) {
    through_ = through;
    ask_above_ = above + (through - above) / 2;
  }
  void ask(std::uint64_t number) {
    ask_above_ = std::numeric_limits<std::uint64_t>::max();  // Once is enough.
    journal_->reserve(number + step);
  }

  Journal* journal_ = nullptr;
  std::uint64_t through_ = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t ask_above_ = std::numeric_limits<std::uint64_t>::max();
};

}  // namespace avow::server

#pragma once

#include <cstddef>
#include <vector>

#include "server/store/live_table.hpp"
#include "server/store/stored.hpp"
#include "server/store/turn_log.hpp"

// What the tables are to take over from a part of the log.

namespace avow::server {

struct TableChanges {
  LiveChanges rows;  ///< The last change of each; what is made is taken out.
  std::vector<StoredOutcome> outcomes;
  std::size_t outcomes_made = 0;
  std::size_t all = 0;  ///< How many changes there were in the beginning.
  LogPart turns;        ///< They come from.

  [[nodiscard]] std::size_t left() const { return rows.size() + outcomes.size() - outcomes_made; }
  [[nodiscard]] double share_made() const {
    return all == 0 ? 0 : 1 - static_cast<double>(left()) / static_cast<double>(all);
  }
};

}  // namespace avow::server

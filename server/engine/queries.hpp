#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "avow/model/pattern.hpp"
#include "server/engine/client_session.hpp"
#include "server/engine/engine.hpp"
#include "server/engine/reference_table.hpp"

// Queries: what patterns match at one cut, past the caveats of the reference that is asked. One
// that has to look at many facts is answered when they have been looked at in steps, see
// query_line.hpp.

namespace avow::server {

class Queries {
 public:
  Queries(ReferenceTable& references, Reference& nobody, const EngineLimits& limits)
      : references_(references), nobody_(nobody), limits_(limits) {}

  /// What a query asks, past the caveats of its target as they are now.
  struct Asked {
    Space* space = nullptr;               ///< Nothing, if the target leads to none.
    std::vector<Interest> interests;      ///< Not of patterns that caveats stop.
    std::vector<std::uint32_t> patterns;  ///< Of which patterns those are.
    std::optional<Error> error;           ///< Why it is not answered.
  };

  [[nodiscard]] Asked read(ClientSession& session, const Query& query);
  /// Whether too many facts would have to be looked at to answer this at once. Ask once for each.
  [[nodiscard]] static bool takes_long(const Asked& asked);
  /// Answers the query of `session` with this ticket. What its rows mention is pinned in the
  /// session's `row_pins`.
  [[nodiscard]] QueryAnswer answer(ClientSession& session, Ticket ticket, const Asked& asked,
                                   std::uint64_t seq);

 private:
  [[nodiscard]] Result<void> read_into(Asked& asked, ClientSession& session, const Query& query);
  [[nodiscard]] Result<std::optional<Interest>> read_pattern(ClientSession& session, Reference& by,
                                                             const Query& query,
                                                             std::uint32_t pattern);
  [[nodiscard]] Result<Value> observe(ClientSession& session, const Query& query,
                                      std::uint32_t pattern) const;
  [[nodiscard]] Result<void> add_row(ClientSession& session, std::uint32_t pattern,
                                     ByteView captures, QueryAnswer& answer, Pins& pins);

  ReferenceTable& references_;
  Reference& nobody_;
  const EngineLimits& limits_;
};

}  // namespace avow::server

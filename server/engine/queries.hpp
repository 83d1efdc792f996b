#pragma once

#include "server/engine/client_session.hpp"
#include "server/engine/engine.hpp"
#include "server/engine/reference_table.hpp"

// Queries: what patterns match at one cut, past the caveats of the reference that is asked.

namespace avow::server {

class Queries {
 public:
  Queries(ReferenceTable& references, Reference& nobody, const EngineLimits& limits)
      : references_(references), nobody_(nobody), limits_(limits) {}

  /// The space that is asked, if the target leads to one.
  [[nodiscard]] static Space* space_of(ClientSession& session, const Query& query);
  /// Answers `query` of `session`. What its rows mention is pinned in the session's `row_pins`.
  [[nodiscard]] QueryAnswer answer(ClientSession& session, const Query& query, std::uint64_t seq);

 private:
  [[nodiscard]] Result<void> check(const Query& query) const;
  [[nodiscard]] Result<void> answer_pattern(ClientSession& session, Reference& by,
                                            const Query& query, std::uint32_t pattern,
                                            QueryAnswer& answer, Pins& pins);
  [[nodiscard]] Result<Value> observe(ClientSession& session, const Query& query,
                                      std::uint32_t pattern) const;
  [[nodiscard]] Result<void> add_row(ClientSession& session, std::uint32_t pattern,
                                     ByteView captures, QueryAnswer& answer, Pins& pins);

  ReferenceTable& references_;
  Reference& nobody_;
  const EngineLimits& limits_;
};

}  // namespace avow::server

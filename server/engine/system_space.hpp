#pragma once

#include <cstdint>
#include <map>
#include <string_view>

#include "server/dataspace/bag.hpp"
#include "server/engine/introspection.hpp"
#include "server/engine/space.hpp"
#include "server/store/journal.hpp"

// The space in which the server tells of itself. Its facts are the server's own: nobody else has
// any there. They stand while somebody holds the space.

namespace avow::server {

class SystemSpace {
 public:
  static constexpr std::string_view name = "avow.system";
  /// Facts are looked at anew no more often.
  static constexpr Milliseconds sample_interval{250};

  /// Whether this space, rather than one of its name before it, has been told.
  [[nodiscard]] bool is_told_in(const Space& space) const { return told_in_ == space.id(); }
  /// What is to be told: `<history "epoch" floor head>`, the history that goes on here with the
  /// first and the last turn that its log still has (0 where it has none), and what a look has
  /// found.
  struct View {
    LogSpan log;
    IntrospectionFacts seen;
  };
  /// Whether a fact of `space` is to be changed for this to be told.
  [[nodiscard]] bool is_news(const Space& space, const View& view) const;
  void tell(TurnRun& run, Space& space, std::uint64_t epoch, const View& view);

  /// Whether it is time for another look, which is then taken.
  [[nodiscard]] bool is_due(Moment now);

 private:
  void tell_history(TurnRun& run, Space& space, std::uint64_t epoch, const LogSpan& log);
  void tell_seen(TurnRun& run, Space& space, const IntrospectionFacts& facts);

  SpaceId told_in_{};  // The space has another number each time that it begins.
  FactId history_{};
  LogSpan told_;
  std::map<Bytes, FactId, BytesLess> seen_;  // Of what a look has found, what stands.
  Moment next_look_{};
};

}  // namespace avow::server

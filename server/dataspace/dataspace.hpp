#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>

#include "avow/base/result.hpp"
#include "avow/model/pattern.hpp"
#include "avow/model/value.hpp"
#include "server/base/hash.hpp"
#include "server/dataspace/change.hpp"
#include "server/dataspace/directory_policy.hpp"
#include "server/dataspace/history.hpp"
#include "server/dataspace/turn.hpp"

// A dataspace: a bag of assertions with set semantics for whoever looks (equal facts are one fact),
// and the interests in it. Events of a turn are given one after another; `settle` then tells what
// the turn came to. Knows no session, no thread, no clock.

namespace avow::server {

/// Names one fact while it has a support. Numbers are used again after the fact is gone.
enum class FactId : std::uint32_t {};

/// What a dataspace knows of a value beforehand.
enum class ValueHash : std::uint64_t {};

struct DataspaceLimits {
  HistoryLimits history{};
  std::uint32_t shapes_per_label_max = 1'024;
  /// With more facts under the label of a new pattern, these are held against it a step at a time,
  /// if its observers can be told in parts what is there. A query that has to look at more takes
  /// long, and no step of its search looks at more.
  std::uint32_t facts_held_at_once = 4'096;
  /// When facts are kept by the constants that late observers and queries ask for (label.hpp).
  DirectoryPolicy directories;
};

class Dataspace {
 public:
  /// `host` and `budget` must outlive the dataspace. Without a budget it has one of its own.
  Dataspace(const HashKey& key, ObserverHost& host, const DataspaceLimits& limits = {},
            HistoryBudget* budget = nullptr);
  ~Dataspace();
  Dataspace(const Dataspace&) = delete;
  Dataspace& operator=(const Dataspace&) = delete;

  /// Whether the interest may come into force: `limit` if its label has too many shapes already.
  /// Asked before the first change of a turn; several interests of one turn are asked one by one
  /// and may together exceed the limit by their number, never more.
  [[nodiscard]] Result<void> check_interest(const Interest& interest) const;

  /// Says that `value` will soon be published: begins to load what that will need. Optional; worth
  /// it where several events of a turn, or several turns, are at hand.
  [[nodiscard]] ValueHash prepare(ValueView value) const;
  /// The same for a retraction.
  void prepare(FactId fact) const;

  /// One more support for `value`. `interest` is what parse_interest found in it, if anything: the
  /// first support brings it into force, the end of the last one ends it. Borrowed for the call.
  FactId publish(Turn& turn, const Value& value, const Interest* interest) {
    return publish(turn, value, interest, prepare(value));
  }
  FactId publish(Turn& turn, const Value& value, const Interest* interest, ValueHash hash);
  /// One support less. `cause` is told if it was the last one.
  void retract(Turn& turn, FactId fact, Cause cause);
  /// A message: matched at its place in the turn against the interests then in force. Its number
  /// among those that the next `settle` tells.
  std::uint32_t send(Turn& turn, Value message);
  /// Tells what changed since the last call. The engine calls it once at the end of a turn, or
  /// after every event where the turn is told step by step.
  void settle(Turn& turn, DeliverySink& sink);

  /// What is settled from now on is the turn with this revision, and remembered. (As long as nobody
  /// says so, nothing is.)
  void begin_revision(std::uint64_t revision);
  /// The turn is over, and whoever had to catch up has been told: forgets what is too much.
  void trim_history();
  /// What was up to `revision` is not to be told to anybody.
  void begin_history_above(std::uint64_t revision);
  [[nodiscard]] const SpaceHistory& history() const;

  // An interest that wants to go on from a revision (`Interest::delivery`) is told nothing of what
  // is there when it comes into force. After the turn is settled, one of these makes up for it.
  /// Tells the observer of the interest `fact` what is different now from what it was told up to
  /// `revision`: each capture once, appearances first. `revision` is not below the history's floor.
  /// False, and nothing is told, where references are among it, which only a session knows.
  [[nodiscard]] bool tell_since(Turn& turn, FactId fact, std::uint64_t revision,
                                DeliverySink& sink);
  /// Tells it what is there, about so many bytes of it (`SIZE_MAX`: all): the first part if `after`
  /// is 0, otherwise what comes after the part that ended there, which was the last one told to it.
  SnapshotPart tell_part(Turn& turn, FactId fact, CaptureId after, std::size_t room,
                         DeliverySink& sink);

  /// Calls `row` with each distinct capture sequence of the facts that match, in an order that
  /// depends on the history of the space only, until it returns false. Uses the index: cost follows
  /// the number of facts that agree with the pattern's constants.
  void query(const Interest& interest, const std::function<bool(ByteView captures)>& row) const;

  // A query that takes long is prepared in steps, and answered when all has been found.
  /// Whether `query` would have to look at more than `facts_held_at_once`, and no directory leads
  /// it to what it asks for. To be asked once for each query: so it is known what directories would
  /// be worth.
  [[nodiscard]] bool takes_long(const Interest& interest) const;
  /// What matches these is looked for in steps, `index_some`; what was looked for before is not any
  /// more.
  void begin_search(std::span<const Interest> interests);
  [[nodiscard]] bool is_searching() const;
  /// Whether all of it has been found. If so, and until something changes, `query` of each of these
  /// takes no longer than its answer.
  [[nodiscard]] bool has_found() const;
  void end_search();

  /// Whether there is work to be done in steps: what is searched for is not found, facts are put in
  /// order for selective queries, what nobody observes any more is forgotten. And a step of that.
  [[nodiscard]] bool is_indexing() const;
  void index_some();

  /// Whether any fact matches, as things are now: within a turn too, before it is settled. Cost: as
  /// of a query that ends at its first row, and one match for each change of the turn so far.
  [[nodiscard]] bool has_match(const Interest& interest) const;
  /// The fact with this value, if it has a support now.
  [[nodiscard]] std::optional<FactId> find(ValueView value) const;
  /// The value of a fact that has a support. Borrowed until it has none.
  [[nodiscard]] ValueView value_of(FactId fact) const;

  [[nodiscard]] std::uint64_t fact_count() const;
  [[nodiscard]] std::uint64_t interest_count() const;
  [[nodiscard]] std::uint64_t topic_count() const;
  /// No fact, so no interest either: the space may end.
  [[nodiscard]] bool empty() const { return fact_count() == 0; }
  /// Visits every fact with its number of supports, in an order that depends on history only.
  void visit_facts(const std::function<void(ValueView fact, std::uint32_t supports)>& visit) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace avow::server

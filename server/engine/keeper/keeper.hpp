#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "server/engine/admission.hpp"
#include "server/engine/echoes.hpp"
#include "server/engine/entity.hpp"
#include "server/engine/keeper/commit_answer.hpp"
#include "server/engine/keeper/commit_plan.hpp"
#include "server/engine/keeper/commit_reader.hpp"
#include "server/engine/keeper/commit_request.hpp"
#include "server/engine/keeper/deadlines.hpp"
#include "server/engine/keeper/kept.hpp"
#include "server/engine/slab.hpp"
#include "server/engine/turn_run.hpp"

// The keeper of a space: the entity that holds durable facts, slots, items and leases for clients.
// A request is an assertion here that ends in a reference k to who asks; the answer is asserted at
// k, and withdrawn with the request.
//
// A commit is part of the turn in which it is asserted. It is checked and done where it stands in
// that turn; it is answered when the turn is settled, since only then is known whom its messages
// reached. One that cannot be done yet, and may wait, stands in line: after a turn that could have
// made it possible, whoever is first in line and can go, goes, in a turn of its own.
//
// A keeper lives while somebody holds its reference or while it keeps anything, and holds its
// space as long.

namespace avow::server {

class Keepers;

class Keeper final : public Entity, public AfterSettle {
 public:
  /// Holds `space_reference`, the reference to `space`.
  Keeper(Keepers& all, ReferenceTable& references, Space& space, Reference& space_reference);
  ~Keeper() override;

  Result<void> check(Admitted&) override { return {}; }
  AssertionToken publish(TurnRun& run, const Admitted& request) override;
  void retract(TurnRun& run, AssertionToken token, Cause cause) override;
  void message(TurnRun&, Admitted&&) override {}
  void sync(TurnRun& run, Reference& peer) override { run.answer_sync(peer); }
  void settled(TurnRun& run) override;

  [[nodiscard]] Space& space() { return space_; }
  [[nodiscard]] const Space& space() const { return space_; }
  [[nodiscard]] Reference& reference() { return *self_; }
  /// Tells the keeper which reference owns it.
  void is_owned_by(Reference& plain) { self_ = &plain; }
  /// What is kept, for whoever fills it after a restart.
  [[nodiscard]] Kept& kept() { return kept_; }
  /// Lives for its own sake while it keeps anything. Called after what is kept has changed.
  void hold_itself();

  /// Publishes, or withdraws, the fact that tells of this keeper.
  FactId advertise(TurnRun& run);
  void withdraw(TurnRun& run, FactId advert);

  /// A turn that touched the space is over.
  void space_changed();
  /// The first in line that can go, if any can. Until it has been served nothing else may happen.
  [[nodiscard]] std::optional<std::uint32_t> next_ready();
  /// It goes.
  void serve(TurnRun& run, std::uint32_t place);
  /// Whose request that is.
  [[nodiscard]] SessionId asker_of(std::uint32_t place) { return requests_[place].by; }
  /// Those in line, the first first.
  template <class Visit>
  void for_each_in_line(Visit&& visit) const {
    for (const auto& [arrival, place] : line_) {
      const Request& request = requests_[place];
      visit(request.by, *request.commit, request.since_ms);
    }
  }
  /// It has waited long enough.
  void time_out(TurnRun& run, std::uint32_t place);

  /// A lease from before a restart, as it was written down.
  void recover_lease(TurnRun& run, std::uint64_t id, Milliseconds ttl, Milliseconds remaining);
  void expire(TurnRun& run, std::uint64_t lease);
  /// Writes down what is left of a lease, and sees to it that this is done again.
  void mark(TurnRun& run, std::uint64_t lease);
  /// What was to be done when its session is lost is done, if its guards hold.
  void run_last_turn(TurnRun& run, std::uint64_t id);
  /// It is to be done no more. Whoever asked for it is told.
  void withdraw_last_turn(TurnRun& run, std::uint64_t id);
  /// One from before a restart, as it was written down. Errors: `bad-request`, and others, of what
  /// no keeper has written.
  [[nodiscard]] Result<void> recover_last_turn(TurnRun& run, std::uint64_t id, Value written);
  /// Items that the session holds are there again.
  void return_items(TurnRun& run, SessionId session);

 private:
  enum class InLine : std::uint8_t { no, yes };

  struct Request {
    Reference* reply = nullptr;  ///< Lives as long as the request is asserted.
    SessionId by{};              ///< Zero where no session may ask.
    std::vector<EchoId> answers;
    // Of one that waits.
    std::unique_ptr<CommitRequest> commit;
    std::uint64_t arrival = 0;
    std::uint64_t since_ms = 0;
    Deadlines::Id deadline = 0;
    std::uint64_t lease = 0;      ///< Of one that has begun a lease which has not ended.
    std::uint64_t last_turn = 0;  ///< Of one that stands for a last turn which may come.
  };
  /// To be answered when the turn is settled.
  struct Unanswered {
    enum class Kind : std::uint8_t { commit, replay, query };
    Kind kind{};
    std::optional<std::uint32_t> place;  ///< Nothing if the request has been retracted since.
    std::optional<TurnIdentity> identity{};
    Level level = Level::accepted;
    std::vector<OpResult> results{};
    std::vector<Interest> patterns{};
  };

  // keeper.cpp: requests and answers.
  [[nodiscard]] const ClientSession* asker(const TurnRun& run) const;
  void ask(TurnRun& run, std::uint32_t place, ValueView request);
  void answer(TurnRun& run, std::uint32_t place, Value body);
  void refuse(TurnRun& run, std::uint32_t place, const Error& error);
  void answer_commit(TurnRun& run, Unanswered of);
  void answer_replay(TurnRun& run, const Unanswered& of);
  void answer_query(TurnRun& run, const Unanswered& of);
  void ask_lease(TurnRun& run, std::uint32_t place, ValueView request);
  void begin_lease(TurnRun& run, std::uint32_t place, Milliseconds ttl);
  void ask_query(TurnRun& run, std::uint32_t place, ValueView request);
  [[nodiscard]] DoneAt done_at(TurnRun& run, Level level) const;
  void answer_later(TurnRun& run, Unanswered what);

  // keeper_commit.cpp: commits.
  void ask_commit(TurnRun& run, std::uint32_t place, ValueView request);
  /// Does it, or says why not.
  [[nodiscard]] Result<void> try_commit(TurnRun& run, std::uint32_t place,
                                        const CommitRequest& commit, InLine in_line);
  [[nodiscard]] Result<CommitPlan> plan(const CommitRequest& commit, SessionId by, InLine in_line);
  [[nodiscard]] Result<bool> try_replay(TurnRun& run, std::uint32_t place,
                                        const CommitRequest& commit);
  [[nodiscard]] Result<void> check_remembered(const TurnIdentity& identity) const;
  [[nodiscard]] Result<void> check_outcomes(const CommitRequest& commit) const;
  /// `place` is of the request that is to be answered, if there is one; `by` the session of it.
  void apply(TurnRun& run, std::optional<std::uint32_t> place, SessionId by,
             const CommitRequest& commit, const CommitPlan& plan);
  OpResult apply_op(TurnRun& run, const CommitOp& op);
  OpResult apply_take(TurnRun& run, std::uint64_t item, SessionId by, bool consumes);
  OpResult apply_outcome(TurnRun& run, const TurnIdentity& identity);
  /// An item is gone for good; its value.
  Value consume(TurnRun& run, std::uint64_t item);
  void hold_item(TurnRun& run, std::uint64_t item, SessionId by);
  void count_held(SessionId holder, int change);

  // keeper_leases.cpp.
  void begin_lease_clock(std::uint64_t id, Milliseconds remaining);
  void mark_later(std::uint64_t id, Lease& lease);
  void renew(std::uint64_t lease);
  void end_lease(TurnRun& run, std::uint64_t lease, Cause cause);

  // keeper_last_turns.cpp.
  void ask_last_turn(TurnRun& run, std::uint32_t place, ValueView request);
  [[nodiscard]] Result<void> check_last_turn(const CommitRequest& what) const;
  void add_last_turn(TurnRun& run, std::uint64_t id, LastTurn last);
  LastTurn remove_last_turn(TurnRun& run, std::uint64_t id);
  /// The request that it came by has been retracted.
  void let_last_turn_go(TurnRun& run, std::uint64_t id, Cause cause);
  void withdraw_last_turn_named(TurnRun& run, const TurnIdentity& name);
  void promise(TurnRun& run, Level wanted);

  // keeper_line.cpp: who waits.
  void stand_in_line(std::uint32_t place, CommitRequest commit);
  /// What it waited for; nothing if it did not.
  std::unique_ptr<CommitRequest> leave_line(Request& request);
  void item_came(std::uint64_t item);
  /// An item or a lease has ended.
  void id_went(std::uint64_t id);
  /// Somebody in line may be able to go.
  void look_at_line();
  [[nodiscard]] static bool has_guards(const CommitRequest& commit);
  [[nodiscard]] bool may_be_ready(const CommitRequest& commit) const;
  [[nodiscard]] bool wants(const CommitRequest& commit, std::uint64_t item) const;
  [[nodiscard]] bool is_wanted_by_line(std::uint64_t item) const;

  Keepers& all_;
  ReferenceTable& references_;
  Space& space_;
  Reference& space_reference_;
  Reference* self_ = nullptr;
  bool holds_itself_ = false;
  Kept kept_;
  Slab<Request> requests_;
  CommitReader reader_;
  std::deque<Unanswered> unanswered_;
  /// The requests for leases that have not ended, by lease.
  std::map<std::uint64_t, std::uint32_t> lease_requests_;

  std::map<std::uint64_t, std::uint32_t> line_;  // By arrival.
  std::uint64_t last_arrival_ = 0;
  std::size_t guards_waiting_ = 0;  // How many in line have guards.
  std::set<std::uint64_t> fresh_;   // Items that came since the line was looked at.
  std::set<std::uint64_t> gone_;    // Items and leases that ended since then.
  bool facts_changed_ = false;      // Since then.
};

}  // namespace avow::server

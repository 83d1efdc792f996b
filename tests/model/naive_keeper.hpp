#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

// A keeper as simple as it can be: everything is searched from one end to the other, and a commit
// is tried on a copy of the world. Values are small numbers. It says what the real one must answer.

namespace avow::test {

enum class NaiveOpKind {
  put,
  drop,
  slot,
  clear_slot,
  lease_to,
  renew,
  end,
  item,
  take,
  take_any,
  ack,
  send,
  outcome,
};

struct NaiveOp {
  NaiveOpKind kind{};
  std::uint64_t id = 0;  ///< Of a lease, an item, or the number of a turn.
  int key = 0;
  int value = 0;
};

/// A commit, or (with a ttl) the request for a lease.
struct NaiveRequest {
  int session = 0;
  int number = 0;  ///< As its client calls it.
  std::vector<NaiveOp> ops;
  std::vector<int> require;
  std::vector<int> absent;
  std::optional<std::uint64_t> turn;
  std::optional<int> timeout;
  bool consumes = false;
  std::optional<int> ttl;
};

/// What is answered to whom: results as text, or the code of a refusal.
struct NaiveAnswer {
  int session = 0;
  int number = 0;
  std::string outcome;
};

/// Copied as a whole: a copy is what a crash goes back to.
class NaiveKeeper {
 public:
  static constexpr int nobody = -1;

  void ask(const NaiveRequest& request);
  void retract(int session, int number);
  void publish(int session, int value);
  void unpublish(int session, int value);
  void end_session(int session);
  /// Time goes on to `now`.
  void tick(std::int64_t now);
  /// All sessions are gone; new numbers come after `id`.
  void restart(std::uint64_t id, std::int64_t now);

  std::vector<NaiveAnswer> take_answers() { return std::exchange(answers_, {}); }
  /// Values of facts that have a support.
  [[nodiscard]] std::set<int> facts() const;
  /// How many things lie in the store.
  [[nodiscard]] std::size_t row_count() const;
  [[nodiscard]] std::vector<std::uint64_t> lease_ids() const;
  [[nodiscard]] std::vector<std::uint64_t> item_ids() const;

 private:
  struct Item {
    int value = 0;
    int holder = nobody;
  };
  struct Timer {
    std::optional<std::int64_t> at;  // Nothing until it counts.
    std::int64_t after = 0;
    std::uint64_t order = 0;
  };
  struct Lease {
    std::int64_t ttl = 0;
    std::int64_t written = 0;  // What was left when that was written down.
    std::int64_t mark = 0;     // When that is done again.
    Timer end;
    std::set<int> facts;
  };
  struct Waiter {
    NaiveRequest request;
    Timer end;
  };
  struct Taken {
    std::vector<std::uint64_t> held;
    std::string results;
  };
  /// Of a named turn: what it came to; nothing if it never will be done.
  using Outcome = std::optional<Taken>;

  /// The results, or the code of the refusal. Changes this only if all is done.
  std::string attempt(const NaiveRequest& request, bool& is_done);
  std::string apply(const NaiveRequest& request, bool& is_done);
  bool apply_op(const NaiveRequest& request, const NaiveOp& op, const std::set<std::uint64_t>& held,
                Taken& taken, std::string& error);
  bool apply_take(const NaiveRequest& request, const NaiveOp& op, Taken& taken);
  void begin_lease(const NaiveRequest& request);
  void answer(const NaiveRequest& request, const std::string& outcome);
  void serve_line();
  void end_lease(std::uint64_t id);
  void run_timers();
  void write_marks();
  [[nodiscard]] Timer timer(std::int64_t after) { return {std::nullopt, after, ++last_timer_}; }
  static void begin(Timer& timer, std::int64_t now) {
    if (!timer.at) timer.at = now + timer.after;
  }

  std::int64_t now_ = 0;
  std::uint64_t last_timer_ = 0;
  std::uint64_t last_id_ = 0;
  std::set<int> puts_;
  std::map<int, int> slots_;
  std::map<std::uint64_t, Item> items_;
  std::map<std::uint64_t, Lease> leases_;
  std::map<std::uint64_t, Outcome> turns_;
  std::multiset<std::pair<int, int>> published_;  // By session.
  std::vector<Waiter> line_;
  std::vector<NaiveAnswer> answers_;
};

}  // namespace avow::test

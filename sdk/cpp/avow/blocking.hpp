#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "avow/avow.hpp"
#include "avow/facts.hpp"

// Avow for programs without an event loop: calls wait, and callbacks run on a thread of the
// client's own. Everything throws `Failure`; nothing waits longer than `Options::patience`.

namespace avow::blocking {

class Thread;

/// A taken item whose acknowledgement is waited for.
class Item : public avow::Item {
 public:
  explicit Item(avow::Item item) : avow::Item(std::move(item)) {}

  /// Consumes it. Throws `unknown-item` if the link was lost since it was taken.
  void ack() const;
};
template <Fact T>
using Taken = avow::Taken<T, Item>;

/// A space over a link of its own. Safe to use from any thread. Calls that wait must not be made in
/// callbacks (they throw `would-block` there); use `space()` in them.
class Client : public avow::Client {
 public:
  /// Connects, and waits until the space is open. Throws `no-server`, `refused`, `bad-options`,
  /// `timeout`.
  explicit Client(Options options);
  explicit Client(std::string url, Token token = {});
  Client(Client&&) noexcept;
  /// Closes in good order: at most two seconds. In a callback it does not wait.
  ~Client();

  /// What callbacks use: the same space, without waiting.
  [[nodiscard]] Space& space() { return *this; }

  /// Publishes, and waits until the server has taken it.
  [[nodiscard]] Publication publish(Value fact);
  template <Fact T>
  [[nodiscard]] Publication publish(const T& fact) {
    return publish(FactTraits<T>::to_value(fact));
  }
  /// Sends, and waits until the server has applied it.
  Receipt send(Value message);
  template <Fact T>
  Receipt send(const T& message) {
    return send(FactTraits<T>::to_value(message));
  }
  Receipt turn(const std::function<void(Turn&)>& edit);

  // Keeping. Throws what the keeper refuses with.

  Committed commit(Commit commit);
  Committed put(Value fact) { return commit(Commit().put(fact)); }
  template <Fact T>
  Committed put(const T& fact) {
    return put(FactTraits<T>::to_value(fact));
  }
  Committed drop(Value fact) { return commit(Commit().drop(fact)); }
  template <Fact T>
  Committed drop(const T& fact) {
    return drop(FactTraits<T>::to_value(fact));
  }
  Committed slot(Value key, Value fact) { return commit(Commit().slot(key, fact)); }
  template <Fact T>
  Committed slot(Value key, const T& fact) {
    return slot(std::move(key), FactTraits<T>::to_value(fact));
  }
  /// One item that matches, or nothing if none comes within `wait` (which is waited for beside
  /// `Options::patience`).
  [[nodiscard]] std::optional<Item> take(const Query& query, Milliseconds wait = {});
  template <Fact T>
  [[nodiscard]] std::optional<Taken<T>> take(const Match<T>& match, Milliseconds wait = {}) {
    std::optional<Item> item = take(Query(match.pattern), wait);
    if (!item) return std::nullopt;
    std::optional<T> fact = FactTraits<T>::from_value(item->value());
    if (!fact) throw Failure(not_of_the_type());
    return Taken<T>(*std::move(item), *std::move(fact));
  }
  [[nodiscard]] Lease lease(Milliseconds ttl, OnExpired expired = {});
  /// Waits until the server keeps it.
  [[nodiscard]] LastTurn last_turn(Commit commit, LastTurnOptions options = {});

  [[nodiscard]] Rows query(Query query);
  /// Every distinct `T`, at one revision. What does not fit the type is left out.
  template <Fact T>
  [[nodiscard]] std::vector<T> query(Match<T> match = any<T>()) {
    std::vector<T> facts;
    for (const Row& row : query(typed_query<T>(std::move(match))).rows) {
      if (auto fact = FactTraits<T>::from_captures(row.captures)) facts.push_back(*std::move(fact));
    }
    return facts;
  }
  /// Waits until everything done here before has been applied, and told; answers the revision.
  std::uint64_t sync();
  /// Waits until all that was there has been told; throws the refusal of the subscription.
  std::uint64_t wait_synced(const Subscription& subscription);
  /// Closes in good order, and waits for that.
  void close() noexcept;

 private:
  Client(std::unique_ptr<Thread> thread, Options options);
  void end() noexcept;
  [[nodiscard]] bool close_within(Milliseconds at_most) noexcept;

  std::unique_ptr<Thread> thread_;
};

}  // namespace avow::blocking

#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "avow/avow.hpp"
#include "avow/facts.hpp"

// Avow on your own io_context, with coroutines:
//
//   avow::task<void> lobby() {
//     auto ds = co_await avow::connect("ws://localhost:7370");
//     auto here = ds.publish(Present{"ann", "lobby"});
//     for (const Present& present : co_await ds.query<Present>()) …
//   }
//
// An operation begins when it is called, not when it is awaited; an answer that nobody awaits is
// dropped, an error that nobody awaits goes to `Options::on_error`. Awaitables throw `Failure`, and
// boost::system::system_error (operation_aborted) when they are cancelled.
//
// gcc 12 destroys some temporaries twice when they stand in the same expression as a co_await:
// structs in braces that hold strings, and lambdas with captures. Name them first:
//
//   const Present there{"ann", "hall"};
//   co_await ds.sent(there);

namespace avow {

template <class T>
using task = boost::asio::awaitable<T>;

/// A publication whose acceptance can be awaited.
class [[nodiscard]] AwaitablePublication : public Publication {
 public:
  AwaitablePublication() = default;
  explicit AwaitablePublication(Publication publication) : Publication(std::move(publication)) {}

  /// When the server has taken the fact for the first time. Throws its refusal.
  [[nodiscard]] task<Receipt> accepted();
};

/// A taken item whose acknowledgement can be awaited.
class AwaitableItem : public Item {
 public:
  explicit AwaitableItem(Item item) : Item(std::move(item)) {}

  /// Consumes it. Throws `unknown-item` if the link was lost since it was taken.
  [[nodiscard]] task<void> ack() const;
};
template <Fact T>
using AwaitableTaken = Taken<T, AwaitableItem>;

/// A space over a link of its own. What is not awaited is as in `Space`.
class Dataspace : public Client {
 public:
  explicit Dataspace(std::shared_ptr<Core> core) : Client(std::move(core)) {}

  [[nodiscard]] AwaitablePublication publish(Value fact) {
    return AwaitablePublication(Space::publish(std::move(fact)));
  }
  template <Fact T>
  [[nodiscard]] AwaitablePublication publish(const T& fact) {
    return publish(FactTraits<T>::to_value(fact));
  }
  using Space::send;
  /// Sends, and waits until the server has applied it.
  [[nodiscard]] task<Receipt> sent(Value message);
  template <Fact T>
  [[nodiscard]] task<Receipt> sent(const T& message) {
    return sent(FactTraits<T>::to_value(message));
  }
  using Space::turn;
  /// `edit` is called now; waits until the server has applied the turn.
  [[nodiscard]] task<Receipt> turn(const std::function<void(Turn&)>& edit);

  // Keeping. Throws what the keeper refuses with.

  using Space::commit;
  [[nodiscard]] task<Committed> commit(Commit commit);
  /// A durable fact; without waiting, it is `Space::put`.
  [[nodiscard]] task<Committed> put(Value fact) { return commit(Commit().put(fact)); }
  template <Fact T>
  [[nodiscard]] task<Committed> put(const T& fact) {
    return put(FactTraits<T>::to_value(fact));
  }
  [[nodiscard]] task<Committed> drop(Value fact) { return commit(Commit().drop(fact)); }
  template <Fact T>
  [[nodiscard]] task<Committed> drop(const T& fact) {
    return drop(FactTraits<T>::to_value(fact));
  }
  [[nodiscard]] task<Committed> slot(Value key, Value fact) {
    return commit(Commit().slot(key, fact));
  }
  template <Fact T>
  [[nodiscard]] task<Committed> slot(Value key, const T& fact) {
    return slot(std::move(key), FactTraits<T>::to_value(fact));
  }
  /// One item that matches, or nothing if none comes within `wait`.
  [[nodiscard]] task<std::optional<AwaitableItem>> take(Query query, Milliseconds wait = {});
  template <Fact T>
  [[nodiscard]] task<std::optional<AwaitableTaken<T>>> take(Match<T> match,
                                                            Milliseconds wait = {}) {
    return taken_as<T>(take(Query(std::move(match.pattern)), wait));
  }
  [[nodiscard]] task<Lease> lease(Milliseconds ttl, OnExpired expired = {});
  using Space::last_turn;
  /// Waits until the server keeps it.
  [[nodiscard]] task<LastTurn> last_turn_kept(Commit commit, LastTurnOptions options = {});

  using Space::query;
  [[nodiscard]] task<Rows> query(Query query);
  /// Every distinct `T`, at one revision. What does not fit the type is left out.
  template <Fact T>
  [[nodiscard]] task<std::vector<T>> query(Match<T> match = any<T>()) {
    return facts_of<T>(query(typed_query<T>(std::move(match))));
  }
  using Space::sync;
  /// Waits until everything done here before has been applied, and told; answers the revision.
  [[nodiscard]] task<std::uint64_t> sync();
  /// Waits until all that was there has been told; throws the refusal of the subscription.
  [[nodiscard]] task<std::uint64_t> synced(const Subscription& subscription);

  using Client::close;
  /// Ends the link in good order: waits until all has been sent, at most two seconds.
  [[nodiscard]] task<void> close();

 private:
  friend task<Dataspace> connect(Options options);
  [[nodiscard]] task<void> opened();
  template <Fact T>
  static task<std::optional<AwaitableTaken<T>>> taken_as(
      task<std::optional<AwaitableItem>> waiting) {
    std::optional<AwaitableItem> item = co_await std::move(waiting);
    if (!item) co_return std::nullopt;
    std::optional<T> fact = FactTraits<T>::from_value(item->value());
    if (!fact) throw Failure(not_of_the_type());
    co_return AwaitableTaken<T>(*std::move(item), *std::move(fact));
  }
  template <Fact T>
  static task<std::vector<T>> facts_of(task<Rows> waiting) {
    const Rows found = co_await std::move(waiting);
    std::vector<T> facts;
    for (const Row& row : found.rows) {
      if (auto fact = FactTraits<T>::from_captures(row.captures)) facts.push_back(*std::move(fact));
    }
    co_return facts;
  }
};

/// Connects on the executor of the calling coroutine; callbacks run there, one at a time (on a
/// strand). Returns once the space is open. Throws `Failure`: `no-server`, `refused`,
/// `bad-options`, `timeout`.
[[nodiscard]] task<Dataspace> connect(Options options);
[[nodiscard]] inline task<Dataspace> connect(std::string url, Token token = {}) {
  Options options;
  options.url = std::move(url);
  options.token = std::move(token);
  return connect(std::move(options));
}

}  // namespace avow

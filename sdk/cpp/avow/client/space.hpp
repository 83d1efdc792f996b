#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "avow/client/change.hpp"
#include "avow/client/commit.hpp"
#include "avow/client/fact.hpp"
#include "avow/client/holding.hpp"
#include "avow/client/last_turn.hpp"
#include "avow/client/query.hpp"

// A space as a program sees it: what can be done without waiting, and what is answered to
// callbacks. Awaitables (<avow/asio.hpp>) and blocking calls (<avow/blocking.hpp>) stand on this.
//
// Callbacks run on the thread that runs the link, one at a time; a whole turn of the server is
// applied to all that the SDK keeps before the first callback hears of it. What callbacks do while
// they are told one turn is itself one turn. All else is a turn of its own, call by call; `turn`
// puts several things into one.

namespace avow {

class Facet;
class Turn;

/// A handle: copies are the same space over the same link. Safe to use from any thread. Once the
/// client is gone, publishing does nothing and questions are answered with `closed`.
class Space {
 public:
  explicit Space(std::weak_ptr<Core> core) : core_(std::move(core)) {}

  // Publishing. A value is any; a fact should be a record.

  /// Publishes `fact` until the publication ends.
  [[nodiscard]] Publication publish(Value fact);
  template <Fact T>
  [[nodiscard]] Publication publish(const T& fact) {
    return publish(FactTraits<T>::to_value(fact));
  }
  /// Publishes `fact` until the client ends.
  void hold(Value fact) { publish(std::move(fact)).hold(); }
  template <Fact T>
  void hold(const T& fact) {
    hold(FactTraits<T>::to_value(fact));
  }
  /// Sends a message to whoever listens now. Never kept for later: `link-down` if there is no
  /// link, `outcome-unknown` if it is lost before the answer. Without `then`, `on_error` is told.
  void send(Value message, OnReceipt then = {});
  template <Fact T>
  void send(const T& message, OnReceipt then = {}) {
    send(FactTraits<T>::to_value(message), std::move(then));
  }
  /// All that `edit` does to its `Turn` takes effect at once or not at all. `edit` is called before
  /// this returns. `then` is told the receipt.
  void turn(const std::function<void(Turn&)>& edit, OnReceipt then);
  void turn(const std::function<void(Turn&)>& edit) { turn(edit, {}); }

  // Subscribing.

  /// Tells every change of what matches, from all that is there now.
  [[nodiscard]] Subscription subscribe(Query query, OnChange on_change);
  /// `on_add(const T&)`, or `on_add(const T&, const Change&)`: for every fact, from now on and now.
  template <Fact T, class OnAdd>
  [[nodiscard]] Subscription on_add(Match<T> match, OnAdd on_add) {
    return subscribe_to<T>(std::move(match), Change::Kind::add, std::move(on_add));
  }
  template <Fact T, class OnAdd>
  [[nodiscard]] Subscription on_add(OnAdd on_add) {
    return this->on_add(any<T>(), std::move(on_add));
  }
  /// For every fact that goes, having been there since this call.
  template <Fact T, class OnRemove>
  [[nodiscard]] Subscription on_remove(Match<T> match, OnRemove on_remove) {
    return subscribe_to<T>(std::move(match), Change::Kind::remove, std::move(on_remove));
  }
  template <Fact T, class OnRemove>
  [[nodiscard]] Subscription on_remove(OnRemove on_remove) {
    return this->on_remove(any<T>(), std::move(on_remove));
  }
  /// For every message of that form.
  template <Fact T, class OnMessage>
  [[nodiscard]] Subscription on_message(Match<T> match, OnMessage on_message) {
    return subscribe_to<T>(std::move(match), Change::Kind::message, std::move(on_message));
  }
  template <Fact T, class OnMessage>
  [[nodiscard]] Subscription on_message(OnMessage on_message) {
    return this->on_message(any<T>(), std::move(on_message));
  }
  /// `body(const Change&, Facet&)` when a match appears; its facet stops when the match is gone (or
  /// the subscription, or the client).
  [[nodiscard]] Subscription during(Query query, std::function<void(const Change&, Facet&)> body);
  /// `body(const T&, Facet&)` or `body(const T&)`.
  template <Fact T, class Body>
  [[nodiscard]] Subscription during(Match<T> match, Body body) {
    auto typed = [body = std::move(body)](const Change& change, Facet& facet) mutable {
      const std::optional<T> fact = FactTraits<T>::from_captures(change.captures);
      if (!fact) return;
      if constexpr (std::is_invocable_v<Body&, const T&, Facet&>) {
        body(*fact, facet);
      } else {
        body(*fact);
      }
    };
    return during(typed_query<T>(std::move(match)), std::move(typed));
  }
  template <Fact T, class Body>
  [[nodiscard]] Subscription during(Body body) {
    return during(any<T>(), std::move(body));
  }

  // Keeping. Done by the space's keeper, or refused with `unsupported` where there is none. Waits
  // for the link if it is down. Without `then`, `on_error` is told what goes wrong.

  /// One turn, all of it or nothing.
  void commit(Commit commit, OnCommitted then);
  /// A durable fact: it stays until somebody drops it, whoever put it.
  void put(Value fact, OnCommitted then = {});
  template <Fact T>
  void put(const T& fact, OnCommitted then = {}) {
    put(FactTraits<T>::to_value(fact), std::move(then));
  }
  void drop(Value fact, OnCommitted then = {});
  template <Fact T>
  void drop(const T& fact, OnCommitted then = {}) {
    drop(FactTraits<T>::to_value(fact), std::move(then));
  }
  /// The one durable fact under `key`; the one before it goes in the same turn.
  void slot(Value key, Value fact, OnCommitted then = {});
  template <Fact T>
  void slot(Value key, const T& fact, OnCommitted then = {}) {
    slot(std::move(key), FactTraits<T>::to_value(fact), std::move(then));
  }
  /// Takes one item that matches, which nobody else can take then; waits for one as long as told.
  void take(const Query& query, Milliseconds wait, OnItem then);
  /// `then(Result<std::optional<Taken<T>>>)`. An item that is no `T` is given back: `bad-item`.
  template <Fact T, class Then>
  void take(const Match<T>& match, Milliseconds wait, Then then) {
    auto typed = [then = std::move(then)](Result<std::optional<Item>> item) mutable {
      then(as_taken<T>(std::move(item)));
    };
    take(Query(match.pattern), wait, OnItem(std::move(typed)));
  }
  /// A lease of `ttl`, from 50 ms to 30 days. `expired` is called when it ends without the program.
  void lease(Milliseconds ttl, OnLease then, OnExpired expired = {});
  /// What the server does when it loses this client: after what the client published has gone, in
  /// the same turn. Not done if the client is closed, or resumes its session in its grace
  /// (`Options::grace`). It may not take, acknowledge or wait.
  [[nodiscard]] LastTurn last_turn(Commit commit, LastTurnOptions options = {}, OnKept then = {});

  // Asking.

  /// What matches, once, at one revision. Waits for the link if it is down.
  void query(Query query, OnRows then);
  /// Calls back once all that was done here before has been applied by the server and all that it
  /// told before has been told here. Waits for the link if it is down.
  void sync(std::function<void(const Result<std::uint64_t>& revision)> then);

  // The link.

  [[nodiscard]] LinkState link() const;
  /// Tells the state now, and every change of it.
  [[nodiscard]] Subscription on_link(OnLink on_link);
  /// As of the last time that the space was opened.
  [[nodiscard]] ServerInfo server() const;
  /// The right to the session, in base64, as of then; "" if it cannot be resumed. Whoever has it
  /// can take the session over, so keep it as you keep a password. The client uses it by itself.
  [[nodiscard]] std::string resume_token() const;

  /// A taken item as a `T`.
  template <Fact T>
  [[nodiscard]] static Result<std::optional<Taken<T>>> as_taken(Result<std::optional<Item>> item) {
    if (!item.has_value()) return std::move(item).error();
    if (!item->has_value()) return std::optional<Taken<T>>();
    std::optional<T> fact = FactTraits<T>::from_value((*item)->value());
    if (!fact) return not_of_the_type();
    return std::optional<Taken<T>>(std::in_place, **std::move(item), *std::move(fact));
  }
  /// A query whose captures are the fields of `T`.
  template <Fact T>
  [[nodiscard]] static Query typed_query(Match<T> match) {
    Query query(std::move(match.pattern), Want::captures);
    query.normalise = [](ValueView captures) -> std::optional<Value> {
      return FactTraits<T>::normalise(captures);
    };
    return query;
  }

 private:
  friend class Facet;

  template <Fact T, class Callback>
  [[nodiscard]] Subscription subscribe_to(Match<T> match, Change::Kind kind, Callback callback) {
    auto typed = [kind, callback = std::move(callback)](const Change& change) mutable {
      if (change.kind != kind) return;
      const std::optional<T> fact = FactTraits<T>::from_captures(change.captures);
      if (!fact) return;
      if constexpr (std::is_invocable_v<Callback&, const T&, const Change&>) {
        callback(*fact, change);
      } else {
        callback(*fact);
      }
    };
    return subscribe(typed_query<T>(std::move(match)), std::move(typed));
  }

  std::weak_ptr<Core> core_;  // The client owns it.
};

/// What one turn does. Lives only while `Space::turn` calls `edit`.
class Turn {
 public:
  [[nodiscard]] Publication publish(Value fact);
  template <Fact T>
  [[nodiscard]] Publication publish(const T& fact) {
    return publish(FactTraits<T>::to_value(fact));
  }
  Turn& hold(Value fact) {
    publish(std::move(fact)).hold();
    return *this;
  }
  template <Fact T>
  Turn& hold(const T& fact) {
    return hold(FactTraits<T>::to_value(fact));
  }
  /// Takes back what `publication` stands for.
  Turn& retract(Publication& publication);
  Turn& send(Value message);
  template <Fact T>
  Turn& send(const T& message) {
    return send(FactTraits<T>::to_value(message));
  }

  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

 private:
  friend class Space;
  explicit Turn(Core& core) : core_(core) {}
  Core& core_;
};

/// One conversation: what is begun on behalf of a fact, and ends with it. Only used in callbacks.
/// When it stops, nested facets stop first, then `on_stop` is called (the last given first), then
/// what it published is retracted; all retractions of one stop are one turn.
class Facet {
 public:
  explicit Facet(Space space) : space_(std::move(space)) {}
  Facet(const Facet&) = delete;
  Facet& operator=(const Facet&) = delete;
  ~Facet() { stop(); }

  /// The space, for all that is to outlive the facet.
  [[nodiscard]] Space& space() { return space_; }

  void on_stop(std::function<void()> then) { on_stop_.push_back(std::move(then)); }
  /// Publishes until the facet stops.
  template <class FactOrValue>
  void publish(const FactOrValue& fact) {
    own(space_.publish(fact));
  }
  template <class FactOrValue>
  void send(const FactOrValue& message) {
    space_.send(message);
  }
  // As those of `Space`, until the facet stops.
  template <class... Arguments>
  void during(Arguments&&... arguments) {
    own(space_.during(std::forward<Arguments>(arguments)...));
  }
  template <Fact T, class Body>
  void during(Body body) {
    own(space_.template during<T>(std::move(body)));
  }
  template <Fact T, class Callback>
  void on_add(Match<T> match, Callback callback) {
    own(space_.on_add(std::move(match), std::move(callback)));
  }
  template <Fact T, class Callback>
  void on_remove(Match<T> match, Callback callback) {
    own(space_.on_remove(std::move(match), std::move(callback)));
  }
  template <Fact T, class Callback>
  void on_message(Match<T> match, Callback callback) {
    own(space_.on_message(std::move(match), std::move(callback)));
  }
  void own(Publication publication) { publications_.push_back(std::move(publication)); }
  void own(Subscription subscription) { subscriptions_.push_back(std::move(subscription)); }
  /// Ends it before its time.
  void stop() noexcept;

 private:
  Space space_;
  std::vector<Publication> publications_;
  std::vector<Subscription> subscriptions_;
  std::vector<std::function<void()>> on_stop_;
};

}  // namespace avow

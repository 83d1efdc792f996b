#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "avow/base/clock.hpp"
#include "avow/base/result.hpp"
#include "avow/base/turn_id.hpp"
#include "avow/client/fact.hpp"
#include "avow/client/query.hpp"
#include "avow/model/value.hpp"

// What is done to durable state: a commit is one turn, all of it or nothing.
//
//   space.commit(avow::Commit()
//                    .require(avow::any<Free>())
//                    .absent(Held{"lamp"})
//                    .put(Held{"lamp"}),
//                [](avow::Result<avow::Committed> done) { … });
//
// Every commit that changes something carries a turn id, so asking again after a lost link is
// harmless, and the SDK does so. `outcome-unknown` comes only where there is nobody left to ask.

namespace avow {

class Core;
class HeldItem;

/// An item that was taken, and is held: nobody else can take it. Copies are the same item; when the
/// last of them goes without `ack`, the item is given back to whoever takes next. If the link is
/// lost meanwhile, the server gives it back, and `ack` is refused with `unknown-item`.
class Item {
 public:
  Item() = default;
  explicit Item(std::shared_ptr<HeldItem> held) : held_(std::move(held)) {}

  [[nodiscard]] const Value& value() const;
  /// The server's number of it.
  [[nodiscard]] std::uint64_t id() const;
  /// Consumes it: nobody will ever take it again. `Commit::ack` does so together with other things.
  void ack(std::function<void(const Result<void>&)> then = {}) const;
  /// Gives it back now, whoever else has a copy.
  void give_back() noexcept;
  [[nodiscard]] explicit operator bool() const { return held_ != nullptr; }

 protected:
  [[nodiscard]] std::shared_ptr<Core> core() const;

 private:
  friend class Core;
  friend class Commit;
  std::shared_ptr<HeldItem> held_;
};

/// A taken item as a struct: `job->body`.
template <Fact T, class Base = Item>
class Taken : public Base {
 public:
  Taken(Base item, T fact) : Base(std::move(item)), fact_(std::move(fact)) {}
  [[nodiscard]] const T& operator*() const { return fact_; }
  [[nodiscard]] const T* operator->() const { return &fact_; }

 private:
  T fact_;
};

/// Why an item is not the struct that was asked for: `bad-item`.
[[nodiscard]] Error not_of_the_type();

/// What became of a commit.
struct Committed {
  std::uint64_t revision = 0;
  std::uint64_t sequence = 0;  ///< The server's number of the turn.
  std::string epoch;           ///< Of the history that both belong to.
  Level level = Level::accepted;
  bool replayed = false;          ///< The answer to an earlier attempt was lost; this is it.
  std::optional<TurnId> turn_id;  ///< Where it carried one.
  std::vector<Value> results;     ///< One for each operation (docs/PROTOCOL.md).
  std::vector<Item> items;        ///< What it took, in order. Held, unless `consume` was asked for.
};
using OnCommitted = std::function<void(Result<Committed>)>;
/// Nothing if nothing came in time.
using OnItem = std::function<void(Result<std::optional<Item>>)>;

/// A lease: facts that are attached to it live until it ends, over lost links and restarts of the
/// server too. It is renewed at every third of its ttl for as long as this lives, and ended by
/// `end` or the destructor. Movable; to be used from one thread at a time.
class [[nodiscard]] Lease {
 public:
  Lease() = default;
  Lease(std::weak_ptr<Core> core, std::uint64_t id, std::uint64_t number)
      : core_(std::move(core)), id_(id), number_(number) {}
  Lease(Lease&& other) noexcept
      : core_(std::move(other.core_)), id_(std::exchange(other.id_, 0)), number_(other.number_) {}
  Lease& operator=(Lease&& other) noexcept {
    Lease moved(std::move(other));
    std::swap(core_, moved.core_);
    std::swap(id_, moved.id_);
    std::swap(number_, moved.number_);
    return *this;
  }
  ~Lease() { end(); }

  /// Attaches a fact. `Commit::lease_to` does so together with other things.
  void put(Value fact, OnCommitted then = {}) const;
  template <Fact T>
  void put(const T& fact, OnCommitted then = {}) const {
    put(FactTraits<T>::to_value(fact), std::move(then));
  }
  /// Ends it, and with it the facts. Does not wait.
  void end() noexcept;
  /// Lets go of it: it is not renewed any more, and expires in its time.
  void release() && noexcept;

  [[nodiscard]] explicit operator bool() const { return id_ != 0; }
  /// The server's number of it.
  [[nodiscard]] std::uint64_t number() const { return number_; }

 private:
  std::weak_ptr<Core> core_;  // The client owns it.
  std::uint64_t id_ = 0;
  std::uint64_t number_ = 0;
};
using OnLease = std::function<void(Result<Lease>)>;
/// The lease has ended without the program, and its facts are gone. `revision` is 0 where that was
/// only learnt later.
using OnExpired = std::function<void(std::uint64_t revision)>;

/// What a commit demands and does, in order. What is wrong with it is told when it is committed.
class Commit {
 public:
  Commit();
  Commit(const Commit& other);
  Commit& operator=(const Commit& other);
  /// What was moved from may only be assigned to or end.
  Commit(Commit&& other) noexcept;
  Commit& operator=(Commit&& other) noexcept;
  ~Commit();

  // Demands: nothing is done unless all of them hold.

  /// Some fact must match.
  Commit& require(const Query& query);
  template <Fact T>
  Commit& require(const Match<T>& match) {
    return require(Query(match.pattern));
  }
  /// This fact must be there (or a record that begins with its fields).
  Commit& require_fact(ValueView fact);
  template <Fact T>
  Commit& require(const T& fact) {
    return require_fact(FactTraits<T>::to_value(fact));
  }
  /// No fact may match.
  Commit& absent(const Query& query);
  template <Fact T>
  Commit& absent(const Match<T>& match) {
    return absent(Query(match.pattern));
  }
  Commit& absent_fact(ValueView fact);
  template <Fact T>
  Commit& absent(const T& fact) {
    return absent_fact(FactTraits<T>::to_value(fact));
  }

  // Durable facts.

  Commit& put(ValueView fact);
  template <Fact T>
  Commit& put(const T& fact) {
    return put(FactTraits<T>::to_value(fact));
  }
  Commit& drop(ValueView fact);
  template <Fact T>
  Commit& drop(const T& fact) {
    return drop(FactTraits<T>::to_value(fact));
  }
  /// The one fact of a slot; the one before it goes in the same turn, with the cause `superseded`.
  Commit& slot(ValueView key, ValueView fact);
  template <Fact T>
  Commit& slot(ValueView key, const T& fact) {
    return slot(key, FactTraits<T>::to_value(fact));
  }
  Commit& clear_slot(ValueView key);
  Commit& lease_to(const Lease& lease, ValueView fact);
  template <Fact T>
  Commit& lease_to(const Lease& lease, const T& fact) {
    return lease_to(lease, FactTraits<T>::to_value(fact));
  }

  // Items.

  Commit& item(ValueView value);
  template <Fact T>
  Commit& item(const T& value) {
    return item(FactTraits<T>::to_value(value));
  }
  /// Takes one item that matches; without one (in time, see `wait`) nothing is done: `empty`.
  Commit& take(const Query& query);
  template <Fact T>
  Commit& take(const Match<T>& match) {
    return take(Query(match.pattern));
  }
  /// What is taken is consumed at once, rather than held.
  Commit& consume();
  /// Consumes an item that is held. It stays held if the commit is refused.
  Commit& ack(const Item& item);

  // The rest.

  /// A message to whoever listens now. Its result is how many it reached.
  Commit& send(ValueView message);
  template <Fact T>
  Commit& send(const T& message) {
    return send(FactTraits<T>::to_value(message));
  }
  /// What became of a turn: `<committed revision seq>`, or `<impossible>`, and then it never will
  /// be done either.
  Commit& outcome(const TurnId& turn);
  /// How long to wait for demands to hold and for items to come. Not at all, if not said.
  Commit& wait(Milliseconds at_most);
  [[nodiscard]] Milliseconds waits() const;
  /// What the answer is to wait for; as durable as the space is, if not said.
  Commit& level(Level level);
  /// The SDK chooses one, if not said. The program must never use one twice.
  Commit& turn_id(const TurnId& id);

 private:
  friend class Core;
  struct Words;  // commit_words.hpp
  std::unique_ptr<Words> words_;
};

/// The pattern that matches a value with exactly these atoms at these places (and longer records).
/// Errors: `bad-pattern` where there is none: a set has no pattern.
[[nodiscard]] Result<Pattern> pattern_of(ValueView value);

}  // namespace avow

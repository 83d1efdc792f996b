#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "avow/model/value.hpp"
#include "tests/simulation/connection.hpp"
#include "tests/simulation/truth.hpp"
#include "tests/simulation/verdict.hpp"
#include "tests/simulation/vocabulary.hpp"

// What all simulated clients have in common, whatever they speak.

namespace avow::simulation {

/// A message that was sent to a space.
struct SentMessage {
  std::size_t space = 0;
  Value message;
};

/// What the clients of one simulation share.
struct World {
  test::Random& random;
  Verdict& verdict;
  Interests interests = Interests::unseen;
  std::vector<SentMessage> messages{};  ///< All that were ever sent.
  bool resume = false;                  ///< Whether JSON clients may ask for a grace.
};

class Client {
 public:
  /// `world` and `connection` must outlive the client. `serial` is its own.
  Client(World& world, Connection& connection, std::uint64_t serial)
      : world_(world), connection_(&connection), serial_(serial) {}
  virtual ~Client() = default;
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// Does something that such a client may do.
  virtual void act() = 0;
  /// Sends a message to a space, if the client knows it by now.
  virtual void send_message(std::size_t space, const Value& message) = 0;
  virtual void receive(const Arrival& arrival) = 0;

  // When nothing is on its way:
  /// Adds what the client holds up.
  virtual void tell(Truth& truth) const = 0;
  /// Every observer holds what `truth` says, and all that was asked has been answered.
  virtual void check(const Truth& truth) = 0;
  /// Asks what matches at this moment, if the client can: the answer must be what `truth` says.
  virtual void ask(const Truth& truth) { (void)truth; }
  /// How many times each observer of the space has been sent a message that matches, since the
  /// last call, is what it should be after `message` alone was sent.
  virtual void check_message(std::size_t space, const Value& message) = 0;

  // A client whose session outlives its connection.
  /// Whether it can lose its connection now, and come back.
  [[nodiscard]] virtual bool may_come_back() const { return false; }
  virtual void lose_link() {}
  /// Comes back on another connection, which must outlive the client.
  virtual void come_back(Connection& connection) { connection_ = &connection; }
  /// Whether it has lost its connection and not come back.
  [[nodiscard]] virtual bool is_away() const { return false; }
  /// Whether it is on another connection, and has not heard what became of its session.
  [[nodiscard]] virtual bool is_coming_back() const { return false; }
  /// Whether it was told that its session is gone.
  [[nodiscard]] virtual bool is_gone() const { return false; }

  [[nodiscard]] std::uint64_t serial() const { return serial_; }

 protected:
  /// Names one of this client's entities among those of all clients.
  [[nodiscard]] ReferenceId global(std::int64_t entity) const {
    return ReferenceId{serial_ * entities_max + static_cast<std::uint64_t>(entity)};
  }
  /// The memory form's references, which are the client's own, as it writes them.
  [[nodiscard]] Value to_wire(const Value& value) const;
  void fail(const std::string& what) const;
  void expect(bool holds, const std::string& what) const {
    if (!holds) fail(what);
  }
  [[nodiscard]] test::Random& random() const { return world_.random; }
  [[nodiscard]] World& world() const { return world_; }
  [[nodiscard]] Connection& connection() const { return *connection_; }

 private:
  static constexpr std::uint64_t entities_max = 1'000'000;

  World& world_;
  Connection* connection_;
  std::uint64_t serial_;
};

/// What one observer has been told, and whether it was told so properly.
class View {
 public:
  /// Something appeared. Returns what is wrong with that, or nothing.
  [[nodiscard]] std::string add(const Value& captures);
  /// It disappeared.
  [[nodiscard]] std::string remove(const Value& captures);
  /// What it holds, without references, sorted.
  [[nodiscard]] std::vector<Value> held() const;
  [[nodiscard]] bool holds(const Value& captures_without_references) const;
  [[nodiscard]] const std::vector<Value>& held_as_told() const { return held_; }
  /// What it was told is void.
  void clear() { held_.clear(); }

 private:
  std::vector<Value> held_;
};

/// The messages of an observer: none is told that was not sent, and none too often.
class Inbox {
 public:
  /// A message came, of which `wish` captured `captures`. Returns what is wrong, or nothing.
  [[nodiscard]] std::string take(const World& world, std::size_t space, const Wish& wish,
                                 const Value& captures);
  /// Messages since the last call.
  [[nodiscard]] std::size_t take_count() { return std::exchange(count_, 0); }

 private:
  std::vector<Value> taken_;
  std::size_t count_ = 0;
};

/// Whether a message matches, so that an observer must be told of it.
[[nodiscard]] bool is_wanted(const Wish& wish, const Value& message);

}  // namespace avow::simulation

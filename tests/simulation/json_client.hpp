#pragma once

#include <boost/json/object.hpp>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "tests/simulation/client.hpp"

// A client that speaks JSON on a WebSocket, at one of the spaces. It does at random what the
// protocol offers, and checks all that it is told.

namespace avow::simulation {

class JsonClient final : public Client {
 public:
  JsonClient(World& world, Connection& connection, std::uint64_t serial);

  void act() override;
  void send_message(std::size_t space, const Value& message) override;
  void receive(const Arrival& arrival) override;
  void tell(Truth& truth) const override;
  void check(const Truth& truth) override;
  void ask(const Truth& truth) override;
  void check_message(std::size_t space, const Value& message) override;

  [[nodiscard]] bool may_come_back() const override { return !token_.empty() && is_here(); }
  void lose_link() override;
  void come_back(Connection& connection) override;
  [[nodiscard]] bool is_away() const override { return presence_ == Presence::away; }
  [[nodiscard]] bool is_coming_back() const override { return presence_ == Presence::coming_back; }
  [[nodiscard]] bool is_gone() const override { return presence_ == Presence::gone; }

 private:
  using Id = std::uint64_t;
  enum class Presence : std::uint8_t { here, away, coming_back, gone };
  /// What must have been told when a sync is answered.
  struct Snapshot {
    std::vector<Id> facts;
    std::vector<Id> observers;
  };
  /// What a request is answered by.
  enum class Awaited : std::uint8_t { ok, synced };
  struct Fact {
    Value fact{};
    Id partner = 0;  ///< The other half of a pair.
  };
  struct Observer {
    Wish wish{};
    View view{};  ///< Of whole facts.
    Inbox inbox{};
    /// The revision after which it is told nothing, until it is synced again.
    std::optional<std::uint64_t> late_after{};
    /// It is told everything anew, until it is synced again.
    bool is_told_anew = false;
    std::size_t missed = 0;  ///< Messages, since it was asked last.
    bool pauses = false;     ///< It has a credit: of each turn that it is told, one more.
  };

  /// A subscription that was given up, and what it had been told by then.
  struct Left {
    Wish wish{};
    View view{};
    std::uint64_t revision = 0;
  };

  struct Query {
    Wish wish{};
    std::vector<Value> expected{};  ///< Facts, without references, sorted.
    View rows{};
  };

  [[nodiscard]] std::string random_request();
  [[nodiscard]] std::string publish(const Value& fact, Id partner = 0);
  [[nodiscard]] std::string publish_pair();
  [[nodiscard]] std::string observe();
  [[nodiscard]] std::string ask_for(std::string_view verb, const Wish& wish, Id id,
                                    const std::string& more = {}) const;
  /// Gives up a subscription, or takes one up again where it was.
  [[nodiscard]] std::string leave_or_go_on();
  [[nodiscard]] Wish some_wish() const;
  [[nodiscard]] std::string retract_something();
  [[nodiscard]] std::string retract(Id id);
  [[nodiscard]] std::string send_request(const Value& message);
  [[nodiscard]] std::string sync();
  Id await(Awaited awaited);
  void grant_for_what_was_told();
  void say(const std::string& request);
  void send(const std::string& request);
  [[nodiscard]] bool is_here() const { return presence_ == Presence::here && !is_over_; }

  // Of a session that may be resumed: json_client_session.cpp.
  [[nodiscard]] std::string grace();
  void take_own(const boost::json::object& event, std::string_view op);
  void take_return(const boost::json::object& event, std::string_view op);
  void note_received(std::uint64_t count);

  void take_event(const boost::json::object& event);
  void take_change(const boost::json::object& event, std::string_view op);
  void take_answer(Id id, Awaited how);
  void take_gap(const boost::json::object& event, std::string_view op);
  [[nodiscard]] bool take_caught_up(const boost::json::object& event);
  [[nodiscard]] bool take_unsynced(const boost::json::object& event);
  void take_note(const boost::json::object& event, std::string_view op);
  void take_row(const boost::json::object& event, Query& query);
  void take_revision(const boost::json::object& event);
  [[nodiscard]] std::optional<Value> fact_of(const boost::json::object& event, const Wish& wish);
  void check_withdrawn(Id id, std::string_view op);
  /// Whether it has been told all up to the last message, as far as the client knows.
  [[nodiscard]] bool has_all(Id observer) const;
  void check_synced(const Snapshot& before);
  void check_pairs() const;

  std::size_t space_;
  Presence presence_ = Presence::here;
  std::string token_;         // Of a session that may be resumed, else empty.
  std::uint64_t number_ = 0;  // Of the last message that was taken in.
  std::uint64_t said_ = 0;    // Messages of the session.
  std::deque<std::string> unacknowledged_;
  bool has_opened_ = false;
  bool heard_hello_ = false;
  bool is_over_ = false;
  std::map<Id, Fact> facts_;
  std::map<Id, Observer> observers_;
  std::optional<Left> left_;
  std::string epoch_;
  std::map<Id, Awaited> awaited_;
  std::map<Id, Snapshot> syncs_;
  std::map<Id, Query> queries_;
  std::map<std::uint64_t, Value> notes_;  // At its mailboxes, by the server's handle.
  std::map<Id, Id> withdrawn_;            // By observer: the request that retracts it.
  std::set<Id> told_here_;                // Observers to which this message says add or remove.
  std::set<Id> to_grant_;                 // Those that pause, and have been told a turn.
  Id next_id_ = 1;
  std::int64_t next_entity_ = 1;
  std::uint64_t revision_ = 0;          // The last one told before this message.
  std::uint64_t message_revision_ = 0;  // That of this message, or 0.
};

}  // namespace avow::simulation

#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tests/simulation/client.hpp"
#include "tests/simulation/packet_line.hpp"

// A client that speaks plain Syndicate, in binary or as text, on a stream or a WebSocket. It
// publishes, retracts, observes, sends and syncs at random, and checks all that it is told.

namespace avow::simulation {

class SyndicateClient final : public Client {
 public:
  SyndicateClient(World& world, Connection& connection, std::uint64_t serial);

  void act() override;
  void send_message(std::size_t space, const Value& message) override;
  void receive(const Arrival& arrival) override;
  void tell(Truth& truth) const override;
  void check(const Truth& truth) override;
  void check_message(std::size_t space, const Value& message) override;

 private:
  enum class Role : std::uint8_t {
    resolver,      ///< Is asserted the answer of the gatekeeper.
    observer,      ///< Is asserted what a wish captures.
    sync_peer,     ///< Is sent `#t` once the space has applied all that came before.
    foreign_peer,  ///< The same, from another client, which may be gone before it answers.
    mailbox,       ///< Made known to others, who send messages to it and assert notes at it.
  };
  /// What was held up when a sync was sent: by handle.
  struct Snapshot {
    std::vector<std::int64_t> facts;
    std::vector<std::int64_t> observers;
  };
  struct Entity {
    Role role{};
    std::size_t space = 0;
    Wish wish{};
    View view{};
    Inbox inbox{};
    Snapshot before_sync{};
    bool is_withdrawn = false;
    bool was_answered = false;
  };
  struct Assertion {
    std::size_t space = 0;
    Value fact{};
    std::int64_t observer = 0;  ///< The entity, where it is an Observe.
    std::int64_t partner = 0;   ///< The other half of a pair, by handle.
    /// The server's number of the mailbox at which it is asserted, where it is not at the space.
    std::optional<wire::Number> mailbox{};
  };
  /// What the server has asserted at one of our entities.
  struct Told {
    std::int64_t entity = 0;
    Value body{};
    bool is_replaced = false;  // By an equal one, in the turn that is being taken.
  };

  // Saying: syndicate_client_acts.cpp.
  void resolve_spaces();
  void take_turn();
  void do_something(std::vector<wire::Event>& turn);
  void publish(std::vector<wire::Event>& turn, std::size_t space, const Value& fact);
  void publish_pair(std::vector<wire::Event>& turn, std::size_t space);
  void publish_mailbox(std::vector<wire::Event>& turn, std::size_t space);
  void observe(std::vector<wire::Event>& turn, std::size_t space);
  void retract_something(std::vector<wire::Event>& turn);
  void retract(std::vector<wire::Event>& turn, std::int64_t handle);
  void replace_something(std::vector<wire::Event>& turn);
  void sync(std::vector<wire::Event>& turn, std::size_t space);
  void use_known_mailbox(std::vector<wire::Event>& turn);
  std::int64_t assert_at(std::vector<wire::Event>& turn, Assertion assertion);
  std::int64_t new_entity(Role role, std::size_t space);
  [[nodiscard]] std::optional<std::size_t> some_space() const;
  void say(const wire::Packet& packet);

  // Being told: syndicate_client.cpp.
  void take_packet(const wire::Packet& packet);
  void note_ends(const wire::Turn& turn);
  void replace_equal(const wire::Event& publish, Entity& entity);
  void take_away(Entity& entity, const Told& told);
  [[nodiscard]] int place_in_turn(const wire::Event& event) const;
  void take_event(const wire::Event& event);
  void take_publish(const wire::Event& event, Entity& entity);
  void take_retract(const wire::Event& event, Entity& entity);
  void take_message(const wire::Event& event, Entity& entity);
  void take_sync(const wire::Event& event);
  void take_space(Entity& entity, const Value& answer);
  void take_sync_answer(Entity& entity);
  void check_pairs() const;

  PacketLine line_;
  bool has_asked_for_spaces_ = false;
  bool is_over_ = false;
  std::array<std::optional<std::int64_t>, space_count> spaces_;  // The server's oids.
  std::map<std::int64_t, Entity> entities_;
  std::map<std::int64_t, Assertion> assertions_;
  std::map<std::int64_t, Told> told_;
  std::set<std::int64_t> ending_;  // Handles, in the turn that is being taken.
  std::int64_t next_entity_ = 1;
  std::int64_t next_handle_ = 1;
};

}  // namespace avow::simulation

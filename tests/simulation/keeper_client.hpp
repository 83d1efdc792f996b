#pragma once

#include <array>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tests/simulation/client.hpp"
#include "tests/simulation/ledger.hpp"
#include "tests/simulation/packet_line.hpp"

// A client that asks keepers for commits and leases, over plain Syndicate. What it has asked for
// and was not answered outlives its connection: the next one sends the same turn again, or asks
// what came of it. Every answer is held against what the journal was given.

namespace avow::simulation {

/// Who commits; goes on when the connection is lost. One client at a time.
struct Author {
  TurnName last{};              ///< Its name, and the number of its last turn.
  std::set<TurnName> open{};    ///< Sent, and not known to be done, refused or impossible.
  std::set<TurnName> failed{};  ///< Refused: they may be sent again.
  bool is_here = false;
};

/// What the clients of keepers share.
struct KeeperWorld {
  SentCommits sent{};
  std::vector<Author> authors{};
  std::vector<std::uint64_t> leases{};  ///< All that were ever heard of.
  struct Holder {
    std::uint64_t client = 0;
    const Connection* connection = nullptr;
  };
  /// Who holds which item, as far as has been heard.
  std::map<std::uint64_t, Holder> holders{};
  // Of the server that there is now.
  const Ledger* handed_over = nullptr;
  const Ledger* committed = nullptr;
  std::uint64_t answers = 0;
};

class KeeperClient final : public Client {
 public:
  /// `author` is nobody else's until the client goes.
  KeeperClient(World& world, KeeperWorld& keepers, std::size_t author, Connection& connection,
               std::uint64_t serial);
  ~KeeperClient() override;

  void act() override;
  void send_message(std::size_t space, const Value& message) override;
  void receive(const Arrival& arrival) override;
  void tell(Truth& truth) const override;
  void check(const Truth& truth) override;
  void check_message(std::size_t, const Value&) override {}
  /// Takes a step towards knowing what came of every turn. Whether all is known.
  [[nodiscard]] bool settle();
  /// Takes so many items for good, in one commit, whatever they are.
  void take_items_of(std::size_t space, std::size_t count);
  /// What is wrong with what was taken so, if nobody else holds any; or nothing.
  [[nodiscard]] std::string check_taken() const;

 private:
  enum class Role : std::uint8_t { resolver, observer, lease, commit, outcome };
  struct Entity {
    Role role{};
    std::size_t space = 0;
    TurnName name{};          ///< Of the turn that is committed, or asked about.
    std::int64_t handle = 0;  ///< Of the request.
    bool was_answered = false;
    bool is_withdrawn = false;
  };
  struct Told {
    std::int64_t entity = 0;
    Value body{};
  };

  void introduce();
  void ask_for_something();
  void find_keepers();
  void ask_lease();
  void commit_anew();
  void send_again();
  void ask_for_outcome(const TurnName& name);
  void withdraw_something();
  void commit(const Commit& commit);
  void request(Role role, std::size_t space, const TurnName& name, const Value& body,
               std::int64_t entity);
  [[nodiscard]] bool is_under_way(const TurnName& name) const;
  [[nodiscard]] KnownIds known_ids() const;
  [[nodiscard]] Author& author() const { return keepers_.authors[author_]; }
  [[nodiscard]] bool has_keepers() const;

  void take_event(const wire::Event& event);
  void take_publish(const wire::Event& event, Entity& entity);
  void take_answer(Entity& entity, const Value& answer);
  void take_lease(Entity& entity, const Value& answer);
  void take_done(const Entity& entity, ValueView entries);
  void take_refusal(const Entity& entity, std::string_view code);
  void take_outcome(const Entity& entity, const Value& answer);
  void take_items(const Entity& entity, ValueView entries);
  void hold(std::uint64_t item);

  KeeperWorld& keepers_;
  std::size_t author_;
  PacketLine line_;
  bool is_over_ = false;
  std::array<std::optional<std::int64_t>, space_count> spaces_;
  std::array<std::optional<std::int64_t>, space_count> keeper_oids_;
  std::map<std::int64_t, Entity> entities_;
  std::map<std::int64_t, Told> told_;
  std::map<std::size_t, Value> observes_;  // By space, what finds its keeper.
  std::int64_t next_entity_ = 1;
  std::int64_t next_handle_ = 1;
  bool has_introduced_ = false;
  bool has_looked_ = false;
};

}  // namespace avow::simulation

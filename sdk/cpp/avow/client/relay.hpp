#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "avow/base/bytes.hpp"
#include "avow/base/result.hpp"
#include "avow/client/reference_map.hpp"
#include "avow/client/relay_types.hpp"
#include "avow/client/server_turn.hpp"
#include "avow/client/view.hpp"
#include "avow/wire/native.hpp"

// The client's half of a session, without socket, clock or callback: requests and frames go in,
// frames and notices come out. It keeps what the program wants (its publications, subscriptions and
// open questions) apart from the connection, and says it all again on every new one:
//
//   connected()  ->  hello comes, `open` goes  ->  opened comes  ->  everything wanted goes
//
// The number of a publication is its handle on the wire; the number of a subscription is the handle
// of its Observe and the oid of its observer; the number of a sync is the oid that is answered.

namespace avow {

class Relay {
 public:
  /// `client` says who we are, for people.
  explicit Relay(std::string client) : client_(std::move(client)) {}

  // What the program wants. Notices come back from each call, mostly none.

  /// Does all parts in one turn, now or (but for messages) when there is a link again.
  [[nodiscard]] Notices submit(TurnRequest request);
  [[nodiscard]] Notices query(ClientId id, Query query);
  void cancel_query(ClientId id);
  void sync(ClientId id);

  // What the connection tells.

  /// A new connection stands; `reference` opens the space (a `<ref …>` value).
  void connected(Value reference);
  /// One whole frame. Errors: the connection is to be cut.
  [[nodiscard]] Result<std::vector<Notices>> receive(ByteView frame);
  /// The connection is gone; nothing more of it will be received.
  [[nodiscard]] Notices disconnected();
  /// The next frame to be sent, or nothing.
  [[nodiscard]] std::optional<Bytes> next_frame();

  /// Whether the space is open.
  [[nodiscard]] bool is_open() const { return phase_ == Phase::open; }

 private:
  enum class Phase : std::uint8_t { disconnected, greeting, opening, open };

  struct Published {
    Value fact;
    bool settled = false;
  };
  struct Subscribed {
    Query query;
    View view;
    bool synced = false;
  };
  struct Asked {
    Query query;
    Rows found;
    std::set<std::string> seen;  // Normalised rows, where the query normalises.
    bool held_references = false;
  };
  // What a turn on its way is about, by number of turn.
  struct InFlight {
    std::vector<ClientId> tickets;
    std::vector<ClientId> publications;
    std::vector<ClientId> subscriptions;
    bool sends = false;

    [[nodiscard]] bool wants_receipt() const {
      return !tickets.empty() || !publications.empty() || !subscriptions.empty();
    }
  };
  // A turn being written: its events borrow from its bodies.
  struct Outgoing {
    std::vector<wire::native::Event> events;
    std::vector<Value> bodies;
    std::size_t bytes = 0;
    InFlight about;
  };

  // relay.cpp: what the program wants.
  void note(const TurnRequest& request, Outgoing& turn);
  [[nodiscard]] Result<void> check(const TurnRequest& request) const;
  [[nodiscard]] Notices refuse(TurnRequest request, const Error& why);
  void add_publish(Outgoing& turn, ClientId id, const Value& fact);
  void add_event(Outgoing& turn, wire::EventKind kind, ClientId handle, Value body);
  void add_observe(Outgoing& turn, ClientId id);
  void send_turn(Outgoing turn);
  [[nodiscard]] Notices restore();
  void ask(ClientId id);
  void ask_sync(ClientId id);
  [[nodiscard]] Bytes& room(std::size_t bytes = 256);

  // relay_receive.cpp: what the server tells.
  [[nodiscard]] Result<void> take(const wire::native::ServerMessage& message,
                                  std::vector<Notices>& told);
  void greet(const wire::native::Hello& hello);
  [[nodiscard]] Notices opened(const wire::native::Opened& answer);
  [[nodiscard]] Result<Notices> apply(ServerTurn turn);
  [[nodiscard]] Result<void> apply_event(const ServerEvent& event, Notices& told);
  [[nodiscard]] Result<void> apply_to(ClientId subscription, const ServerEvent& event,
                                      Notices& told);
  void end_snapshot(const wire::native::Synced& synced, Notices& told);
  void note_gap(const wire::native::Gap& gap, Notices& told);
  void refuse_subscription(ClientId id, Error why, Notices& told);
  void settle(const wire::native::Receipt& receipt, Notices& told);
  [[nodiscard]] Receipt as_receipt(const wire::native::Receipt& receipt) const;
  [[nodiscard]] Result<void> take_rows(const wire::native::Rows& rows, Notices& told);

  std::string client_;
  Value reference_;
  Phase phase_ = Phase::disconnected;
  ServerInfo server_;
  std::uint64_t message_bytes_max_ = 1 << 20;
  std::uint64_t turn_events_max_ = 65'536;

  // What is wanted, in the order in which it was.
  std::map<ClientId, Published> publications_;
  std::map<ClientId, Subscribed> subscriptions_;
  std::map<ClientId, Asked> queries_;
  std::set<ClientId> syncs_;
  // Tickets of turns that were done without a link.
  std::vector<ClientId> waiting_tickets_;

  // What holds for this connection only.
  std::uint64_t space_oid_ = 0;
  std::uint32_t space_number_ = 0;
  std::uint64_t revision_ = 0;
  std::uint64_t last_turn_ = 0;
  std::map<std::uint64_t, InFlight> in_flight_;
  std::unordered_map<std::uint64_t, std::vector<ClientId>> topics_;
  ServerTurnAssembly assembly_;
  ReferenceMap references_;
  std::deque<Bytes> frames_;
};

}  // namespace avow

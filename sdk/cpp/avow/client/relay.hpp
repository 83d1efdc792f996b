#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "avow/base/bytes.hpp"
#include "avow/base/clock.hpp"
#include "avow/base/result.hpp"
#include "avow/client/reference_map.hpp"
#include "avow/client/relay_types.hpp"
#include "avow/client/said.hpp"
#include "avow/client/server_turn.hpp"
#include "avow/client/view.hpp"
#include "avow/wire/native.hpp"

// The client's half of a session, without socket, clock or callback: requests and frames go in,
// frames and notices come out. It keeps what the program wants (its publications, subscriptions and
// open questions) apart from the connection, and says it all again on every new one:
//
//   connected()  ->  hello comes, `open` goes  ->  opened comes  ->  everything wanted goes
//
// On a new connection a subscription goes on from the revision up to which it has been told all: it
// is told what has changed since. Where the server cannot say that, it tells all that is there, and
// the difference is found here. What is missing after a restart of the server is not gone yet: its
// owners may be on their way back, and have for that as long as the server says (`awaits_owners`).
//
// Where the server grants a grace, the session outlives the connection: the relay goes on as if it
// stood, keeps what it says, and resumes the session on the next connection. Only if the session is
// gone by then it begins anew, as above.
//
// The number of a publication is its handle on the wire; the number of a subscription is the handle
// of its Observe and the oid of its observer; the number of a sync is the oid that is answered.

namespace avow {

class Relay {
 public:
  /// `client` says who we are, for people; `grace` is how long sessions are to outlive a lost
  /// connection.
  explicit Relay(std::string client, Milliseconds grace = Milliseconds{0})
      : client_(std::move(client)), grace_asked_(grace) {}

  // What the program wants. Notices come back from each call, mostly none.

  /// Does all parts in one turn, now or (but for messages) when there is a link again.
  [[nodiscard]] Notices submit(TurnRequest request);
  [[nodiscard]] Notices query(ClientId id, Query query);
  void cancel_query(ClientId id);
  void sync(ClientId id);
  /// The first request looks for the keeper of the space: it observes `<avow-service keeper $>`.
  [[nodiscard]] Notices ask_keeper(ClientId id, KeeperRequest request);
  /// The answer is not wanted any more; what has not been done is not done.
  void cancel_request(ClientId id);
  /// The link has ended for good: every request is answered with `why`, or with `outcome-unknown`.
  [[nodiscard]] Notices abandon_requests(const Error& why);

  // What the connection tells.

  /// A new connection stands; `reference` opens the space (a `<ref …>` value).
  void connected(Value reference);
  /// One whole frame. Errors: the connection is to be cut.
  [[nodiscard]] Result<std::vector<Notices>> receive(ByteView frame);
  /// The connection is gone; nothing more of it will be received. A session that may be resumed
  /// waits, see `waits`.
  [[nodiscard]] Notices disconnected();
  /// Whether there is a session without a connection. It is given up when its grace is over; once
  /// the server has been asked for it, it is for the server to say.
  [[nodiscard]] bool waits() const { return suspended_ && phase_ != Phase::opening; }
  [[nodiscard]] Milliseconds grace() const { return grace_; }
  /// The session will not be resumed: what hangs on it is lost.
  [[nodiscard]] Notices give_up_session();
  /// Whether there is something of which it is open whether its owners come back.
  [[nodiscard]] bool awaits_owners() const;
  /// How long they have, from the opening on.
  [[nodiscard]] Milliseconds owners_grace() const { return owners_grace_; }
  /// Their time is over: what did not come back is gone.
  [[nodiscard]] Notices stop_awaiting_owners();
  /// The right to the session; empty if it cannot be resumed.
  [[nodiscard]] const Bytes& resume_token() const { return resume_token_; }
  /// The next frame to be sent, or nothing.
  [[nodiscard]] std::optional<Bytes> next_frame();

  /// Whether there is a session in which the space is open.
  [[nodiscard]] bool is_open() const { return phase_ == Phase::open || suspended_; }
  /// Numbers the sessions, from 1: what was held in one before is held no more.
  [[nodiscard]] std::uint64_t session() const { return session_; }

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
    bool is_current = false;    // In this session it has been told all.
    std::uint64_t told_at = 0;  // The last revision at which it was told anything itself.
    /// Where it goes on in the next session, once it has been told all.
    std::optional<ResumePoint> told_through{};
    bool awaits_owners = false;
    /// Why what a snapshot lacks is gone.
    std::string missing_because = "unseen";
  };
  struct Asked {
    Query query;
    Rows found;
    std::set<std::string> seen;  // Normalised rows, where the query normalises.
    bool held_references = false;
  };
  struct Requested {
    KeeperRequest request;
    /// Of the keeper, where it was said on this connection and has not been taken back.
    std::optional<std::uint64_t> said_at{};
    /// Of the history in which it was first said; empty if it never was.
    std::string said_in{};
    bool answered = false;
  };
  // What a turn on its way is about, by number of turn.
  struct InFlight {
    std::vector<ClientId> tickets;
    std::vector<ClientId> publications;
    std::vector<ClientId> subscriptions;
    std::vector<ClientId> requests;
    bool sends = false;

    [[nodiscard]] bool wants_receipt() const {
      return !tickets.empty() || !publications.empty() || !subscriptions.empty() ||
             !requests.empty();
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

  // relay_session.cpp: the session, and what is kept so that it can be resumed.
  void begin_session();
  void resume_session();
  [[nodiscard]] Notices begin_anew();
  [[nodiscard]] Result<Notices> resumed(const wire::native::Opened& answer);
  void say(const wire::native::ClientMessage& message, std::size_t bytes = 256);
  void say_turn(const wire::native::ClientTurn& turn, std::size_t bytes);
  /// Has `write` append a message, of about so many bytes, and keeps it if it may be said again.
  template <class Write>
  void say_as(const Write& write, std::size_t bytes);
  [[nodiscard]] Notices bound_kept();
  void note_taken();
  void note_unacknowledged(std::size_t bytes);

  // relay_keeper.cpp: the keeper, both ways.
  void look_for_keeper();
  [[nodiscard]] Notices say_requests();
  [[nodiscard]] Notices say_request(ClientId id);
  void take_back(ClientId id, std::uint64_t keeper);
  void answer_request(ClientId id, Result<Value> answer, Notices& told);
  [[nodiscard]] bool is_about_keeper(ClientId target) const;
  [[nodiscard]] Result<void> apply_to_keeper(ClientId target, const ServerEvent& event,
                                             Notices& told);
  void note_keeper(const ServerEvent& event, Notices& told);
  void give_up_keeper(const Error& why, Notices& told);
  void restore_requests(Notices& told);
  void lose_requests(Notices& told);

  // relay_receive.cpp: what the server tells.
  [[nodiscard]] Result<void> take(const wire::native::ServerMessage& message,
                                  std::vector<Notices>& told);
  void greet(const wire::native::Hello& hello);
  [[nodiscard]] Result<Notices> opened(const wire::native::Opened& answer);
  [[nodiscard]] Result<Notices> apply(ServerTurn turn);
  [[nodiscard]] Result<void> apply_event(const ServerEvent& event, Notices& told);
  [[nodiscard]] Result<void> apply_to(ClientId subscription, const ServerEvent& event,
                                      Notices& told);
  void end_snapshot(const wire::native::Synced& synced, Notices& told);
  // relay_going_on.cpp: subscriptions over the loss of a session.
  [[nodiscard]] DeliveryOptions go_on(Subscribed& subscribed);
  void note_told_through();
  void tell_missing(ClientId id, Subscribed& subscribed, Notices& told);
  void note_gap(const wire::native::Gap& gap);
  void take_fault(const wire::native::SubscriptionFault& fault, Notices& told);
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
  Milliseconds owners_grace_{0};

  // What is wanted, in the order in which it was.
  std::map<ClientId, Published> publications_;
  std::map<ClientId, Subscribed> subscriptions_;
  std::map<ClientId, Asked> queries_;
  std::set<ClientId> syncs_;
  std::map<ClientId, Requested> requests_;
  // Tickets of turns that were done without a link.
  std::vector<ClientId> waiting_tickets_;

  Milliseconds grace_asked_;
  std::uint64_t session_ = 0;

  // What holds for this session only.
  Value session_reference_;
  Bytes resume_token_;
  Milliseconds grace_{0};
  bool suspended_ = false;
  Said said_;
  std::uint64_t taken_ = 0;  // How many of what the server has told have been taken in.
  std::uint64_t acknowledged_ = 0;
  std::size_t unacknowledged_bytes_ = 0;
  std::uint64_t space_oid_ = 0;
  std::uint32_t space_number_ = 0;
  std::uint64_t revision_ = 0;
  std::uint64_t epoch_ = 0;
  std::uint64_t last_turn_ = 0;
  std::map<std::uint64_t, InFlight> in_flight_;
  std::unordered_map<std::uint64_t, std::vector<ClientId>> topics_;
  enum class Search : std::uint8_t { not_begun, under_way, done };
  Search keeper_search_ = Search::not_begun;
  std::optional<std::uint64_t> keeper_oid_;
  std::uint64_t keeper_handle_ = 0;  // Of the assertion that told it.
  ServerTurnAssembly assembly_;
  ReferenceMap references_;
  std::deque<Bytes> frames_;
};

}  // namespace avow

#pragma once

#include <array>
#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <vector>

#include "avow/client/backoff.hpp"
#include "avow/client/change.hpp"
#include "avow/client/host.hpp"
#include "avow/client/listening.hpp"
#include "avow/client/options.hpp"
#include "avow/client/relay.hpp"

// A client at work: it lets the relay decide, and does. It holds the link up, calls callbacks, and
// hands what programs ask for, on whatever thread, to the one thread that it runs on (the host's).

namespace avow {

/// Calls something of the program's, which may throw: then `core` reports it.
template <class Callback, class... Arguments>
void call_back(Core& core, const Callback& callback, Arguments&&... arguments) noexcept;

class Core final : public std::enable_shared_from_this<Core>, private TransportEvents {
 public:
  using OnOpened = std::function<void(const Result<void>&)>;

  Core(Options options, std::unique_ptr<Host> host);
  ~Core();

  /// Begins to connect; `then` is told how the first connection went.
  void start(OnOpened then);

  // What programs ask for, from any thread.

  [[nodiscard]] ClientId fresh_id() { return ++last_id_; }
  /// Does `part` in a turn of its own, or in the one that is being gathered on this thread.
  void submit(Part part);
  /// `then` is told of the ticket that goes with a turn.
  [[nodiscard]] ClientId ticket(OnReceipt then);
  void accepted(ClientId publication, OnReceipt then);
  [[nodiscard]] std::shared_ptr<Listening> listen(Query query, OnChange on_change);
  [[nodiscard]] std::shared_ptr<Listening> listen_to_link(OnLink on_link);
  /// A listening has stopped.
  void forget(ClientId listening);
  void query(Query query, OnRows then);
  void sync(std::function<void(const Result<std::uint64_t>&)> then);
  // core_keeper.cpp: durable state.
  void commit(Commit commit, OnCommitted then);
  void lease(Milliseconds ttl, OnLease then, OnExpired expired);
  void give_back(const HeldItem& item);
  void end_lease(ClientId id, std::uint64_t number);
  /// It is renewed no more.
  void forget_lease(ClientId id);
  // core_last_turn.cpp
  [[nodiscard]] std::uint64_t last_turn(Commit commit, LastTurnOptions options, OnKept then);
  void forget_last_turn(ClientId id);
  [[nodiscard]] LinkState link() const;
  [[nodiscard]] ServerInfo server() const;
  [[nodiscard]] Bytes resume_token() const;
  /// Stops all listening before it returns; `then` when the link is closed.
  void close(std::function<void()> then) noexcept;
  /// Runs `job` on the host's thread, after all that this thread asked for before.
  void post(std::function<void()> job);
  [[nodiscard]] bool is_own_thread() const { return host_->is_own_thread(); }
  [[nodiscard]] const Options& options() const { return options_; }
  /// Told what concerns nobody in particular. Any thread.
  void report(const Error& error) noexcept;

  /// While it lives, everything that this thread submits to `core` goes into one turn.
  class Gathering {
   public:
    explicit Gathering(Core& core);
    Gathering(const Gathering&) = delete;
    Gathering& operator=(const Gathering&) = delete;
    ~Gathering();
    void add_ticket(ClientId ticket) { outermost_->request_.tickets.push_back(ticket); }
    /// The turn must be one, however large: nothing of it is done if it cannot be.
    void keep_whole() { outermost_->request_.may_split = false; }

   private:
    friend class Core;
    Core& core_;
    Gathering* const outer_;      // Of this thread, perhaps of another core.
    Gathering* const outermost_;  // Of this core: the one that collects.
    TurnRequest request_{.parts = {}, .tickets = {}, .may_split = true};
    std::vector<std::function<void()>> after_;
  };

 private:
  enum class Phase : std::uint8_t { idle, connecting, up, waiting, closing, ended };

  using OnKeeperAnswer = std::function<void(const Result<Value>& answer)>;
  struct Kept {
    OnKeeperAnswer then;
    bool stays = false;
  };
  struct LastTurnState;  // last_turn_state.hpp
  struct Leased {
    std::uint64_t number = 0;
    Milliseconds ttl{0};
    OnExpired expired{};
    std::unique_ptr<Timer> timer{};
    bool renewing = false;
  };
  struct PublicationState {
    std::optional<Result<Receipt>> outcome;
    std::vector<OnReceipt> waiting;
  };

  // TransportEvents
  void connected() override;
  void received(ByteView frame) override;
  void writable() override;
  void gone(Error why) override;

  // core_link.cpp: the link.
  void attempt();
  [[nodiscard]] Result<Value> reference() const;
  void opened(ServerInfo info, bool resumed);
  void mind_grace();
  void mind_owners();
  void lose(Error why, bool is_final);
  void drop_transport();
  void retry_after(Milliseconds wait, Error why);
  void end(Error why);
  void begin_closing(std::function<void()> then);
  void finish_closing();
  void set_link(LinkState state);

  // core_keeper.cpp: durable state.
  ClientId ask_keeper(KeeperRequest request, OnKeeperAnswer then);
  void ask_keeper_as(ClientId id, KeeperRequest request, OnKeeperAnswer then);
  void answer_kept(const Notice::Kept& notice);
  [[nodiscard]] TurnId fresh_turn_id();
  void do_commit(Commit commit, OnCommitted then);
  [[nodiscard]] Result<Committed> read_committed(const Result<Value>& answer, bool consumes);
  void answer_commit(const OnCommitted& then, Result<Committed> outcome);
  void do_lease(Milliseconds ttl, OnLease then, OnExpired expired);
  void renew_later(ClientId id);
  void renew(ClientId id);
  void renew_all();
  void expire(ClientId id, std::uint64_t revision);
  void fail_kept(const Error& why);

  // core_last_turn.cpp
  void do_last_turn(ClientId id, Commit commit, LastTurnOptions options, OnKept then);
  void say_last_turn(ClientId id);
  void last_turn_answered(ClientId id, const Result<Value>& answer);
  void end_last_turn(ClientId id, const Error& why);

  // core.cpp: what is told.
  void take(Notices notices);
  void take(Notice& notice);
  void tell(ClientId listening, const Change& change);
  void settle(ClientId publication, const Result<Receipt>& outcome);
  void fail_all(const Error& why);
  void enqueue(TurnRequest request);
  void do_turn(TurnRequest request);
  void do_part_of_turn(TurnRequest request);
  void refuse(const TurnRequest& request);
  [[nodiscard]] Gathering* gathering_here() const;
  void flush_soon();
  void flush();
  [[nodiscard]] std::shared_ptr<Listening> listening(ClientId id) const;
  [[nodiscard]] std::vector<std::shared_ptr<Listening>> all_listenings() const;
  static thread_local Gathering* gathering_;

  const Options options_;
  const std::unique_ptr<Host> host_;
  std::atomic<ClientId> last_id_ = 0;

  // Guards what follows it, up to the next comment: what other threads look at.
  mutable std::mutex mutex_;
  std::map<ClientId, std::shared_ptr<Listening>> listenings_;
  LinkState link_;
  ServerInfo server_;
  Bytes resume_token_;
  bool is_closed_ = false;

  // Only used on the host's thread.
  Relay relay_;
  Backoff backoff_;
  Phase phase_ = Phase::idle;
  Url url_;
  std::unique_ptr<Transport> transport_;
  bool transport_up_ = false;
  bool sending_ = false;
  bool flush_posted_ = false;
  std::unique_ptr<Timer> timer_;
  std::unique_ptr<Timer> grace_timer_;
  std::unique_ptr<Timer> owners_timer_;  // While it is open who comes back after a restart.
  std::optional<Moment> grace_ends_;     // Of a session that waits.
  std::optional<Moment> first_attempt_;
  Moment up_since_{};
  Value reference_;
  Error ended_by_server_;
  Error ended_why_;
  OnOpened on_opened_;
  std::vector<std::function<void()>> on_closed_;
  std::unordered_map<ClientId, PublicationState> publications_;
  std::unordered_map<ClientId, OnReceipt> tickets_;
  std::unordered_map<ClientId, OnRows> queries_;
  std::unordered_map<ClientId, std::function<void(const Result<std::uint64_t>&)>> syncs_;
  std::unordered_map<ClientId, Kept> kept_;
  std::map<ClientId, Leased> leases_;
  std::map<ClientId, std::unique_ptr<LastTurnState>> last_turns_;
  std::array<std::uint8_t, 16> own_id_{};  // Chosen when the first turn is named.
  std::uint64_t last_turn_number_ = 0;
};

template <class Callback, class... Arguments>
void call_back(Core& core, const Callback& callback, Arguments&&... arguments) noexcept {
  if (!callback) return;
  try {
    callback(std::forward<Arguments>(arguments)...);
  } catch (const std::exception& thrown) {
    core.report({"callback-failed", std::string("A callback threw: ") + thrown.what()});
  } catch (...) {
    core.report({"callback-failed", "A callback threw something unknown."});
  }
}

}  // namespace avow

#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "avow/base/bytes.hpp"
#include "avow/base/clock.hpp"
#include "avow/base/result.hpp"
#include "avow/model/delivery_policy.hpp"
#include "avow/model/limits.hpp"
#include "avow/model/value.hpp"
#include "avow/wire/packet.hpp"
#include "server/base/cause.hpp"
#include "server/base/hash.hpp"
#include "server/base/ids.hpp"
#include "server/dataspace/history.hpp"
#include "server/engine/query.hpp"
#include "server/engine/session_port.hpp"
#include "server/store/journal.hpp"

// The engine owns all spaces and the membranes of all sessions. Turns come in with references in
// wire form; what they come to goes out through each session's port. It is a function of its
// inputs: it reads no clock, socket, disk or random device, and what it tells never follows the
// order of a hash table. One thread owns it; there is no lock inside.
//
// What a conversation does with it:
//
//   SessionId me = engine.open_session(port);
//   auto space = engine.open_space(me, development_reference().to_value());   // JSON and native
//   engine.submit(me, {.events = …, .ticket = Ticket{7}, .wants_receipt = true});
//   engine.query(me, {.ticket = Ticket{8}, .target = space->oid, .patterns = {…}});
//   engine.close_session(me, Cause::closed);
//
// Everything is answered through the port, mostly before the call returns; while the engine is busy
// (a port calls back) it is queued, and answered after the call.

namespace avow::server {

/// What a session, a turn and a query may cost. Published in docs/PROTOCOL.md.
struct EngineLimits {
  std::size_t turn_events_max = 65'536;
  std::size_t session_facts_max = 250'000;          ///< Assertions that a session holds up.
  std::size_t session_bytes_max = 128 << 20;        ///< Their values together.
  std::size_t session_subscriptions_max = 100'000;  ///< `Observe` among them.
  std::size_t session_references_max = 100'000;     ///< Each of exported and imported references.
  std::size_t query_patterns_max = 64;
  std::uint32_t shapes_per_label_max = 1'024;
  std::uint32_t hops_max = 16;
  /// While more than this waits for the disk, no input is to be taken. It is looked at between
  /// inputs, so the largest one comes on top.
  std::size_t held_bytes_max = 256 << 20;
  /// Events that one turn from outside may lead to at entities inside the server, over all hops.
  std::size_t echoes_max = 65'536;
  PatternLimits pattern;
  /// What the system space tells of sessions and spaces; how many facts more there would be is told
  /// instead.
  std::size_t session_facts_told_max = 10'000;
  std::size_t session_bytes_told_max = 16 << 20;
  /// What a space remembers for observers that go on, and all spaces together.
  HistoryLimits history;
  std::size_t history_bytes_max = 256 << 20;

  /// What one step does for those who catch up, counted in changes: others are served in between.
  std::size_t catch_up_changes_max = 8'192;

  /// Of what is there, an observer whose client can be told so is told about as much in one turn,
  /// and the rest in turns of their own.
  std::size_t snapshot_part_bytes = 256 << 10;
  /// More facts than that are held against a new pattern in steps, as its observers are told so,
  /// and are looked at in steps for a query.
  std::uint32_t facts_held_at_once = 4'096;

  /// Queries of one session that wait for what it is to be told, or for what they ask to be found.
  std::size_t waits_max = 1'024;

  // What keepers take.
  std::size_t commit_ops_max = 65'536;
  std::size_t space_durable_bytes_max = std::size_t{1} << 30;  ///< Values kept for one space.
  std::size_t query_bytes_max = 256 << 20;                     ///< Rows of one query.
  Milliseconds wait_max = std::chrono::hours(24);
  Milliseconds lease_ttl_min{50};
  Milliseconds lease_ttl_max = std::chrono::hours(24 * 30);
  /// How long it is known what came of named turns.
  std::size_t outcomes_per_client_max = 1'000'000;
  Milliseconds outcome_age_max = std::chrono::hours(24);
  /// So many are never too old: a wall clock that jumped ahead makes nothing be done twice.
  std::size_t outcomes_kept_min = 100'000;
};

/// What is true of a turn when it is answered.
enum class Level : std::uint8_t {
  accepted,  ///< It is done, and survives whatever the server survives.
  durable,   ///< It is on the disk.
};

struct EngineOptions {
  EngineLimits limits;
  HashKey hash_key;         ///< Random.
  Bytes server_key;         ///< Signs sturdy references. Empty: the development key.
  std::uint64_t epoch = 1;  ///< Random, not zero: names the history, unless a journal does.
  /// Where durable turns go; must outlive the engine. Nothing: nothing lasts, and nobody waits.
  Journal* journal = nullptr;
  /// What the journal's word is worth. Of one that keeps nothing: `accepted`.
  Level journal_level = Level::durable;
  /// The wall clock at the first tick, in milliseconds since 1970: it says how old the outcome of a
  /// named turn is, and nothing else.
  std::uint64_t wall_ms = 0;
  /// Names of spaces in which nobody waits for the journal; answers there say `accepted`.
  std::set<std::string, std::less<>> relaxed_spaces;
};

/// One turn from outside. All of it takes effect together, or none.
struct InboundTurn {
  /// References in wire form: oids of events and in bodies are those of the session.
  std::vector<wire::Event> events;
  Ticket ticket{};
  /// An applied turn is answered with a receipt. A refused one always is.
  bool wants_receipt = false;
};

/// A live reference to a dataspace, exported to the session.
struct OpenedSpace {
  std::int64_t oid = 0;  ///< The server's number of it, to be used as target.
  SpaceId space{};
  std::string name;  ///< `main`, or what the reference's `<space "…">` says.
  std::uint64_t epoch = 0;
  std::uint64_t revision = 0;  ///< The space's last.
  std::uint64_t seq = 0;       ///< The server's last.
};

struct EngineCounters {
  std::uint64_t turns_applied = 0;
  std::uint64_t turns_refused = 0;
  std::uint64_t events_admitted = 0;
  std::uint64_t deliveries = 0;
  std::uint64_t queries = 0;
  std::uint64_t echoes_dropped = 0;        ///< Over the hop limit, or too many from one turn.
  std::uint64_t messages_dropped = 0;      ///< To a session that did not hold a reference in them.
  std::uint64_t sessions_ended = 0;        ///< By the engine, for breaking the rules.
  std::uint64_t actors_failed = 0;         ///< Inside the server.
  std::uint64_t gaps = 0;                  ///< Times that an observer has fallen behind.
  std::uint64_t caught_up = 0;             ///< Times that one was told what it had missed.
  std::uint64_t resyncs = 0;               ///< Times that one was told everything anew.
  std::uint64_t messages_missed = 0;       ///< By observers that were behind.
  std::uint64_t snapshot_parts = 0;        ///< Told in turns of their own.
  std::uint64_t snapshots_begun_anew = 0;  ///< Since their clients fell behind.
  std::uint64_t observers_closed = 0;      ///< By their policies, instead of a gap.
};

/// A space as somebody who watches the server sees it.
struct SpaceStatus {
  SpaceId space{};
  std::string name;
  std::uint64_t revision = 0;
  std::uint64_t facts = 0;
  std::uint64_t interests = 0;
  std::uint64_t topics = 0;
  std::uint64_t history_floor = 0;  ///< All that changed above this revision can be told.
  std::uint64_t history_turns = 0;
  std::uint64_t history_bytes = 0;
};

class Engine {
 public:
  explicit Engine(EngineOptions options);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  /// Begins a session, whose only live reference is the gatekeeper under oid 0. `port` must live
  /// until the session is closed.
  [[nodiscard]] SessionId open_session(SessionPort& port);
  /// So long whoever keeps the session lets it outlive a lost connection. What is to be done if it
  /// is lost is done no sooner after a restart.
  void set_grace(SessionId session, Milliseconds grace);
  /// Ends a session: its port is not used again, its assertions go in one turn, with `cause`; if
  /// that is `session-lost`, its last turns are run in the same turn, and if it is
  /// `server-restart` they are left for the next start. Nothing happens if the engine has ended it
  /// before.
  void close_session(SessionId session, Cause cause);

  /// Applies a turn whole, or refuses it whole. What breaks the protocol's rules (a handle used
  /// twice, a reference that a message introduces, an embedded value that is no reference) ends the
  /// session; what is over a limit is refused with a receipt. Ignored: events for unknown oids,
  /// retractions of unknown handles, what a caveat stops.
  void submit(SessionId session, InboundTurn turn);

  /// Turns a sturdy reference (`<ref {oid: … sig: …}>`) into a live one, as the gatekeeper does,
  /// and exports it to the session; it stays exported until the session ends or
  /// `release_reference`. Answered at once. Errors: `invalid`, `sturdyref-failed-validation`,
  /// `unsupported`, `quota`.
  [[nodiscard]] Result<OpenedSpace> open_space(SessionId session, ValueView sturdy_reference);
  /// Gives back what `open_space` or `open_keeper` exported. Each call undoes one.
  void release_reference(SessionId session, std::int64_t oid);

  /// Whether the session may use `oid` as a target: whether we export it. (Events for others are
  /// ignored, as the protocol wants it; who can say so does.)
  [[nodiscard]] bool is_exported(SessionId session, const wire::Number& oid) const;

  /// The client of this session does not take what it is told. From the next turn on its observers
  /// are told nothing that changes, but that they miss it; so nothing more piles up for it. All
  /// else (receipts, answers, what others do at its entities) is told as ever. Only for a session
  /// whose port can be told of a gap, see `SessionPort::tells_what_went`. May be called at any
  /// time, by the port too.
  void fall_behind(SessionId session);
  /// It has taken what it was told; if it was behind, all of that. Its observers are told what they
  /// have missed and the rest of their snapshots, at the ticks to come (`has_steps`).
  void has_room(SessionId session);

  /// The client grants more to those of its subscriptions whose observer is its entity `observer`,
  /// and which were begun with the option `credit`. What they have missed they are told at the
  /// ticks to come. Errors: `unknown-subscription`, `limit`; then nothing is granted.
  [[nodiscard]] Result<void> grant(SessionId session, std::int64_t observer,
                                   const DeliveryCredit& more);

  /// Answers what the patterns match, at one cut, through the port. Passes the caveats of the
  /// reference as an Observe would: what they stop has no rows. References in rows are exported to
  /// the session, and stay so until `release_rows` or the end of the session.
  /// Answered at once, with what is there now. A query that would have to look at more than
  /// `facts_held_at_once` is answered at one of the ticks to come (`has_steps`), when it has looked
  /// at all of them, with what is there then: at a cut that has all that the session has done
  /// before it, and perhaps what it has done since; that does not wait for it. Errors: `limit`, if
  /// `waits_max` of the session wait already.
  void query(SessionId session, Query query);
  /// The references in the rows of that query are not needed any more. One that has not been
  /// answered yet will not be.
  void release_rows(SessionId session, Ticket ticket);

  /// Exports the keeper of the space that `space_oid` leads to; as `open_space` otherwise. Errors:
  /// `unsupported`, if it leads to no space or there are caveats on the way; `quota`.
  [[nodiscard]] Result<std::int64_t> open_keeper(SessionId session, std::int64_t space_oid);

  /// Reads what the journal has and goes on from there: to be called before anything else, if
  /// there is a journal. `progress` is told now and then how many rows of all are read. Blocks.
  /// Errors: those of the journal; `corrupt`.
  [[nodiscard]] Result<HistoryStart> recover(
      const std::function<void(std::uint64_t rows, std::uint64_t of)>& progress = {});

  // What the journal says, handed over on the engine's thread (see JournalListener).
  /// Durable turns up to `seq` are committed: tells what has waited for them.
  void committed(std::uint64_t seq);
  void reserved(std::uint64_t through);
  /// Whether there is room on the disk. If not, what lasts is refused with `no-space`; everything
  /// else goes on.
  void room(bool is_there);
  /// Nothing is certain any more: every session ends with `outcome-unknown`, and nothing that
  /// waited is ever told. The server is to end.
  void failed(const Error& why);

  /// Memory that turns take which the journal has not written, and what waits for them, about.
  /// Whoever feeds the engine bounds it by reading less: see `EngineLimits::held_bytes_max`.
  [[nodiscard]] std::size_t held_bytes() const;

  /// Time, for what is sampled or expires. Never steps back.
  void pass_time(Moment now);
  /// When time has to pass for something to happen on time. Nothing if nothing waits. Ask after
  /// each input.
  [[nodiscard]] std::optional<Moment> next_due() const;

  /// Whether something goes on in steps, so that others are served in between: what observers have
  /// missed and the rest of their snapshots, new shapes, queries that look at many facts, what
  /// nobody observes any more.
  [[nodiscard]] bool has_steps() const;
  /// Time passes, and a step is done.
  void tick(Moment now);
  /// When a tick is needed: at once, which is the beginning of time, if there are steps.
  [[nodiscard]] std::optional<Moment> next_deadline() const;

  [[nodiscard]] std::uint64_t epoch() const;
  /// What came of named turns is known of all turns after this one.
  [[nodiscard]] std::uint64_t outcomes_known_above() const;
  /// The number of the last applied turn.
  [[nodiscard]] std::uint64_t seq() const;
  /// The highest number that was handed out: of a turn, or of an item or a lease. A journal that is
  /// closed goes on above it.
  [[nodiscard]] std::uint64_t last_number() const;
  [[nodiscard]] const EngineLimits& limits() const;
  [[nodiscard]] const EngineCounters& counters() const;
  [[nodiscard]] std::size_t session_count() const;
  /// Live references of all kinds. Two stand for the gatekeeper and for nobody.
  [[nodiscard]] std::size_t reference_count() const;
  /// The name of a living space, or nothing.
  [[nodiscard]] std::optional<std::string> space_name(SpaceId space) const;
  /// In the order in which they began.
  [[nodiscard]] std::vector<SpaceStatus> spaces() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace avow::server

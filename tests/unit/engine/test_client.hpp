#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "avow/capability/sturdy_reference.hpp"
#include "avow/model/text.hpp"
#include "server/engine/engine.hpp"

// A client of an engine, for tests: it says packets in text, and remembers what it is told.

namespace avow::server::testing {

/// Matches each of the facts `<n 1>`, `<n 2>` …, and captures its number.
inline constexpr std::string_view numbers = "<group <rec n> {0: <bind <_>>}>";

/// One event as a test reads it.
struct Told {
  std::int64_t oid = 0;
  OutboundKind kind{};
  std::string body;
  std::uint64_t handle = 0;
  Cause cause = Cause::none;
  bool by_topic = false;
  std::uint64_t revision = 0;     ///< Of a change.
  std::size_t capture_bytes = 0;  ///< Likewise: how many the turn's content has of it.
};

/// `9 + [1]`, `9 - ` (`9 - [1]`, if it is told what went), `9 ! [1]`, `9 ? #:[0 3]` (a sync), `9 =
/// #t` (the answer to one).
[[nodiscard]] std::string text_of(const Told& told);

[[nodiscard]] EngineOptions test_options();

/// A reference to the space `orders`, signed with the development key.
inline constexpr std::string_view orders =
    "<ref {oid: <space \"orders\"> sig: #x\"b66d31444b794cd253d03c365e7132dd\"}>";

class TestClient final : public SessionPort {
 public:
  explicit TestClient(Engine& engine) : engine_(engine), session_(engine.open_session(*this)) {}
  ~TestClient() { close(Cause::closed); }
  TestClient(const TestClient&) = delete;
  TestClient& operator=(const TestClient&) = delete;

  /// Sends one turn packet, in text. `%` in it stands for the oid of the space.
  void say(std::string_view packet);
  /// As above, and asks for a receipt.
  const Receipt& ask(std::string_view packet);
  /// Resolves the development reference, or another; `%` means this space from now on.
  std::int64_t resolve(std::string_view reference = {});
  /// Asserts an Observe of `pattern` for entity `oid`, under `handle`.
  void observe(std::int64_t oid, std::string_view pattern, std::int64_t handle);
  void close(Cause cause);

  /// What was said since the last call, event by event.
  [[nodiscard]] std::vector<std::string> heard();
  [[nodiscard]] std::vector<std::string> heard_at(std::int64_t oid);

  [[nodiscard]] SessionId session() const { return session_; }
  [[nodiscard]] Engine& engine() { return engine_; }

  [[nodiscard]] bool tells_what_went() const override { return hears_what_went; }
  [[nodiscard]] bool always_tells_what_went() const override { return hears_all_that_went; }
  [[nodiscard]] bool has_room() override { return room; }
  void turn(const OutboundTurn& turn) override;
  void answer(const QueryAnswer& answer) override { answers.push_back(answer); }
  void ended(const Error& why) override { end = why; }
  [[nodiscard]] PortStatus status() const override { return port_status; }

  std::vector<Told> told;
  std::vector<std::size_t> turn_sizes;  ///< Events of each turn that had any.
  std::vector<Receipt> receipts;
  std::vector<TopicNotice> topics;
  std::vector<ResyncNotice> resyncs;
  std::vector<std::size_t> told_before_resyncs;  ///< How many events had been told by then.
  std::vector<ProgressNotice> progress;
  std::vector<GapNotice> gaps;
  std::vector<CaughtUpNotice> caught_up;
  std::vector<QueryAnswer> answers;
  std::optional<Error> end;
  PortStatus port_status{.protocol = "test", .peer = "here"};  ///< What it says of itself.
  std::int64_t space = 0;
  bool hears_what_went = true;
  bool hears_all_that_went = false;
  bool room = true;  ///< Whether it may be told another part of a snapshot.

 private:
  void submit(std::string_view packet, bool wants_receipt);

  Engine& engine_;
  SessionId session_;
  std::size_t heard_ = 0;
  std::int64_t next_resolve_ = 1'000'000;
};

}  // namespace avow::server::testing

#include <deque>
#include <vector>

#include "avow/model/builder.hpp"
#include "tests/bench/sockets/native_session.hpp"
#include "tests/bench/sockets/workloads.hpp"
#include "tests/bench/support/stopwatch.hpp"

// mass_end: many clients with facts end at once, and one watcher is to be told of all of them.

namespace avow::bench {
namespace {

/// Counts what a session is told of facts that come and go.
class Watcher {
 public:
  explicit Watcher(std::uint16_t port) : session_(port) { session_.observe(1, "<f $ $>"); }

  void take_what_is_there() {
    for (ByteView more = session_.socket.receive_within(0); !more.empty();
         more = session_.socket.receive_within(0)) {
      take(more);
    }
  }
  void wait_for(const std::size_t& count, std::size_t due) {
    while (count < due) take(session_.socket.receive());
    if (count != due) fail("more facts came or went than there were");
  }
  [[nodiscard]] const std::size_t& came() const { return came_; }
  [[nodiscard]] const std::size_t& went() const { return went_; }

 private:
  void take(ByteView more) {
    session_.messages.take(more, [&](const wire::native::ServerMessage& message) {
      const auto* const batch = std::get_if<wire::native::Batch>(&message);
      if (batch == nullptr) return;
      for (const wire::native::Event& event : batch->events) {
        ++(event.kind == wire::EventKind::publish ? came_ : went_);
      }
    });
  }

  NativeSession session_;
  std::size_t came_ = 0;
  std::size_t went_ = 0;
};

void hold(NativeSession& session, std::size_t first, std::size_t count) {
  std::vector<Value> facts;
  std::vector<wire::native::Event> events;
  for (std::size_t i = 0; i < count; ++i) {
    facts.push_back(record("f", "k." + std::to_string(1'000'000 + first + i), payload_text()));
    events.push_back({.target = session.space,
                      .handle = i + 1,
                      .body = facts.back().bytes(),
                      .kind = wire::EventKind::publish});
  }
  session.turn(events);
}

}  // namespace

void mass_end(std::uint16_t port, const Arguments& arguments, LoadReport& report) {
  const std::size_t clients = arguments.number("clients", 1'000);
  const std::size_t facts = arguments.number("facts", 100);
  Watcher watcher(port);
  std::deque<NativeSession> sessions;
  for (std::size_t i = 0; i < clients; ++i) {
    hold(sessions.emplace_back(port), i * facts, facts);
    watcher.take_what_is_there();
  }
  watcher.wait_for(watcher.came(), clients * facts);
  report.begin();
  const double begin = wall_seconds();
  sessions.clear();
  watcher.wait_for(watcher.went(), clients * facts);
  report.add("seconds", wall_seconds() - begin);
  report.end();
}

}  // namespace avow::bench

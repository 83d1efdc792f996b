#include <benchmark/benchmark.h>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "avow/base/bytes.hpp"
#include "avow/base/check.hpp"
#include "server/engine/engine.hpp"
#include "server/session/conversation.hpp"
#include "server/session/resumable_sessions.hpp"

// One fact told to the sessions of many clients: all of the server but its sockets, from the text
// of a JSON request to the bytes that each session is to be written.

namespace avow::bench {
namespace {

using server::Conversation;
using server::Departure;
using server::FrameType;

class Silent final : public server::Shell {
 public:
  void output_ready() override {}
};

server::EngineOptions options() {
  server::EngineOptions options;
  options.hash_key = {1, 2};
  return options;
}

class Crowd {
 public:
  explicit Crowd(std::int64_t observers) : engine_(options()), sessions_(Bytes{}) {
    for (std::int64_t i = 0; i < observers; ++i) {
      observers_.push_back(connect());
      say(*observers_.back(), R"({"observe": "<temperature $room $degrees>", "id": 1})");
      AVOW_CHECK(take_all(*observers_.back()) > 0);
    }
    publisher_ = connect();
  }
  Crowd(const Crowd&) = delete;
  Crowd& operator=(const Crowd&) = delete;
  ~Crowd() {
    publisher_->departed(Departure::closed);
    for (const auto& observer : observers_) observer->departed(Departure::closed);
  }

  /// A fact comes and goes: two turns, each told to all.
  void change() {
    for (const std::string_view request :
         {std::string_view(R"({"publish": {"<temperature>": ["kitchen", 21.5]}, "id": 1})"),
          std::string_view(R"({"retract": 1})")}) {
      say(*publisher_, request);
      for (const auto& observer : observers_) AVOW_CHECK(take_all(*observer) > 0);
    }
    (void)take_all(*publisher_);
  }

 private:
  std::unique_ptr<Conversation> connect() {
    auto client = server::open_conversation(engine_, sessions_, server::Protocol::json,
                                            {.description = "bench", .local = true}, shell_, {});
    (void)take_all(*client);
    return client;
  }
  static void say(Conversation& client, std::string_view text) {
    client.receive({}, FrameType::text, bytes_of(text));
    AVOW_CHECK(!client.ending().has_value());
  }
  static std::size_t take_all(Conversation& client) {
    constexpr std::size_t frame_bytes_max = 64 << 10;
    std::size_t bytes = 0;
    while (const auto frame = client.outbox().take(frame_bytes_max)) {
      bytes += frame->size;
      client.outbox().written();
    }
    return bytes;
  }

  Silent shell_;
  server::Engine engine_;
  server::ResumableSessions sessions_;
  std::vector<std::unique_ptr<Conversation>> observers_;
  std::unique_ptr<Conversation> publisher_;
};

void bm_tell_by_sessions(benchmark::State& state) {
  Crowd crowd(state.range(0));
  for ([[maybe_unused]] auto _ : state) crowd.change();
  const std::int64_t deliveries = state.iterations() * 2 * state.range(0);
  state.SetItemsProcessed(deliveries);
}
BENCHMARK(bm_tell_by_sessions)->Arg(10)->Arg(100)->Arg(1'000)->Arg(9'000);

}  // namespace
}  // namespace avow::bench

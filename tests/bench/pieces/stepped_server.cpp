#include "tests/bench/pieces/stepped_server.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "avow/base/bytes.hpp"
#include "avow/base/check.hpp"
#include "tests/bench/support/stopwatch.hpp"

namespace avow::bench {
namespace {

constexpr std::size_t frame_bytes_max = 64 << 10;

server::EngineOptions options() {
  server::EngineOptions options;
  options.hash_key = {1, 2};
  options.limits.session_facts_max = std::numeric_limits<std::uint32_t>::max();
  options.limits.session_bytes_max = std::numeric_limits<std::size_t>::max();
  return options;
}

template <class Work>
void measure(Pieces& pieces, const Work& work) {
  const double begin = thread_seconds();
  work();
  const double seconds = thread_seconds() - begin;
  ++pieces.count;
  pieces.together += seconds;
  if (seconds <= pieces.longest) return;
  pieces.longest = seconds;
  pieces.longest_at = pieces.count;
}

// As a connection does: so many in a call of the kernel.
void let_go(std::vector<server::Block>& blocks, Pieces& pieces, std::string* text) {
  constexpr std::size_t blocks_a_call = 64;
  for (std::size_t begin = 0; begin < blocks.size(); begin += blocks_a_call) {
    measure(pieces, [&] {
      const std::size_t end = std::min(begin + blocks_a_call, blocks.size());
      for (std::size_t i = begin; i < end; ++i) {
        if (text != nullptr) text->append(text_of(*blocks[i]));
        blocks[i].reset();
      }
    });
  }
}

}  // namespace

SteppedServer::SteppedServer() : engine_(options()), sessions_(Bytes{}) {}
SteppedServer::~SteppedServer() = default;

SteppedServer::Client SteppedServer::connect(server::Protocol protocol) {
  Client client = server::open_conversation(engine_, sessions_, protocol,
                                            {.description = "bench", .local = true}, shell_, {});
  Pieces greeting;
  write(*client, greeting);
  return client;
}

void SteppedServer::disconnect(Client client, Pieces& pieces) {
  measure(pieces, [&] { client->departed(server::Departure::closed); });
}

void SteppedServer::say(server::Conversation& client, std::string_view message, Pieces& pieces) {
  measure(pieces, [&] { client.receive({}, server::FrameType::text, bytes_of(message)); });
  AVOW_CHECK(!client.ending().has_value());
}

bool SteppedServer::step(Pieces& pieces) {
  if (!engine_.next_deadline()) return false;
  measure(pieces, [this] { engine_.tick(Moment(Milliseconds(++now_ms_))); });
  return true;
}

void SteppedServer::write(server::Conversation& client, Pieces& pieces, std::string* text) {
  std::optional<server::OutgoingFrame> frame;
  const auto take = [&] { frame = client.outbox().take(frame_bytes_max); };
  for (measure(pieces, take); frame; measure(pieces, take)) {
    if (text != nullptr) text->append(text_of(frame->run));
    let_go(frame->blocks, pieces, text);
    measure(pieces, [&] { client.written(); });
  }
}

}  // namespace avow::bench

#include "tests/budget/json_exchange.hpp"

#include <optional>
#include <string>

#include "avow/base/bytes.hpp"
#include "avow/base/check.hpp"

namespace avow::budget {

using server::Conversation;
using server::Departure;
using server::FrameType;

namespace {

server::EngineOptions options() {
  server::EngineOptions options;
  options.hash_key = {1, 2};
  return options;
}

}  // namespace

JsonExchange::JsonExchange()
    : engine_(options()), sessions_(Bytes{}), observer_(connect()), asking_(connect()) {
  say(*observer_, R"({"observe": "<temperature $room $degrees>", "id": 1})");
}

JsonExchange::~JsonExchange() {
  asking_->departed(Departure::closed);
  observer_->departed(Departure::closed);
}

std::unique_ptr<Conversation> JsonExchange::connect() {
  std::unique_ptr<Conversation> client =
      server::open_conversation(engine_, sessions_, server::Protocol::json,
                                {.description = "budget", .local = true}, shell_, {});
  AVOW_CHECK(take_all(*client) > 0);
  return client;
}

void JsonExchange::round_trip(std::size_t number) {
  const std::string room = "\"room " + std::to_string(number % 50) + "\"";
  const std::string fact = R"({"<temperature>": [)" + room + ", 21.5]}";
  AVOW_CHECK(say(*asking_, R"({"publish": )" + fact + R"(, "id": 2})") > 0);
  AVOW_CHECK(say(*asking_, R"([{"send": )" + fact + R"(, "id": 3}])") > 0);
  AVOW_CHECK(say(*asking_, R"({"query": "<temperature $room _>", "id": 4})") > 0);
  AVOW_CHECK(say(*asking_, R"([{"retract": 2}, {"sync": null, "id": 5}])") > 0);
  AVOW_CHECK(take_all(*observer_) > 0);
}

std::size_t JsonExchange::say(Conversation& client, std::string_view text) {
  client.receive({}, FrameType::text, bytes_of(text));
  AVOW_CHECK(!client.ending().has_value());
  return take_all(client);
}

std::size_t JsonExchange::take_all(Conversation& client) {
  constexpr std::size_t frame_bytes_max = 64 << 10;
  std::size_t bytes = 0;
  while (const std::optional<server::OutgoingFrame> frame = client.outbox().take(frame_bytes_max)) {
    bytes += frame->size;
    client.outbox().written();
  }
  return bytes;
}

}  // namespace avow::budget

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "tests/simulation/json_client.hpp"

// A JSON client whose session outlives its connection: it keeps what the server has not taken in,
// knows what it has taken in itself, and comes back.

namespace avow::simulation {
namespace {

namespace json = boost::json;

constexpr const char* long_grace = R"(,"grace":60000)";

}  // namespace

std::string JsonClient::grace() {
  return world().resume && random().chance(2, 3) ? long_grace : "";
}

void JsonClient::lose_link() { presence_ = Presence::away; }

void JsonClient::come_back(Connection& connection) {
  Client::come_back(connection);
  presence_ = Presence::coming_back;
  heard_hello_ = false;
  send(R"({"resume":")" + token_ + R"(","received":)" + std::to_string(number_) + R"(,"id":0})");
}

// Each message says its number last, so none can be missing or come twice.
void JsonClient::take_own(const json::object& event, std::string_view op) {
  note_received(event.at("received").to_number<std::uint64_t>());
  if (op == "acknowledge") return;
  ++number_;
  expect(event.at("number").to_number<std::uint64_t>() == number_,
         "told " + json::serialize(event) + " where number " + std::to_string(number_) + " is due");
  if (random().chance(1, 8)) send(R"({"acknowledge":)" + std::to_string(number_) + "}");
}

void JsonClient::take_return(const json::object& event, std::string_view op) {
  if (!event.contains("id")) {
    presence_ = Presence::away;  // It came too late on this connection, and may try another.
    return;
  }
  if (op != "ok") {
    presence_ = Presence::gone;
    return expect(event.at("code").as_string() == "session-gone",
                  "comes back, and is told " + json::serialize(event));
  }
  presence_ = Presence::here;
  note_received(event.at("received").to_number<std::uint64_t>());
  for (const std::string& request : unacknowledged_) send(request);
}

// What is told again says what was true when it was told first.
void JsonClient::note_received(std::uint64_t count) {
  expect(count <= said_, "the server has taken in more than was said");
  while (!unacknowledged_.empty() && said_ - unacknowledged_.size() < count) {
    unacknowledged_.pop_front();
  }
}

}  // namespace avow::simulation

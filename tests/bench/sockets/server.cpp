#include "tests/bench/sockets/server.hpp"

#include "avow/model/builder.hpp"

namespace avow::bench {

Socket Server::holder(std::size_t, std::size_t) { fail("this server holds no facts of a client"); }

Socket Server::watcher() { fail("this server holds no facts of a client"); }

std::string payload_text() { return std::string(100, 'x'); }

std::string topic_text(std::uint32_t number) {
  const std::string digits = std::to_string(number);
  return "t." + std::string(7 - digits.size(), '0') + digits;
}

std::string topic_pattern(std::uint32_t number, Selection selection) {
  return "<t \"" + topic_text(number) + (selection == Selection::wildcard ? "\" _ $>" : "\" $>");
}

Value topic_fact(std::uint32_t number, Selection selection) {
  if (selection == Selection::literal) return record("t", topic_text(number), payload_text());
  return record("t", topic_text(number), "a", payload_text());
}

}  // namespace avow::bench

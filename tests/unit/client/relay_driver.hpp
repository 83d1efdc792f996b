#pragma once

#include <gtest/gtest.h>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "avow/client/relay.hpp"
#include "avow/model/text.hpp"
#include "tests/unit/client/fake_server.hpp"

namespace avow::test {

/// A relay and the server that it speaks to.
class RelayDriver {
 public:
  explicit RelayDriver(Milliseconds grace = Milliseconds{0}) : relay("test", grace) {}

  Relay relay;
  Heard heard;
  /// All that the client has learnt, in order.
  std::vector<Notice> notices;

  /// A connection on which the space is open.
  void connect(std::uint64_t revision = 10) {
    relay.connected(record("ref", "token"));
    tell(frame_of({hello()}));
    tell(frame_of({opened(revision)}));
  }
  /// One that is opened by that answer.
  void connect_with(const wire::native::Opened& answer) {
    relay.connected(record("ref", "token"));
    tell(frame_of({hello()}));
    tell(frame_of({answer}));
  }
  void disconnect() { add(relay.disconnected()); }
  void tell(const Bytes& frame) {
    auto turns = relay.receive(frame);
    ASSERT_TRUE(turns.has_value()) << turns.error().detail;
    for (Notices& turn : *turns) add(std::move(turn));
    deliver();
  }
  void submit(std::vector<Part> parts, std::vector<ClientId> tickets = {}) {
    add(relay.submit({std::move(parts), std::move(tickets)}));
    deliver();
  }
  /// Hands everything that waits to be sent to the server.
  void deliver() {
    while (auto frame = relay.next_frame()) heard.frame(*frame);
  }

  /// The changes told to a subscription, as text: `+ ["ann"]`, `- ["ann"] closed`, `= 11`.
  [[nodiscard]] std::vector<std::string> changes(ClientId subscription) const {
    std::vector<std::string> all;
    for (const Notice& notice : notices) {
      const auto* told = std::get_if<Notice::Told>(&notice.what);
      if (told == nullptr || told->subscription != subscription) continue;
      all.push_back(text_of(told->change));
    }
    return all;
  }
  template <class Kind>
  [[nodiscard]] std::vector<Kind> all() const {
    std::vector<Kind> found;
    for (const Notice& notice : notices) {
      if (const auto* one = std::get_if<Kind>(&notice.what)) found.push_back(*one);
    }
    return found;
  }

 private:
  static std::string text_of(const Change& change) {
    const std::string captures = to_text(change.captures);
    switch (change.kind) {
      case Change::Kind::add:
        return "+ " + captures;
      case Change::Kind::remove:
        return "- " + captures + " " + change.cause;
      case Change::Kind::message:
        return "! " + captures;
      case Change::Kind::synced:
        return "= " + std::to_string(change.revision);
      case Change::Kind::missed:
        return "missed " + std::to_string(change.missed);
      case Change::Kind::refused:
        return "refused " + change.error.code;
    }
    return "";
  }
  void add(Notices more) {
    for (Notice& notice : more) notices.push_back(std::move(notice));
  }
};

/// `<present $who>`, captures only.
[[nodiscard]] inline Query present_query() {
  return Query(*parse_pattern_text("<present $who>"), Want::captures);
}
[[nodiscard]] inline Value present(const char* who) { return record("present", who); }

}  // namespace avow::test

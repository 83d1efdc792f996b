#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <optional>
#include <string>
#include <vector>

#include "avow/client/relay.hpp"
#include "avow/model/builder.hpp"
#include "avow/model/pattern_text.hpp"
#include "avow/model/text.hpp"
#include "server/engine/engine.hpp"
#include "tests/unit/session/json_peer.hpp"
#include "tests/unit/session/sdk_link.hpp"

// V-N3 for native frames: the SDK's relay at one end of a connection and the server's conversation
// at the other, and a cut at every place where one can make a difference: between any two messages,
// in either direction. (A message of which a part has come is one that has not come.)

namespace avow::test {
namespace {

using server::Engine;
using server::EngineOptions;
using server::ResumableSessions;
using server::test::JsonPeer;

constexpr int events = 50;
constexpr ClientId first_fact = 100;
constexpr ClientId first_ticket = 1'000;

// Ann hears a stream of events while she publishes one of facts, of which Bob is told.
class CutStream {
 public:
  CutStream() {
    bob_.say(R"({"observe": "<fact $n>", "id": 1})");
    const Query ticks(*parse_pattern_text("<tick $n>"), Want::captures);
    do_turn({{Part::Observe{subscription, ticks}}});
    link_.move();
  }

  /// Returns whether the connection was cut.
  bool run(Budget down, Budget up) {
    link_.cut_after(down, up);
    for (int i = 0; i < events; ++i) {
      bob_hears(bob_.say(R"({"send": "<tick )" + std::to_string(i) + R"(>"})"));
      do_turn({{Part::Publish{first_fact + static_cast<ClientId>(i), record("fact", i)}}},
              first_ticket + static_cast<ClientId>(i));
      link_.move();
    }
    const bool was_cut = link_.is_lost();
    if (was_cut) link_.connect();
    link_.move();
    return was_cut;
  }

  [[nodiscard]] std::vector<std::string> ticks() const {
    std::vector<std::string> told;
    for (const Notice& notice : link_.notices()) {
      const auto* one = std::get_if<Notice::Told>(&notice.what);
      if (one != nullptr && one->change.kind == Change::Kind::message) {
        told.push_back(to_text(one->change.captures));
      }
    }
    return told;
  }
  [[nodiscard]] std::size_t answers() const {
    std::size_t count = 0;
    for (const Notice& notice : link_.notices()) {
      const auto* one = std::get_if<Notice::Answered>(&notice.what);
      if (one != nullptr && one->outcome) ++count;
    }
    return count;
  }
  [[nodiscard]] bool has_resumed() const {
    const auto* last = static_cast<const Notice::Opened*>(nullptr);
    for (const Notice& notice : link_.notices()) {
      if (const auto* one = std::get_if<Notice::Opened>(&notice.what)) last = one;
    }
    return last != nullptr && last->resumed;
  }
  /// How many messages Bob has had, each of one fact.
  std::size_t bob_has_heard() {
    bob_hears(bob_.take());
    return heard_by_bob_;
  }

 private:
  void do_turn(std::vector<Part> parts, ClientId ticket = 0) {
    TurnRequest request{.parts = std::move(parts), .tickets = {}};
    if (ticket != 0) request.tickets.push_back(ticket);
    link_.note(link_.relay().submit(std::move(request)));
  }

  void bob_hears(const std::vector<std::string>& messages) { heard_by_bob_ += messages.size(); }

  Engine engine_{EngineOptions{}};
  ResumableSessions sessions_{Bytes{1}};
  JsonPeer bob_{engine_};
  std::size_t heard_by_bob_ = 0;
  SdkLink link_{engine_, sessions_, Milliseconds(5'000)};
};

std::vector<std::string> all_ticks() {
  std::vector<std::string> all;
  all.reserve(events);
  for (int i = 0; i < events; ++i) all.push_back("[" + std::to_string(i) + "]");
  return all;
}

void check(CutStream& stream, bool was_cut, int place) {
  EXPECT_EQ(stream.has_resumed(), was_cut) << place;
  ASSERT_EQ(stream.ticks(), all_ticks()) << place;
  ASSERT_EQ(stream.answers(), static_cast<std::size_t>(events)) << place;
}

TEST(ResumingSdk, IsToldAStreamWholeAndOnceWhereverItIsCut) {
  bool was_cut = true;
  int place = 0;
  for (; was_cut; ++place) {
    CutStream stream;
    was_cut = stream.run(place, std::nullopt);
    check(stream, was_cut, place);
    ASSERT_EQ(stream.bob_has_heard(), static_cast<std::size_t>(events)) << place;
  }
  EXPECT_GT(place, 2 * events);
}

TEST(ResumingSdk, SaysEverythingOnceWhereverItIsCut) {
  bool was_cut = true;
  int place = 0;
  for (; was_cut; ++place) {
    CutStream stream;
    was_cut = stream.run(std::nullopt, place);
    check(stream, was_cut, place);
    ASSERT_EQ(stream.bob_has_heard(), static_cast<std::size_t>(events)) << place;
  }
  EXPECT_GT(place, events);
}

}  // namespace
}  // namespace avow::test

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "avow/model/pattern_text.hpp"
#include "avow/model/text.hpp"
#include "tests/unit/session/json_peer.hpp"
#include "tests/unit/session/sdk_link.hpp"

// V-N3 for subscriptions: the session is lost with its connection, wherever that is cut, and the
// subscription goes on in the next one.

namespace avow::test {
namespace {

using server::Engine;
using server::EngineOptions;
using server::ResumableSessions;
using server::test::JsonPeer;

constexpr int turns = 50;
constexpr int numbers = 7;

// Bob lets facts come and go; Ann observes them on a link that is cut once.
class CutSubscription {
 public:
  explicit CutSubscription(const EngineOptions& options = {}) : engine_(options) {
    link_.note(link_.relay().submit(
        {.parts = {{Part::Observe{subscription,
                                  Query(*parse_pattern_text("<fact $n>"), Want::captures)}}},
         .tickets = {}}));
    link_.move();
  }

  /// Returns whether the connection was cut after so many messages to Ann.
  bool run(Budget down) {
    link_.cut_after(down, std::nullopt);
    let_facts_flip();
    const bool was_cut = link_.is_lost();
    if (was_cut) link_.connect();
    link_.move();
    return was_cut;
  }
  /// Returns whether the connection after that was cut too, after so many messages.
  bool run(Budget down, Budget again) {
    link_.cut_after(down, std::nullopt);
    let_facts_flip();
    link_.connect(again);
    const bool was_cut = link_.is_lost();
    let_facts_flip();
    if (link_.is_lost()) link_.connect();
    link_.move();
    return was_cut;
  }

  /// What Ann holds, as far as she was told; and whether each thing came and went by turns.
  void check(int place) {
    std::set<std::string> held;
    for (const Notice& notice : link_.notices()) {
      const auto* told = std::get_if<Notice::Told>(&notice.what);
      if (told == nullptr || told->change.kind == Change::Kind::synced) continue;
      const std::string captures = to_text(told->change.captures);
      if (told->change.kind == Change::Kind::add) {
        EXPECT_TRUE(held.insert(captures).second) << captures << " came twice, " << place;
        continue;
      }
      EXPECT_EQ(told->change.kind, Change::Kind::remove) << told->change.error.detail;
      EXPECT_EQ(held.erase(captures), 1u) << captures << " went twice, " << place;
      causes_.insert(told->change.cause);
    }
    std::set<std::string> there;
    for (const auto& [number, id] : published_) there.insert("[" + std::to_string(number) + "]");
    EXPECT_EQ(held, there) << place;
  }
  [[nodiscard]] const std::set<std::string>& causes() const { return causes_; }
  [[nodiscard]] const server::EngineCounters& counters() const { return engine_.counters(); }

 private:
  void let_facts_flip() {
    for (int turn = 0; turn < turns; ++turn) {
      flip(turn % numbers);
      flip((turn * turn) % numbers);
      link_.move();
    }
  }
  void flip(int number) {
    if (const auto found = published_.find(number); found != published_.end()) {
      (void)bob_.say(R"({"retract": )" + std::to_string(found->second) + "}");
      published_.erase(found);
      return;
    }
    published_[number] = ++last_id_;
    (void)bob_.say(R"({"publish": "<fact )" + std::to_string(number) + R"(>", "id": )" +
                   std::to_string(last_id_) + "}");
  }

  Engine engine_;
  ResumableSessions sessions_{Bytes{1}};
  JsonPeer bob_{engine_};
  std::map<int, int> published_;
  int last_id_ = 0;
  std::set<std::string> causes_;
  SdkLink link_{engine_, sessions_, Milliseconds(0)};
};

TEST(GoingOnSdk, HearsOnlyTrueDifferencesWithTheirCausesWhereverItIsCut) {
  bool was_cut = true;
  std::set<std::string> causes;
  int place = 0;
  for (; was_cut; ++place) {
    CutSubscription ann;
    was_cut = ann.run(place);
    ann.check(place);
    causes.insert(ann.causes().begin(), ann.causes().end());
  }
  EXPECT_EQ(causes, std::set<std::string>{"retracted"});
  EXPECT_GT(place, turns);
}

TEST(GoingOnSdk, HearsOnlyTrueDifferencesWhereTheServerHasForgottenToo) {
  EngineOptions options;
  options.limits.history.turns_max = 10;
  bool was_cut = true;
  std::set<std::string> causes;
  for (int place = 0; was_cut; ++place) {
    CutSubscription ann(options);
    was_cut = ann.run(place);
    ann.check(place);
    causes.insert(ann.causes().begin(), ann.causes().end());
  }
  EXPECT_EQ(causes, (std::set<std::string>{"retracted", "unseen"}));
}

// Everything anew comes in parts, and the connection may be lost between any two of them.
TEST(GoingOnSdk, HearsOnlyTrueDifferencesWhereASnapshotIsCutToo) {
  EngineOptions options;
  options.limits.history.turns_max = 3;
  options.limits.snapshot_part_bytes = 50;
  std::uint64_t parts = 0;
  for (const int place : {0, 3, 4, 5, 6, 11, 20, 41}) {
    bool was_cut = true;
    for (int again = 0; was_cut; ++again) {
      CutSubscription ann(options);
      was_cut = ann.run(place, again);
      ann.check(place);
      parts += ann.counters().snapshot_parts;
    }
  }
  EXPECT_GT(parts, 100u);
}

}  // namespace
}  // namespace avow::test

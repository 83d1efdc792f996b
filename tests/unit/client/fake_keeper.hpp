#pragma once

#include <string>
#include <string_view>

#include "avow/model/text.hpp"
#include "avow/wire/packet.hpp"
#include "tests/unit/client/client_driver.hpp"

// The keeper of a fake server: where it is told, what it is asked, what it answers.

namespace avow::test {

/// Where the client wants to be told of the keeper.
constexpr std::uint64_t keeper_observer = std::uint64_t{1} << 62U;
constexpr std::uint64_t keeper_sync = keeper_observer + 1;
constexpr std::uint64_t keeper_oid = 9;

/// The keeper is in the space.
[[nodiscard]] inline Bytes keeper_frame() {
  const Value reference =
      wire::wire_reference_to_value({.owner = wire::WireReference::Owner::sender,
                                     .oid = wire::Number(static_cast<std::int64_t>(keeper_oid)),
                                     .caveats = {}});
  return turn_frame({.by_entity = {appears(keeper_observer, 1, sequence(reference))}});
}
/// All that could be told of it has been.
[[nodiscard]] inline Bytes keeper_sync_frame() {
  return turn_frame({.by_entity = {says(keeper_sync, Value::boolean(true))}});
}
/// What is asserted at the entity that a request named.
[[nodiscard]] inline Bytes answer_frame(std::uint64_t request, std::string_view text) {
  return turn_frame({.by_entity = {appears(request, 2, parse_text(text).value())}});
}

/// A client of a server with a keeper.
class KeeperDriver : public ClientDriver {
 public:
  using ClientDriver::ClientDriver;

  /// Lets the client say what it wants to, the keeper being told if it is looked for.
  void run() {
    world.run();
    const bool looks =
        world.connection != nullptr && world.heard.published("Observe").size() > observed_;
    observed_ = world.heard.published("Observe").size();
    if (!looks) return;
    tell(keeper_frame());
    tell(keeper_sync_frame());
  }
  /// The connection is lost, unless it has been, and there is another.
  void reconnect(std::uint64_t epoch = 0xAB) {
    if (world.connection != nullptr) lose();
    world.pass(Milliseconds(1'000));
    wire::native::Opened again = opened();
    again.epoch = epoch;
    world.connection->establish();
    tell(frame_of({hello()}));
    tell(frame_of({again}));
    run();
  }
  void lose() {
    world.connection->lose();
    world.heard = {};
    observed_ = 0;
  }
  /// What was asked of the keeper, as text; the answer's reference is left out.
  [[nodiscard]] std::vector<std::string> asked() const {
    std::vector<std::string> all;
    for (const HeardTurn& turn : world.heard.turns) {
      for (const HeardEvent& event : turn.events) {
        if (event.target != keeper_oid) continue;
        if (event.kind == wire::EventKind::retract) {
          all.push_back("back");
          continue;
        }
        std::string text = std::string(*event.body.view().label().as_symbol());
        const std::size_t fields = event.body.view().element_count() - 1;
        for (std::size_t at = 0; at < fields; ++at) {
          text += ' ' + to_text(*event.body.view().element(at));
        }
        all.push_back(std::move(text));
      }
    }
    return all;
  }
  /// The last request of that label, by which it is answered.
  [[nodiscard]] std::uint64_t last(std::string_view label = "commit") const {
    return world.heard.published(label).back();
  }
  /// Answers the last commit; `results` is a sequence as text.
  void commit_is_done(std::string_view results, std::string_view more = "") {
    tell(answer_frame(last(), "<ok {rev: 20 seq: 30 epoch: 171 level: durable results: " +
                                  std::string(results) + ' ' + std::string(more) + "}>"));
  }
  void is_refused(std::string_view code, std::string_view label = "commit") {
    tell(answer_frame(last(label), "<error {code: " + std::string(code) + " message: \"No.\"}>"));
  }

 private:
  std::size_t observed_ = 0;
};

}  // namespace avow::test

#include <gtest/gtest.h>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "avow/base/check.hpp"
#include "tests/support/fake_journal.hpp"
#include "tests/support/random.hpp"
#include "tests/unit/session/syndicate_peer.hpp"

// The engine is a function of its inputs (turns, ticks, what the journal says): the same inputs
// twice give the same output, byte for byte. The inputs are a storm of whatever clients may do,
// legal or not, which must also leave nothing behind.

namespace avow::server {
namespace {

using avow::test::Random;
using test::SyndicatePeer;

constexpr std::size_t clients = 6;
constexpr int steps = 1'000;

/// Clients that do random things, and a record of all that they are told.
class Storm {
 public:
  explicit Storm(std::uint64_t seed) : random_(seed), engine_(options_of(seed, journal_)) {
    AVOW_CHECK(engine_.recover().has_value());
    peers_.resize(clients);
  }

  Bytes run() {
    for (int step = 0; step < steps; ++step) {
      Client& client = peers_[random_.below(clients)];
      if (random_.chance(1, 20)) commit();
      if (random_.chance(1, 20)) engine_.tick(now_ += Milliseconds{random_.below(50)});
      if (client.peer == nullptr) {
        join(client);
      } else if (random_.chance(1, 60)) {
        leave(client);
      } else {
        client.peer->send(client.peer->bytes_of_packet(random_turn(client)));
      }
      take_all();
    }
    for (Client& client : peers_) {
      if (client.peer != nullptr) leave(client);
    }
    commit();
    return std::move(told_);
  }

  /// Drops all that is kept.
  void clear() {
    Client client;
    join(client);
    const auto commit_ops = [&](const std::string& ops) {
      (void)client.peer->say("[[" + client.keeper + " <A <commit [" + ops +
                             "] {ack: #t} #:[0 5]> 1>] [" + client.keeper + " <R 1>]]");
    };
    for (const char label : {'a', 'b', 'c'}) {
      for (int i = 0; i < 4; ++i) {
        commit_ops("<drop <" + std::string(1, label) + " " + std::to_string(i) + ">> <slot " +
                   std::to_string(i) + ">");
      }
    }
    for (int i = 0; i < steps; ++i) commit_ops("<take <_>>");
    leave(client);
    engine_.tick(now_ + std::chrono::hours(1));
    engine_.tick(now_ + std::chrono::hours(2));
    commit();
  }

  Engine& engine() { return engine_; }

 private:
  struct Client {
    std::unique_ptr<SyndicatePeer> peer;
    std::string space;
    std::string keeper;
  };

  static EngineOptions options_of(std::uint64_t seed, Journal& journal) {
    EngineOptions options;
    options.journal = &journal;
    options.hash_key = {seed, ~seed};
    options.limits.echoes_max = 200;  // Whoever feeds himself costs time, and proves little.
    return options;
  }

  void join(Client& client) {
    const PacketForm form = random_.chance(1, 2) ? PacketForm::text : PacketForm::binary;
    client.peer = std::make_unique<SyndicatePeer>(engine_, form);
    commit();  // So that it is told at once.
    client.space = client.peer->resolve();
    const std::string told =
        client.peer
            ->say("[[" + client.space +
                  " <A <Observe <group <rec avow-service> {1: <bind <_>>}> #:[0 998]> 998>]]")
            .at(0);
    const std::size_t at = told.find("#:[0 ") + 5;
    client.keeper = told.substr(at, told.find(']', at) - at);
  }

  void commit() {
    journal_.commit();
    if (!journal_.committed().empty()) engine_.committed(journal_.committed().back().seq);
  }

  void leave(Client& client) {
    client.peer->leave(random_.chance(1, 2) ? Departure::closed : Departure::lost);
    client.peer.reset();
  }

  void take_all() {
    for (Client& client : peers_) {
      if (client.peer == nullptr) continue;
      append(told_, client.peer->take_bytes());
      if (client.peer->conversation().ending()) leave(client);
    }
  }

  std::string random_turn(const Client& client) {
    std::string turn = "[";
    for (std::size_t left = 1 + random_.below(6); left > 0; --left) {
      turn += random_.chance(1, 4)
                  ? "[" + client.keeper + " " + random_request(client) + "] "
                  : "[" + random_target(client) + " " + random_event(client) + "] ";
    }
    return turn + "]";
  }

  std::string random_target(const Client& client) {
    if (random_.chance(7, 10)) return client.space;
    return std::to_string(random_.below(30));
  }

  std::string random_event(const Client& client) {
    const std::string handle = std::to_string(random_.below(400));
    switch (random_.below(10)) {
      case 0:
      case 1:
      case 2:
        return "<R " + handle + ">";
      case 3:
        return "<M " + random_value(client, 0) + ">";
      case 4:
        return "<S " + random_reference(client) + ">";
      case 5:
      case 6:
        return "<A <Observe " + random_pattern() + " " + random_reference(client) + "> " + handle +
               ">";
      default:
        return "<A " + random_value(client, 0) + " " + handle + ">";
    }
  }

  std::string random_request(const Client& client) {
    const std::string end =
        " " + random_reference(client) + "> " + std::to_string(random_.below(400)) + ">";
    switch (random_.below(8)) {
      case 0:
        return "<A <lease {ttl: " + std::to_string(50 + random_.below(100)) + "}" + end;
      case 1:
        // Not answered into the space itself, or rows of rows of rows fill all memory.
        return "<A <query [" + random_pattern() + "] {} #:[0 3]> " +
               std::to_string(random_.below(400)) + ">";
      default:
        return "<A <commit [" + random_op() + random_op() + "] {" + random_options() + "}" + end;
    }
  }

  std::string random_op() {
    const std::string fact = "<" + std::string(1, static_cast<char>('a' + random_.below(3))) + " " +
                             std::to_string(random_.below(4)) + ">";
    const std::string key = std::to_string(random_.below(4));
    const std::string ops[] = {"<put " + fact + ">",
                               "<drop " + fact + ">",
                               "<slot " + key + " " + fact + ">",
                               "<slot " + key + ">",
                               "<item " + fact + ">",
                               "<take " + random_pattern() + ">",
                               "<lease-to " + std::to_string(random_.below(100)) + " " + fact + ">",
                               "<send " + fact + ">"};
    return ops[random_.below(8)];
  }

  std::string random_options() {
    std::string options;
    if (random_.chance(1, 3)) {
      options += " turn-id: [#x\"00112233445566778899aabbccddeeff\" " +
                 std::to_string(random_.below(100)) + "]";
    }
    if (random_.chance(1, 4)) options += " absent: [" + random_pattern() + "]";
    if (random_.chance(1, 3)) options += " timeout: " + std::to_string(random_.below(200));
    if (random_.chance(1, 3)) options += " ack: #t";
    if (random_.chance(1, 6)) options += " level: accepted";
    return options;
  }

  std::string random_reference(const Client& client) {
    if (random_.chance(2, 3)) return "#:[0 " + std::to_string(random_.below(5)) + "]";
    std::string reference = "#:[1 " + random_target(client);
    if (random_.chance(1, 3)) reference += " <reject <rec a [<_>]>>";
    if (random_.chance(1, 3)) reference += " <rewrite <bind <_>> <rec b [<ref 0>]>>";
    return reference + "]";
  }

  std::string random_value(const Client& client, int depth) {
    const std::string label(1, static_cast<char>('a' + random_.below(3)));
    switch (random_.below(depth < 2 ? 4 : 2)) {
      case 0:
        return std::to_string(random_.below(4));
      case 1:
        return random_.chance(1, 5) ? random_reference(client) : label;
      case 2:
        return "<" + label + " " + random_value(client, depth + 1) + ">";
      default:
        return "#{" + random_value(client, depth + 1) + " " + label + label + "}";
    }
  }

  std::string random_pattern() {
    const std::string label(1, static_cast<char>('a' + random_.below(3)));
    switch (random_.below(4)) {
      case 0:
        return "<bind <_>>";
      case 1:
        return "<group <rec " + label + "> {0: <lit " + std::to_string(random_.below(4)) + ">}>";
      case 2:
        return "<group <rec Observe> {1: <bind <_>>}>";
      default:
        return "<group <rec " + label + "> {0: <bind <_>>}>";
    }
  }

  Random random_;
  avow::test::FakeJournal journal_;
  Engine engine_;
  Moment now_{};
  std::vector<Client> peers_;
  Bytes told_;
};

TEST(Determinism, TheSameInputsTwiceGiveTheSameBytes) {
  const std::uint64_t seed = avow::test::test_seed();
  Storm once(seed);
  Storm twice(seed);

  const Bytes told = once.run();

  EXPECT_TRUE(told == twice.run());
  EXPECT_GT(told.size(), 10'000U) << "the storm was a breeze";
}

TEST(Determinism, NothingIsLeftOfAnyStorm) {
  Storm storm(avow::test::test_seed() + 1);

  (void)storm.run();
  storm.clear();

  EXPECT_EQ(storm.engine().session_count(), 0U);
  EXPECT_EQ(storm.engine().spaces().size(), 0U);
  EXPECT_EQ(storm.engine().reference_count(), 2U) << "the gatekeeper and nobody";
  EXPECT_GT(storm.engine().counters().turns_applied, 100U);
}

}  // namespace
}  // namespace avow::server

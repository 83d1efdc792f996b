#include <gtest/gtest.h>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/random.hpp"
#include "tests/unit/session/syndicate_peer.hpp"

// The engine is a function of its inputs: the same inputs twice give the same output, byte for
// byte. The inputs are a storm of whatever clients may do, legal or not, which must also leave
// nothing behind.

namespace avow::server {
namespace {

using avow::test::Random;
using test::SyndicatePeer;

constexpr std::size_t clients = 6;
constexpr int steps = 1'000;

/// Clients that do random things, and a record of all that they are told.
class Storm {
 public:
  explicit Storm(std::uint64_t seed) : random_(seed), engine_(options_of(seed)) {
    peers_.resize(clients);
  }

  Bytes run() {
    for (int step = 0; step < steps; ++step) {
      Client& client = peers_[random_.below(clients)];
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
    return std::move(told_);
  }

  Engine& engine() { return engine_; }

 private:
  struct Client {
    std::unique_ptr<SyndicatePeer> peer;
    std::string space;
  };

  static EngineOptions options_of(std::uint64_t seed) {
    EngineOptions options;
    options.hash_key = {seed, ~seed};
    options.limits.echoes_max = 200;  // Whoever feeds himself costs time, and proves little.
    return options;
  }

  void join(Client& client) {
    const PacketForm form = random_.chance(1, 2) ? PacketForm::text : PacketForm::binary;
    client.peer = std::make_unique<SyndicatePeer>(engine_, form);
    client.space = client.peer->resolve();
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
      turn += "[" + random_target(client) + " " + random_event(client) + "] ";
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
  Engine engine_;
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

  EXPECT_EQ(storm.engine().session_count(), 0U);
  EXPECT_EQ(storm.engine().spaces().size(), 0U);
  EXPECT_EQ(storm.engine().reference_count(), 2U) << "the gatekeeper and nobody";
  EXPECT_GT(storm.engine().counters().turns_applied, 100U);
}

}  // namespace
}  // namespace avow::server

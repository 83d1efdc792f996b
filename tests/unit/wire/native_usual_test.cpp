#include "avow/wire/native_usual.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <gtest/gtest.h>
#include <string>

#include "tests/support/random.hpp"

namespace avow::wire::native {
namespace {

using test::Random;
using test::test_seed;

constexpr std::size_t word_bytes = 8;

/// Events with bodies that live as long as this.
struct Made {
  std::vector<Bytes> bodies;
  std::vector<Event> events;
};

Made some_events(Random& random) {
  Made made;
  const std::size_t count = random.below(6);
  made.bodies.resize(count);
  for (std::size_t i = 0; i < count; ++i) {
    made.bodies[i].resize(random.below(40));
    for (std::uint8_t& byte : made.bodies[i]) byte = static_cast<std::uint8_t>(random.below(256));
    Event event;
    event.target = random.below(1'000'000);
    event.handle = random.below(1'000'000) << 32;
    // Bodies that follow each other are sometimes the same.
    event.body = i > 0 && random.chance(1, 4) ? made.events.back().body : ByteView(made.bodies[i]);
    event.kind = static_cast<EventKind>(random.below(4));
    event.cause = static_cast<Cause>(random.below(cause_count));
    event.by = static_cast<std::uint32_t>(random.below(3));
    made.events.push_back(event);
  }
  return made;
}

ClientTurn turn_of(Random& random, const Made& made) {
  ClientTurn turn;
  turn.number = random.below(1'000);
  turn.wants_receipt = random.chance(1, 2);
  turn.events = made.events;
  return turn;
}

bool same(const Event& one, const Event& other) {
  return one.target == other.target && one.handle == other.handle && one.kind == other.kind &&
         one.cause == other.cause && one.by == other.by && equal(one.body, other.body);
}

bool same(const ClientTurn& one, const ClientTurn& other) {
  return one.number == other.number && one.wants_receipt == other.wants_receipt &&
         one.conditions.has_value() == other.conditions.has_value() &&
         one.traceparent == other.traceparent &&
         std::equal(one.events.begin(), one.events.end(), other.events.begin(), other.events.end(),
                    [](const Event& a, const Event& b) { return same(a, b); });
}

constexpr std::size_t small_events_max = 2;

// Whether the message is read at once; if so, that the library reads the same, and that it is read
// as a frame if it is small.
bool is_read_likewise(ByteView message, const FrameLimits& limits = {}) {
  std::vector<Event> events;
  ClientTurn turn;
  SmallTurn small;
  const bool is_small = small.read(message, limits);
  if (!read_usual(message, limits, events, turn)) {
    EXPECT_FALSE(is_small);
    return false;
  }
  EXPECT_EQ(is_small, events.size() <= small_events_max && message.size() % word_bytes == 0);
  EXPECT_TRUE(!is_small || same(small.turn(), turn));
  FrameScratch scratch;
  const Result<ClientMessage> read = read_by_library(message, limits, scratch);
  EXPECT_TRUE(read.has_value()) << read.error().detail;
  EXPECT_TRUE(std::holds_alternative<ClientTurn>(*read) && same(std::get<ClientTurn>(*read), turn));
  return true;
}

Bytes usual_turn(const ClientTurn& turn) {
  Bytes message;
  EXPECT_TRUE(append_usual(message, turn));
  return message;
}

TEST(UsualMessages, AreWrittenAsTheLibraryWritesThem) {
  Random random(test_seed());
  for (int i = 0; i < 2'000; ++i) {
    const Made made = some_events(random);
    const ClientTurn turn = turn_of(random, made);
    Batch batch;
    batch.seq = random.below(1'000'000) << 30;
    batch.epoch = ~std::uint64_t{0};
    batch.revision = random.below(100);
    batch.after = random.below(100);
    batch.space = static_cast<std::uint32_t>(random.below(9));
    batch.addressing = static_cast<Addressing>(random.below(2));
    batch.snapshot = random.chance(1, 2);
    batch.events = made.events;

    Bytes usual;
    Bytes reference;
    ASSERT_TRUE(append_usual(usual, turn));
    ASSERT_TRUE(append_usual(usual, batch));
    append_by_library(reference, turn);
    append_by_library(reference, batch);

    ASSERT_EQ(usual, reference);
  }
}

TEST(UsualMessages, AreReadAsTheLibraryReadsThem) {
  Random random(test_seed());
  for (int i = 0; i < 2'000; ++i) {
    const Made made = some_events(random);
    EXPECT_TRUE(is_read_likewise(usual_turn(turn_of(random, made))));
  }
}

TEST(UsualMessages, AreReadWhereverTheyBegin) {
  Random random(test_seed());
  const Made made = some_events(random);
  const Bytes message = usual_turn(turn_of(random, made));
  for (std::size_t shift = 0; shift < word_bytes; ++shift) {
    Bytes moved(shift);
    append(moved, message);
    EXPECT_TRUE(is_read_likewise(ByteView(moved).subspan(shift)));
  }
}

TEST(UsualMessages, AreReadAsSmallOnlyIfTheyAreAWholeFrameWithinItsLimit) {
  const Bytes body{0x80};
  const std::vector<Event> events(small_events_max, Event{.target = 1, .body = body});
  const auto is_small = [](ByteView frame, const FrameLimits& limits = {}) {
    return SmallTurn().read(frame, limits);
  };
  const Bytes message = usual_turn({.number = 1, .events = events});
  Bytes two = message;
  append(two, message);

  EXPECT_TRUE(is_small(message));
  EXPECT_FALSE(is_small(two));
  EXPECT_FALSE(is_small({}));
  EXPECT_TRUE(is_small(message, {.bytes_max = message.size()}));
  EXPECT_FALSE(is_small(message, {.bytes_max = message.size() - 1}));
  EXPECT_FALSE(is_small(message, {.events_max = small_events_max - 1}));
}

// A bit of the envelope says something else, or points somewhere else: the library says what that
// means, unless it is read as the same.
TEST(UsualMessages, WithAnyOneBitOfTheirEnvelopeTurnedAreReadLikewiseOrLeftToTheLibrary) {
  Random random(test_seed());
  for (int i = 0; i < 20; ++i) {
    const Made made = some_events(random);
    Bytes message = usual_turn(turn_of(random, made));
    for (std::size_t bit = 0; bit < 8 * message.size(); ++bit) {
      const auto mask = static_cast<std::uint8_t>(1U << (bit % 8));
      message[bit / 8] ^= mask;
      (void)is_read_likewise(message);
      message[bit / 8] ^= mask;
    }
  }
}

TEST(UsualMessages, WithWordsThatComeFromElsewhereAreReadLikewiseOrLeftToTheLibrary) {
  Random random(test_seed());
  for (int i = 0; i < 20'000; ++i) {
    const Made made = some_events(random);
    Bytes message = usual_turn(turn_of(random, made));
    const std::size_t words = message.size() / word_bytes;
    for (std::size_t times = 1 + random.below(3); times > 0; --times) {
      std::memmove(message.data() + random.below(words) * word_bytes,
                   message.data() + random.below(words) * word_bytes, word_bytes);
    }
    (void)is_read_likewise(message);
  }
}

TEST(UsualMessages, ThatAreCutOffAreLeftToTheLibrary) {
  Random random(test_seed());
  const Made made = some_events(random);
  const Bytes message = usual_turn(turn_of(random, made));
  for (std::size_t size = 0; size < message.size(); ++size) {
    EXPECT_FALSE(is_read_likewise(ByteView(message).first(size)));
  }
}

TEST(UsualMessages, ATurnThatAsksForMoreIsLeftToTheLibrary) {
  Conditions conditions;
  conditions.level = Level::durable;
  Conditions waits;
  waits.timeout_ms = 5;
  Conditions guarded;
  const std::array<std::uint8_t, 1> pattern{0x81};
  guarded.require.emplace_back(pattern);
  for (const Conditions& asked : {conditions, waits, guarded}) {
    const ClientTurn turn{
        .number = 1, .events = {}, .wants_receipt = false, .conditions = asked, .traceparent = {}};
    Bytes message;
    EXPECT_FALSE(append_usual(message, turn));
    EXPECT_TRUE(message.empty());
    append_by_library(message, turn);
    EXPECT_FALSE(is_read_likewise(message));
  }
}

TEST(UsualMessages, ATurnWithMoreEventsThanMayBeIsLeftToTheLibrary) {
  const std::vector<Event> events(3);
  const Bytes message = usual_turn(
      {.number = 1, .events = events, .wants_receipt = false, .conditions = {}, .traceparent = {}});

  FrameLimits limits;
  limits.events_max = 2;
  EXPECT_FALSE(is_read_likewise(message, limits));
  limits.events_max = 3;
  EXPECT_TRUE(is_read_likewise(message, limits));
}

TEST(UsualMessages, AnEventOfNoKnownKindIsLeftToTheLibrary) {
  const std::vector<Event> events(1);
  Bytes message = usual_turn(
      {.number = 1, .events = events, .wants_receipt = false, .conditions = {}, .traceparent = {}});
  message[message.size() - word_bytes] = 4;

  EXPECT_FALSE(is_read_likewise(message));
}

TEST(UsualMessages, ABatchThatNamesActorsIsLeftToTheLibrary) {
  const std::array<std::uint8_t, 1> actor{0x81};
  Batch batch;
  batch.actors.emplace_back(actor);
  Bytes message;

  EXPECT_FALSE(append_usual(message, batch));
  EXPECT_TRUE(message.empty());
}

}  // namespace
}  // namespace avow::wire::native

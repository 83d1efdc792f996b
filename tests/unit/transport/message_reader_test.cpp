#include "server/transport/message_reader.hpp"

#include <cstdlib>
#include <gtest/gtest.h>
#include <iostream>
#include <random>
#include <string>
#include <vector>

#include "tests/unit/transport/websocket_bytes.hpp"

namespace avow::server {
namespace {

constexpr std::size_t bytes_max = 100'000;
constexpr std::size_t frames_max = 4;

std::string described(const ClientEvent& event) {
  if (const auto* message = std::get_if<ClientMessage>(&event)) {
    return (message->type == FrameType::text ? "text " : "binary ") +
           std::string(text_of(message->data));
  }
  if (const auto* ping = std::get_if<ClientPing>(&event)) {
    return "ping " + std::string(text_of(ping->payload));
  }
  if (std::holds_alternative<ClientPong>(event)) return "pong";
  if (const auto* close = std::get_if<ClientClose>(&event)) {
    return "close " + (close->code ? std::to_string(*close->code) : "");
  }
  return "breach " + std::to_string(static_cast<int>(std::get<ClientBreach>(event).code));
}

class Reader {
 public:
  /// What the next bytes come to, a line each; nothing is taken after a close or a breach.
  std::string read(Bytes bytes) {
    std::string told;
    std::span<std::uint8_t> rest(bytes);
    while (!is_over_) {
      const auto event = reader.take(rest);
      if (!event) break;
      if (!told.empty()) told += "\n";
      told += described(*event);
      is_over_ = std::holds_alternative<ClientClose>(*event) ||
                 std::holds_alternative<ClientBreach>(*event);
    }
    EXPECT_TRUE(is_over_ || rest.empty());
    return told;
  }

  MessageReader reader{bytes_max, frames_max};

 private:
  bool is_over_ = false;
};

Bytes masked(std::uint8_t opcode, std::string_view payload, std::uint32_t mask) {
  Bytes whole = frame(opcode, payload);
  const std::size_t at = whole.size() - payload.size();
  for (std::size_t i = 0; i < 4; ++i) {
    whole[at - 4 + i] = static_cast<std::uint8_t>(mask >> (8 * i));
  }
  for (std::size_t i = 0; i < payload.size(); ++i) {
    whole[at + i] ^= static_cast<std::uint8_t>(mask >> (8 * (i % 4)));
  }
  return whole;
}

Bytes joined(const std::vector<Bytes>& frames) {
  Bytes all;
  for (const Bytes& each : frames) append(all, each);
  return all;
}

TEST(MessageReader, ReadsMessagesOfBothKindsFromOneBurst) {
  Reader reader;

  EXPECT_EQ(reader.read(joined(
                {frame(opcode_text, "one"), frame(opcode_binary, "two"), frame(opcode_text, "")})),
            "text one\nbinary two\ntext ");
}

TEST(MessageReader, TakesTheMaskOff) {
  for (const std::size_t size : {1U, 3U, 7U, 8U, 9U, 125U, 126U, 1'000U, 65'536U}) {
    const std::string payload(size, 'm');
    EXPECT_EQ(Reader().read(masked(opcode_text, payload, 0xA1B2C3D4U)), "text " + payload);
  }
}

TEST(MessageReader, ReadsMessagesOfEveryLengthAtOnceOrInTwoPieces) {
  for (const std::size_t size : {0, 1, 2, 3, 7, 8, 31, 32, 125, 126, 127, 65'535, 65'536}) {
    const std::string payload(size, 'x');
    const Bytes whole = masked(opcode_binary, payload, 0x12345678);
    for (const std::size_t cut : {std::size_t{1}, std::size_t{5}, whole.size() - 1}) {
      Reader reader;
      const auto middle = whole.begin() + static_cast<std::ptrdiff_t>(cut);

      EXPECT_EQ(reader.read(whole), "binary " + payload);
      EXPECT_EQ(reader.read(Bytes(whole.begin(), middle)), "");
      EXPECT_EQ(reader.read(Bytes(middle, whole.end())), "binary " + payload);
      EXPECT_EQ(reader.reader.begun(), 2U);
    }
  }
}

TEST(MessageReader, PutsFragmentsTogetherAndTellsOfControlFramesBetweenThem) {
  Reader reader;

  EXPECT_EQ(reader.read(joined({frame(opcode_text, "hel", Fin::no), frame(opcode_ping, "there?"),
                                frame(opcode_continuation, "lo"), frame(opcode_pong, "x")})),
            "ping there?\ntext hello\npong");
}

TEST(MessageReader, ForgetsAMessageBeforeTheNext) {
  Reader reader;

  EXPECT_EQ(reader.read(frame(opcode_text, "hel", Fin::no)), "");
  EXPECT_EQ(reader.read(frame(opcode_continuation, "lo")), "text hello");
  EXPECT_EQ(reader.read(frame(opcode_binary, "next", Fin::no)), "");
  EXPECT_EQ(reader.read(frame(opcode_continuation, "")), "binary next");
}

TEST(MessageReader, ReadsACloseWithOrWithoutACode) {
  EXPECT_EQ(Reader().read(frame(opcode_close, "")), "close ");
  EXPECT_EQ(Reader().read(frame(opcode_close, "\x03\xE8 farewell")), "close 1000");
}

TEST(MessageReader, RefusesWhatTheProtocolForbids) {
  Bytes unmasked = frame(opcode_text, "hello");
  unmasked[1] &= 0x7F;
  Bytes reserved = frame(opcode_text, "hello");
  reserved[0] |= 0x40;
  const Bytes long_way{0x82, 0xFE, 0x00, 0x7D, 0, 0, 0, 0};
  const Bytes longer_way{0x82, 0xFF, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0, 0, 0, 0};
  const Bytes negative{0x82, 0xFF, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
  for (const Bytes& bytes :
       {unmasked, reserved, long_way, longer_way, negative, frame(0x3, ""), frame(0xB, ""),
        frame(opcode_continuation, "lo"), frame(opcode_ping, "", Fin::no),
        frame(opcode_ping, std::string(126, 'x')), frame(opcode_close, "x"),
        frame(opcode_close, "\x03\xED"),
        joined({frame(opcode_text, "hel", Fin::no), frame(opcode_text, "lo")})}) {
    EXPECT_EQ(Reader().read(bytes), "breach 1002");
  }
}

TEST(MessageReader, RefusesTooMuchWhenItIsAnnounced) {
  EXPECT_EQ(Reader().read(frame_head(opcode_binary, bytes_max)), "");
  EXPECT_EQ(Reader().read(frame_head(opcode_binary, bytes_max + 1)), "breach 1009");
  EXPECT_EQ(Reader().read(frame_head(opcode_binary, (1ULL << 63U) - 1)), "breach 1009");
  EXPECT_EQ(Reader().read(joined({frame(opcode_binary, std::string(bytes_max, 'x'), Fin::no),
                                  frame_head(opcode_continuation, 1)})),
            "breach 1009");
}

TEST(MessageReader, RefusesTooManyFragments) {
  std::vector<Bytes> frames{frame(opcode_text, "x", Fin::no)};
  for (std::size_t i = 2; i < frames_max; ++i) {
    frames.push_back(frame(opcode_continuation, "x", Fin::no));
  }
  Reader in_time;
  EXPECT_EQ(in_time.read(joined(frames)), "");
  EXPECT_EQ(in_time.read(frame(opcode_continuation, "x")), "text xxxx");

  frames.push_back(frame(opcode_continuation, "x", Fin::no));
  frames.push_back(frame(opcode_continuation, "x"));
  EXPECT_EQ(Reader().read(joined(frames)), "breach 1008");
}

TEST(MessageReader, RefusesTextThatIsNotUtf8AsSoonAsItIsSeen) {
  EXPECT_EQ(Reader().read(frame(opcode_text, "\xED\xA0\x80")), "breach 1007");
  EXPECT_EQ(Reader().read(frame(opcode_text, "ab\xC3")), "breach 1007");
  EXPECT_EQ(Reader().read(frame(opcode_text, "\xED\xA0\x80", Fin::no)), "breach 1007");
  EXPECT_EQ(Reader().read(frame(opcode_close, "\x03\xE8\xFF")), "breach 1007");
  EXPECT_EQ(Reader().read(frame(opcode_binary, "\xED\xA0\x80")), "binary \xED\xA0\x80");
}

TEST(MessageReader, KnowsWhetherTheClientIsAtRest) {
  Reader reader;
  EXPECT_TRUE(reader.reader.at_rest());

  reader.read(Bytes{0x81});
  EXPECT_FALSE(reader.reader.at_rest());
  EXPECT_EQ(reader.reader.begun(), 1U);
  reader.read(Bytes{0x83, 0, 0, 0, 0, 'a', 'b'});
  EXPECT_EQ(reader.reader.message_bytes(), 3U);
  EXPECT_FALSE(reader.reader.at_rest());
  reader.read(Bytes{'c'});
  EXPECT_TRUE(reader.reader.at_rest());

  reader.read(frame(opcode_text, "hel", Fin::no));
  reader.read(frame(opcode_ping, ""));
  EXPECT_FALSE(reader.reader.at_rest());
  reader.read(frame(opcode_continuation, "lo"));
  EXPECT_TRUE(reader.reader.at_rest());
  EXPECT_EQ(reader.reader.begun(), 2U);

  reader.read(frame(opcode_ping, ""));
  EXPECT_TRUE(reader.reader.at_rest());
  EXPECT_EQ(reader.reader.begun(), 3U);
}

// Frames of all kinds, good ones mostly.
Bytes random_conversation(std::mt19937_64& random) {
  const auto below = [&](std::uint64_t end) { return random() % end; };
  const std::vector<std::string> letters{"x", "\xC3\xA9", "\xE2\x82\xAC", "\xF0\x90\x8D\x88"};
  Bytes all;
  bool goes_on = false;
  for (std::uint64_t i = 0; i < 8; ++i) {
    if (below(3) == 0) {
      append(all, masked(below(2) == 0 ? opcode_ping : opcode_pong, std::string(below(126), 'p'),
                         static_cast<std::uint32_t>(random())));
      continue;
    }
    std::string payload;
    for (std::uint64_t letter = below(200); letter > 0; --letter) payload += letters[below(4)];
    if (below(20) == 0) payload += "\xFF";
    const std::uint8_t opcode = goes_on ? opcode_continuation : opcode_text;
    Bytes one = masked(opcode, payload, static_cast<std::uint32_t>(random()));
    goes_on = below(3) == 0;
    if (goes_on) one[0] &= 0x7F;
    append(all, one);
  }
  return all;
}

TEST(MessageReader, ReadsTheSameHoweverTheBytesAreCut) {
  const char* given = std::getenv("AVOW_TEST_SEED");
  const std::uint64_t seed = given != nullptr ? std::stoull(given) : std::random_device()();
  std::cout << "AVOW_TEST_SEED=" << seed << "\n";
  std::mt19937_64 random(seed);
  for (int round = 0; round < 500; ++round) {
    const Bytes all = random_conversation(random);
    const std::string at_once = Reader().read(all);

    Reader reader;
    std::string in_pieces;
    for (std::size_t at = 0; at < all.size();) {
      const std::size_t size = std::min<std::size_t>(all.size() - at, 1 + random() % 40);
      const auto first = all.begin() + static_cast<std::ptrdiff_t>(at);
      const std::string told = reader.read(Bytes(first, first + static_cast<std::ptrdiff_t>(size)));
      if (!told.empty()) in_pieces += (in_pieces.empty() ? "" : "\n") + told;
      at += size;
    }
    ASSERT_EQ(in_pieces, at_once);
  }
}

}  // namespace
}  // namespace avow::server

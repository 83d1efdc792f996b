#include <algorithm>
#include <string>
#include <vector>

#include "avow/base/check.hpp"
#include "avow/model/encoding.hpp"
#include "server/transport/message_reader.hpp"

// What a WebSocket client sends, cut in two ways: at once, and in pieces as long as the first byte
// of the input says. It must come to the same; no message may be larger than allowed, and text must
// be UTF-8.

namespace avow::server {
namespace {

constexpr std::size_t bytes_max = 4'096;  // So that the fuzzer finds them.
constexpr std::size_t frames_max = 8;

void describe(const ClientMessage& message, std::string& told) {
  AVOW_CHECK(message.data.size() <= bytes_max);
  AVOW_CHECK(message.type == FrameType::binary || is_utf8(message.data));
  told += message.type == FrameType::text ? "text " : "binary ";
  told += text_of(message.data);
}
void describe(const ClientPing& ping, std::string& told) {
  AVOW_CHECK(ping.payload.size() <= 125);
  told += "ping " + std::string(text_of(ping.payload));
}
void describe(const ClientPong&, std::string& told) { told += "pong"; }
void describe(const ClientClose& close, std::string& told) {
  told += "close " + std::to_string(close.code.value_or(0));
}
void describe(const ClientBreach& breach, std::string& told) {
  told += "breach " + std::to_string(static_cast<int>(breach.code));
}

std::string read_in_pieces(ByteView bytes, std::size_t piece) {
  MessageReader reader(bytes_max, frames_max);
  std::string told;
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    const ByteView next = bytes.subspan(at, std::min(piece, bytes.size() - at));
    Bytes copy(next.begin(), next.end());
    std::span<std::uint8_t> more(copy);
    while (const auto event = reader.take(more)) {
      std::visit([&](const auto& each) { describe(each, told); }, *event);
      told += '\n';
      const bool is_over = std::holds_alternative<ClientClose>(*event) ||
                           std::holds_alternative<ClientBreach>(*event);
      if (is_over) return told;
    }
    AVOW_CHECK(more.empty());
  }
  return told + (reader.at_rest() ? "at rest" : "in the middle");
}

}  // namespace
}  // namespace avow::server

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const avow::ByteView stream{data + 1, size - 1};
  const std::size_t piece = std::size_t{1} + data[0] % 16;
  AVOW_CHECK(avow::server::read_in_pieces(stream, piece) ==
             avow::server::read_in_pieces(stream, stream.size()));
  return 0;
}

#include "avow/client/server_turn.hpp"

#include <utility>

#include "avow/model/text.hpp"
#include "avow/wire/preserves.hpp"

namespace avow {
namespace {

// The server has checked everything against its own limits, which may be wider than our defaults;
// these only keep a broken server from exhausting the stack or the memory.
constexpr ValueLimits generous{.depth_max = 256,
                               .nodes_max = 16'000'000,
                               .integer_bits_max = 1 << 20,
                               .string_bytes_max = 256 << 20};

Result<std::vector<std::string>> names_of(const std::vector<ByteView>& actors) {
  std::vector<std::string> names;
  for (const ByteView actor : actors) {
    AVOW_TRY(const Value value, wire::decode_value(actor, generous));
    const auto text = value.view().as_string();
    names.push_back(text ? std::string(*text) : to_text(value));
  }
  return names;
}

}  // namespace

Result<std::optional<ServerTurn>> ServerTurnAssembly::add(wire::native::SessionPart part) {
  if (missing_ > 0) return Error{"bad-frame", "A turn began before the one before was complete."};
  missing_ = part.batches;
  turn_.part = std::move(part);
  if (missing_ > 0) return std::optional<ServerTurn>();
  return std::optional(std::exchange(turn_, {}));
}

Result<std::optional<ServerTurn>> ServerTurnAssembly::add(const wire::native::Batch& batch) {
  AVOW_TRY(const std::vector<std::string> names, names_of(batch.actors));
  for (const wire::native::Event& event : batch.events) {
    ServerEvent& own = turn_.events.emplace_back();
    own.addressing = batch.addressing;
    own.target = event.target;
    own.handle = event.handle;
    own.kind = event.kind;
    own.cause = event.cause;
    own.space = batch.space;
    own.revision = batch.revision;
    if (event.by > 0 && event.by <= names.size()) own.by = names[event.by - 1];
    const bool is_retract = event.kind == wire::EventKind::retract;
    if (is_retract && event.body.empty()) continue;
    own.names_what_went = is_retract;
    AVOW_TRY(own.body, wire::decode_value(event.body, generous));
  }
  if (missing_ > 0 && --missing_ > 0) return std::optional<ServerTurn>();
  return std::optional(std::exchange(turn_, {}));
}

}  // namespace avow

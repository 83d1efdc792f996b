#pragma once

#include <cstdint>
#include <type_traits>

// Names of things inside the server. Each is drawn from a counter of the engine that owns them.

namespace avow::server {

enum class SpaceId : std::uint32_t {};
enum class SessionId : std::uint64_t {};
/// A topic: a pattern, with its `same` pairs, shared by all observers who asked for the same.
/// Never used again within one engine.
enum class TopicId : std::uint64_t {};
/// One capture sequence held by one topic; the handle that plain Syndicate clients see.
/// Never used again within one engine.
enum class CaptureId : std::uint64_t {};

template <class Id>
[[nodiscard]] constexpr auto number_of(Id id) {
  return static_cast<std::underlying_type_t<Id>>(id);
}

}  // namespace avow::server

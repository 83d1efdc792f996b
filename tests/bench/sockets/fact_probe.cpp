#include "tests/bench/sockets/fact_probe.hpp"

#include <array>

#include "avow/model/builder.hpp"
#include "avow/wire/preserves.hpp"
#include "tests/bench/support/stopwatch.hpp"

namespace avow::bench {
namespace {

constexpr std::uint64_t first_handle = 10;

bool tells(const wire::native::ServerMessage& message, std::uint64_t number) {
  const auto* const batch = std::get_if<wire::native::Batch>(&message);
  if (batch == nullptr) return false;
  for (const wire::native::Event& event : batch->events) {
    if (event.kind != wire::EventKind::publish) continue;
    const Value captures = wire::decode_value(event.body).value();
    if (captures.view().element(0)->as_uint64() == number) return true;
  }
  return false;
}

}  // namespace

FactProbe::FactProbe(std::uint16_t port) : session_(port) { session_.observe(1, "<probe $>"); }

double FactProbe::round_trip() {
  const std::uint64_t number = ++number_;
  const Value fact = record("probe", number);
  const std::array events{wire::native::Event{.target = session_.space,
                                              .handle = first_handle + number - 1,
                                              .kind = wire::EventKind::retract},
                          wire::native::Event{.target = session_.space,
                                              .handle = first_handle + number,
                                              .body = fact.bytes(),
                                              .kind = wire::EventKind::publish}};
  const std::span<const wire::native::Event> all(events);
  const double begin = wall_seconds();
  session_.begin_turn(number == 1 ? all.last(1) : all);
  session_.messages.until(session_.socket, [&](const wire::native::ServerMessage& message) {
    return tells(message, number);
  });
  return wall_seconds() - begin;
}

}  // namespace avow::bench

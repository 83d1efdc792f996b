#include "tests/simulation/client.hpp"

#include <algorithm>
#include <optional>

#include "avow/model/text.hpp"
#include "avow/wire/packet.hpp"

namespace avow::simulation {

Value Client::to_wire(const Value& value) const {
  if (!value.holds_references()) return value;
  const auto own_entity = [this](ValueView embedded) -> Result<Value> {
    const auto id = static_cast<std::uint64_t>(embedded.as_reference().value());
    AVOW_CHECK(id / entities_max == serial_);
    return wire::wire_reference_to_value({.owner = wire::WireReference::Owner::sender,
                                          .oid = static_cast<std::int64_t>(id % entities_max),
                                          .caveats = {}});
  };
  return wire::replace_references(value, own_entity).value();
}

void Client::fail(const std::string& what) const {
  world_.verdict.fail("client " + std::to_string(serial_) + ": " + what);
}

std::string View::add(const Value& captures) {
  if (std::find(held_.begin(), held_.end(), captures) != held_.end()) {
    return "told twice of " + to_text(captures);
  }
  held_.push_back(captures);
  return {};
}

std::string View::remove(const Value& captures) {
  const auto found = std::find(held_.begin(), held_.end(), captures);
  if (found == held_.end()) return "told of the end of " + to_text(captures) + ", never held";
  held_.erase(found);
  return {};
}

std::vector<Value> View::held() const {
  std::vector<Value> all;
  all.reserve(held_.size());
  for (const Value& captures : held_) all.push_back(without_references(captures));
  sort_values(all);
  return all;
}

bool View::holds(const Value& captures) const {
  return std::any_of(held_.begin(), held_.end(),
                     [&](const Value& held) { return without_references(held) == captures; });
}

std::string Inbox::take(const World& world, std::size_t space, const Wish& wish,
                        const Value& captures) {
  ++count_;
  taken_.push_back(captures);
  std::size_t sent = 0;
  for (const SentMessage& each : world.messages) {
    if (each.space != space || !is_wanted(wish, each.message)) continue;
    if (wish.pattern.match(each.message) == captures) ++sent;
  }
  const auto taken = std::count(taken_.begin(), taken_.end(), captures);
  if (static_cast<std::size_t>(taken) <= sent) return {};
  return "told of message " + to_text(captures) + " " + std::to_string(taken) +
         " times, but it was sent " + std::to_string(sent) + " times";
}

bool is_wanted(const Wish& wish, const Value& message) {
  const std::optional<Value> captures = wish.pattern.match(message);
  return captures && satisfies(wish.same, *captures);
}

}  // namespace avow::simulation

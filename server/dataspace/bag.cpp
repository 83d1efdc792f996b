#include "server/dataspace/bag.hpp"

namespace avow::server {

std::uint32_t Bag::find(ValueView value, std::uint64_t hash) const {
  return table_.find(hash, [&](std::uint32_t fact) {
    return facts_[fact].hash == hash && facts_[fact].value() == value;
  });
}

std::uint32_t Bag::add(const Value& value, std::uint64_t hash) {
  const std::uint32_t id = facts_.add();
  facts_[id].hash = hash;
  facts_[id].stored = bytes_.add(value.bytes(), value.holds_references());
  table_.insert(hash, id);
  return id;
}

void Bag::remove(std::uint32_t fact) {
  table_.erase(facts_[fact].hash, fact);
  bytes_.release(facts_[fact].stored);
  facts_.remove(fact);
}

}  // namespace avow::server

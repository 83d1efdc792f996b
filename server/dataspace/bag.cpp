#include "server/dataspace/bag.hpp"

namespace avow::server {

std::uint32_t Bag::find(ValueView value, std::uint64_t hash) const {
  return table_.find(hash, [&](std::uint32_t fact) {
    const Fact& candidate = facts_[fact];
    return candidate.hash == hash && candidate.value() == value;
  });
}

std::uint32_t Bag::add(const Value& value, std::uint64_t hash) {
  const std::uint32_t id = facts_.add();
  Fact& fact = facts_[id];
  fact.hash = hash;
  fact.stored = bytes_.add(value.bytes(), value.holds_references());
  table_.insert(hash, id);
  return id;
}

void Bag::remove(std::uint32_t fact) {
  const Fact& removed = facts_[fact];
  table_.erase(removed.hash, fact);
  bytes_.release(removed.stored);
  facts_.remove(fact);
}

}  // namespace avow::server

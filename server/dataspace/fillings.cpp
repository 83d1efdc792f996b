#include "server/dataspace/fillings.hpp"

#include <algorithm>
#include <utility>

namespace avow::server {

void Fillings::begin(std::uint32_t topic, CaptureId began, std::optional<Outline> awaited) {
  Filling& filling = fillings_[topic];
  filling.began = began;
  filling.awaited = std::move(awaited);
  places_.put(topic, 0);
}

void Fillings::note_told(std::uint32_t topic, CaptureId through) {
  if (empty()) return;
  const auto found = fillings_.find(topic);
  if (found == fillings_.end()) return;
  found->second.told_through = std::max(found->second.told_through, through);
}

bool Fillings::linger(std::uint32_t topic, CaptureId id, const Lingering& capture) {
  if (empty()) return false;
  const auto found = fillings_.find(topic);
  if (found == fillings_.end() || id > found->second.told_through) return false;
  found->second.lingering.push_back(capture);
  return true;
}

std::vector<Fillings::Lingering> Fillings::end(std::uint32_t topic) {
  if (empty()) return {};
  auto ended = fillings_.extract(topic);
  if (ended.empty()) return {};
  (void)places_.take(topic);
  return std::move(ended.mapped().lingering);
}

}  // namespace avow::server
